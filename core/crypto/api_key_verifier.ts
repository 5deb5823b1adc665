/**
 * Layer 6. From an API key, shown or signed with, to its principal.
 *
 * Sole cache of API keys. What was found is remembered for some seconds; whether a key has been taken back is
 * asked each time of the revocation feed, where there is one. Hazards: a key that signs is never taken as a
 * bearer, or whoever reads one request could forget about signing; a nonce is used up only by a signature
 * that holds, or anybody could use up somebody's; and anybody can spell a key that there is not, so few of those
 * are looked up at once, and no key that was ever found waits for them.
 *
 * @module
 */
import type { Action, Principal, Role } from "../service/access.ts";
import { ACCESS, ROLES } from "../service/access.ts";
import { BoundedMap } from "../service/bounded_map.ts";
import { Strangers } from "../service/strangers.ts";
import { apiKeyIdOf, isApiKey, openApiKey } from "./api_key.ts";
import { isHmacOf, readSignature, type SignableRequest } from "./message_signature.ts";

/** What the store knows of a key. */
export interface StoredApiKey {
  readonly siteId: number;
  readonly role: string;
  readonly scopes: readonly string[];
  /** SHA-256 of its text; undefined for a key that signs. */
  readonly digest: Uint8Array | undefined;
  /** Its text, sealed; undefined for a key that travels as a bearer. */
  readonly sealed: Uint8Array | undefined;
  /** Seconds since 1970. */
  readonly expiresAt: number;
  readonly isEnded: boolean;
}

/** Where API keys are found, shared by all instances. */
export interface ApiKeyStore {
  /** @param apiKeyId UUID. */
  find(apiKeyId: string): Promise<StoredApiKey | undefined>;
  /** Uses a nonce up; false when it has been used before, wherever that was. */
  useNonce(
    use: {
      readonly apiKeyId: string;
      readonly nonce: string;
      /** Seconds since 1970; from then on nobody needs to remember it. */
      readonly expiresAt: number;
    },
  ): Promise<boolean>;
}

/** How keys are verified. */
export interface ApiKeyOptions {
  readonly store: ApiKeyStore;
  /** Opens what keys sign with: the key of `wavekeep/api-key/v1` (key_store.ts). Without it no signature is taken. */
  readonly sealingKey?: Uint8Array;
  /** Whether a principal has been shut out since; asked at each request. */
  readonly isRevoked?: (principal: Principal) => boolean;
  /** Told when somebody names a key of a site and cannot sign with it; once a minute and key. */
  readonly onRefused?: (refused: RefusedSignature) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** How long a key is used before the store is asked again. */
  readonly rememberMs?: number;
}

/** A signature by a key that there is, and that was not this request's or not new. */
export interface RefusedSignature {
  readonly siteId: number;
  readonly apiKeyId: string;
  readonly reason: "mismatch" | "replay";
}

/** Verifies API keys; each function rejects with a reason that names no secret. */
export interface ApiKeyVerifier {
  /** @param text As after `Bearer`. */
  verifyBearer(text: string): Promise<Principal>;
  /** @param options.hasBody Whether the request brings a body. */
  verifySigned(
    request: SignableRequest,
    options: { readonly hasBody: boolean },
  ): Promise<Principal>;
}

/** With a feed, that is how long a key may stay known; without one, how long one that ended may go on. */
const REMEMBER_MS = 30_000;
const REMEMBER_UNFED_MS = 1_000;
/** Of one key. */
const TELL_MS = 60_000;
/** Some 400 bytes each. */
const KEYS_MAX = 10_000;
/** Ids nobody has heard of that are looked up at once: less than the connections of any pool. */
const STRANGERS_MAX = 4;
/** How long an id that is nobody's is not asked for again. */
const NOBODY_MS = 10_000;

interface Remembered {
  readonly key: Promise<StoredApiKey | undefined>;
  readonly until: number;
}

/** A verifier over a store. */
export function createApiKeyVerifier(options: ApiKeyOptions): ApiKeyVerifier {
  const { store, sealingKey, isRevoked, now = Date.now } = options;
  const rememberMs = options.rememberMs ??
    (isRevoked === undefined ? REMEMBER_UNFED_MS : REMEMBER_MS);
  const known = new BoundedMap<string, Remembered>(KEYS_MAX);
  const strangers = new Strangers((apiKeyId) => store.find(apiKeyId), {
    ...{ atOnceMax: STRANGERS_MAX, nobodyMs: NOBODY_MS, now },
  });

  const meet = async (apiKeyId: string): Promise<StoredApiKey | undefined> => {
    const found = await strangers.find(apiKeyId);
    if (found !== undefined) {
      known.set(apiKeyId, { key: Promise.resolve(found), until: now() + rememberMs });
    }
    return found;
  };

  const find = (apiKeyId: string): Promise<StoredApiKey | undefined> => {
    const seen = known.get(apiKeyId);
    if (seen === undefined) return meet(apiKeyId);
    if (now() < seen.until) return seen.key;
    const again = { key: store.find(apiKeyId), until: now() + rememberMs };
    known.set(apiKeyId, again);
    const put = (back?: Remembered) => {
      if (known.get(apiKeyId) !== again) return;
      if (back === undefined) known.delete(apiKeyId);
      else known.set(apiKeyId, back);
    };
    // A failure says nothing of the key: it stays one that was found, and is asked for the next time.
    again.key.then((found) => found ?? put(), () => put(seen));
    return again.key;
  };

  const requireGood = async (apiKeyId: string): Promise<StoredApiKey> => {
    const key = await find(apiKeyId);
    if (key === undefined) throw new Error("Cannot accept API key: there is no such key");
    if (key.isEnded) throw new Error("Cannot accept API key: it was taken back");
    if (key.expiresAt * 1000 <= now()) throw new Error("Cannot accept API key: it has expired");
    return key;
  };

  const toldAt = new BoundedMap<string, number>(KEYS_MAX);
  const tell = (refused: RefusedSignature) => {
    // The id of a key is no secret: whoever knows it must not be able to fill the event table.
    if (now() - (toldAt.get(refused.apiKeyId) ?? -Infinity) < TELL_MS) return;
    toldAt.set(refused.apiKeyId, now());
    options.onRefused?.(refused);
  };

  const admit = (principal: Principal): Principal => {
    if (isRevoked?.(principal) !== true) return principal;
    // Found, and not to be believed any longer: the next asks the store, which knows its end.
    const seen = known.get(principal.subject);
    if (seen !== undefined) known.set(principal.subject, { key: seen.key, until: -Infinity });
    throw new Error("Cannot accept API key: it was taken back");
  };

  return {
    async verifyBearer(text) {
      const apiKeyId = apiKeyIdOf(text);
      if (apiKeyId === undefined) throw new Error("Cannot accept API key: it is misspelt");
      const key = await requireGood(apiKeyId);
      if (key.digest === undefined) throw new Error("Cannot accept API key: it is for signing");
      if (!isApiKey(text, key.digest)) throw new Error("Cannot accept API key: its secret differs");
      return admit(principalOf(apiKeyId, key, apiKeyId));
    },
    async verifySigned(request, { hasBody }) {
      const nowSeconds = Math.floor(now() / 1000);
      const signature = readSignature(request, { hasBody, now: nowSeconds });
      const { keyId: apiKeyId, nonce, expiresAt } = signature;
      if (!UUID.test(apiKeyId)) throw new Error("Cannot accept signature: keyid is no key's id");
      const key = await requireGood(apiKeyId);
      if (key.sealed === undefined || sealingKey === undefined) {
        throw new Error("Cannot accept signature: the key is not for signing");
      }
      const { siteId } = key;
      if (!isHmacOf(signature, request, openApiKey(sealingKey, apiKeyId, key.sealed))) {
        tell({ siteId, apiKeyId, reason: "mismatch" });
        throw new Error("Cannot accept signature: it is not this request's by this key");
      }
      const principal = admit(principalOf(apiKeyId, key, nonce));
      if (!await store.useNonce({ apiKeyId, nonce, expiresAt })) {
        tell({ siteId, apiKeyId, reason: "replay" });
        throw new Error("Cannot accept signature: its nonce was used before");
      }
      return principal;
    },
  };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function principalOf(apiKeyId: string, key: StoredApiKey, tokenId: string): Principal {
  const { siteId, role, scopes, expiresAt } = key;
  // A role or an action of a newer build is nothing that this one can grant.
  if (!ROLES.includes(role as Role)) throw new Error("Cannot accept API key: its role is unknown");
  const actions = scopes.filter((scope) => Object.hasOwn(ACCESS, scope)) as Action[];
  return {
    ...{ subject: apiKeyId, siteId, role: role as Role, tokenId, expiresAt, scopes: actions },
  };
}
