/**
 * Layer 6. The public keys that tokens are verified with: the issuer's key of now, and those before it.
 *
 * Sole reader of their file: one JWK, or a JWK Set (RFC 7517) after the key was changed. A key of a set has a
 * name (`kid`), which tokens tell, and may have an end (`exp`, seconds since 1970): until then tokens that it
 * signed are good, so that nobody is sent away by a change of keys, and from then on no service takes them,
 * whether its file was tidied or not.
 *
 * Hazard: only what is in the file is trusted. A token names a key and never brings one.
 *
 * @module
 */
import { importJWK, type JWK } from "jose";
import * as z from "zod";
import { followFiles } from "../service/follow_files.ts";
import type { Logger } from "../service/json_log.ts";

/** Algorithm of every token (RFC 8037). */
export const TOKEN_ALGORITHM = "EdDSA";

/** One key. */
export interface TokenKey {
  /** What tokens call it; undefined: it is the only one, and has no name. */
  readonly kid: string | undefined;
  readonly key: Awaited<ReturnType<typeof importJWK>>;
  /** From then on it verifies nothing, in milliseconds since 1970; infinite for the issuer's key of now. */
  readonly endsAtMs: number;
}

/** Where the keys of tokens are found. */
export interface TokenKeys {
  /** The key of this name, if it is good at that moment. The same object for as long as the keys are the same. */
  find(kid: string | undefined, nowMs: number): TokenKey | undefined;
  /** Looks whether there are others by now: a token names one that is not known. Absent: there never are. */
  lookAgain?(): Promise<void>;
}

/** Keys of a file that is being followed. */
export interface FollowedTokenKeys extends Required<TokenKeys> {
  close(): void;
}

/** A key as a file has it. */
export interface TokenJwk extends JWK {
  /** When a former key ends, in seconds since 1970. */
  readonly exp?: number;
}

/** What a file holds. */
export type JwkOrSet = TokenJwk | { readonly keys: readonly TokenJwk[] };

/** An operator changes keys now and then; nobody has hundreds. */
const KEYS_MAX = 64;

/** Of a stranger's tokens too: names that nobody knows cost one look for all who come in this time. */
const LOOK_AGAIN_MS = 10;

const PublicJwk = z.looseObject({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string().regex(/^[\w-]{43}$/),
  d: z.undefined().optional(),
  kid: z.string().min(1).max(128).optional(),
  exp: z.int().min(0).optional(),
});

/** The keys of a file's text, however many. */
export function jwksOf(keys: JwkOrSet): readonly JWK[] {
  // Whatever a file holds: what is no key is refused as such.
  const { keys: several } = Object(keys) as { readonly keys?: unknown };
  return Array.isArray(several) ? several : [keys as JWK];
}

/**
 * Keys that stay as they are.
 *
 * @throws {Error} There is none, one is no public Ed25519 key, or of several one has no name or another's.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { generateTokenKeys, tokenKeysOf } from "@wavekeep/core/crypto";
 *
 * const [now, former] = [await generateTokenKeys(), await generateTokenKeys()];
 * const keys = await tokenKeysOf({ keys: [now.publicJwk, { ...former.publicJwk, exp: 1_000 }] });
 * strictEqual(keys.find(former.publicJwk.kid, 999_999)?.kid, former.publicJwk.kid);
 * strictEqual(keys.find(former.publicJwk.kid, 1_000_000), undefined, "its end has come");
 * strictEqual(keys.find("another", 0), undefined);
 * ```
 */
export async function tokenKeysOf(jwks: JwkOrSet): Promise<TokenKeys> {
  const all = jwksOf(jwks);
  if (all.length === 0 || all.length > KEYS_MAX) {
    throw new Error(`Cannot verify tokens: there are ${all.length} keys, not 1 to ${KEYS_MAX}`);
  }
  const keys = await Promise.all(all.map(async (jwk): Promise<TokenKey> => {
    const parsed = PublicJwk.safeParse(jwk);
    if (!parsed.success) {
      throw new Error("Cannot verify tokens: key is not a public Ed25519 JWK");
    }
    const { kty, crv, x, kid, exp } = parsed.data;
    const key = await importJWK({ kty, crv, x }, TOKEN_ALGORITHM);
    return { kid, key, endsAtMs: exp === undefined ? Infinity : exp * 1000 };
  }));
  const byName = new Map(keys.map((each) => [each.kid, each]));
  if (keys.length > 1 && (byName.has(undefined) || byName.size < keys.length)) {
    throw new Error("Cannot verify tokens: each of several keys needs a name (kid) of its own");
  }
  // An old issuer's key without a name is the one that is meant, whatever a token calls it.
  const nameless = byName.get(undefined);
  return {
    find: (kid, nowMs) => {
      const found = nameless ?? byName.get(kid);
      return found !== undefined && nowMs < found.endsAtMs ? found : undefined;
    },
  };
}

/** How a file is followed. */
export interface OpenTokenKeysOptions {
  readonly logger: Logger;
  /** How often the file is looked at, in milliseconds; and soon whenever a token names a key that is not in it. */
  readonly lookMs?: number;
}

/**
 * The public keys of a file: read now, and again when it changes. Where the new content is no good the keys of
 * before go on, and the log says so.
 *
 * @throws {Error} The file is not there, or as {@link tokenKeysOf}.
 */
export function openTokenKeys(
  path: string,
  options: OpenTokenKeysOptions,
): Promise<FollowedTokenKeys> {
  return followTokenKeys(path, async (jwks) => await tokenKeysOf(jwks), options);
}

/**
 * What is made of a file's keys, made anew when it changes; see {@link openTokenKeys}.
 *
 * @param make Of the file's content: the keys that verify. It throws where they are no good.
 */
export async function followTokenKeys(
  path: string,
  make: (jwks: JwkOrSet) => Promise<TokenKeys>,
  { logger, ...options }: OpenTokenKeysOptions,
): Promise<FollowedTokenKeys> {
  let keys: TokenKeys | undefined;
  const files = followFiles([path], {
    ...options,
    read: async () => {
      try {
        const jwks = await readJwk<JwkOrSet>(path);
        keys = await make(jwks);
        const all = jwksOf(jwks);
        logger.info("token keys read", { count: all.length, key: all[0]?.kid });
      } catch (error) {
        logger.error("token keys not read, those before go on", { error });
      }
    },
  });
  try {
    keys = await make(await readJwk<JwkOrSet>(path));
  } catch (error) {
    files.close();
    throw error;
  }
  let lookedAt = -Infinity;
  let looking: Promise<void> | undefined;
  const look = async () => {
    const waitMs = Math.max(0, lookedAt + LOOK_AGAIN_MS - performance.now());
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    lookedAt = performance.now();
    // Who comes from here on may know of a change that this look is too early for.
    looking = undefined;
    await files.look();
  };
  return {
    find: (kid, nowMs) => keys?.find(kid, nowMs),
    lookAgain: () => looking ??= look(),
    close: () => files.close(),
  };
}

/** Reads a JWK, or a set of them, from a file; what it holds is not looked at. */
export async function readJwk<Jwk extends JwkOrSet = JWK>(path: string): Promise<Jwk> {
  try {
    return JSON.parse(await Deno.readTextFile(path)) as Jwk;
  } catch (cause) {
    // Its message may quote the file, and the file may be a private key.
    const reason = cause instanceof SyntaxError
      ? "it is not JSON"
      : cause instanceof Deno.errors.NotFound
      ? "no such file"
      : "it cannot be read";
    throw new Error(`Cannot read token key ${path}: ${reason}`);
  }
}
