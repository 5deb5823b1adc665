/**
 * Devices' keys by id, remembered: every chunk of a signed segment asks whether its key is still good.
 *
 * Sole cache of keys. A key never changes, so it is kept; what may change is whether it was revoked, in any
 * process. Revoked keys are few, so all of a site are asked for at once, and again after some seconds: the
 * longest time a revocation in another process may go unnoticed. What is logged after the revocation is
 * not believed by a verifier anyway, whenever it was taken. Hazard: a token names its key before anything of it is
 * verified, so anybody can ask for keys that there are not; few are looked up at once.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { ProblemError } from "@wavekeep/core/problem";
import { BoundedMap, Strangers } from "@wavekeep/core/service";
import type { DeviceStore, StoredDeviceKey } from "./store/device_store.ts";
import type { Sender } from "./store/ingest_store.ts";

/** Looks keys up, in memory first. */
export interface DeviceKeys {
  /**
   * The key of this id at this site, revoked or not; undefined when none was enrolled.
   *
   * @param keyId Hexadecimal.
   */
  find(siteId: number, keyId: string): Promise<StoredDeviceKey | undefined>;
  isRevoked(siteId: number, keyId: string): Promise<boolean>;
  /** Whether the site asks for signatures of every segment that is opened. */
  mustSign(siteId: number): Promise<boolean>;
  /** To be told of a revocation that has just been committed here. */
  revoked(siteId: number): void;
}

/** Long enough to cost nothing with thousands of devices, short enough for a stolen one. */
const REVOCATIONS_MS = 5_000;
/** Some 200 bytes each. */
const KEYS_MAX = 20_000;
/** Keys that are looked up for the first time at once, of a pool's twenty connections. */
const STRANGERS_MAX = 8;
/** After a restart every device is a stranger: as many as may be connected (core/service/serve.ts). */
const STRANGERS_WAITING_MAX = 5_000;

interface Asked<T> {
  readonly answer: Promise<T>;
  readonly until: number;
}

/** A directory over a store. */
export function createDeviceKeys(
  store: DeviceStore,
  options: { readonly revocationsMs?: number } = {},
): DeviceKeys {
  const { revocationsMs = REVOCATIONS_MS } = options;
  const known = new BoundedMap<string, StoredDeviceKey>(KEYS_MAX);
  // An id that is nobody's is not remembered: its device may enrol the next moment, at another process.
  const strangers = new Strangers<StoredDeviceKey>((name) => {
    const [siteId, keyId] = name.split("/") as [string, string];
    return store.findDeviceKey(Number(siteId), Uint8Array.fromHex(keyId));
  }, { atOnceMax: STRANGERS_MAX, lineMax: STRANGERS_WAITING_MAX });
  const revocations = remembered(
    revocationsMs,
    async (siteId) =>
      new Set((await store.revokedKeyIds(siteId)).map(formatHex)) as ReadonlySet<string>,
  );
  const rules = remembered(revocationsMs, (siteId) => store.devicesMustSign(siteId));

  return {
    async find(siteId, keyId) {
      const name = `${siteId}/${keyId}`;
      const remembered = known.get(name);
      if (remembered !== undefined) return remembered;
      const found = await strangers.find(name);
      if (found !== undefined) known.set(name, found);
      return found;
    },
    isRevoked: async (siteId, keyId) => (await revocations.of(siteId)).has(keyId),
    mustSign: (siteId) => rules.of(siteId),
    revoked: (siteId) => revocations.forget(siteId),
  };
}

/**
 * An answer for each site, asked anew after so long; what was not answered is asked again at once. Only sites of
 * verified credentials get here, and of those there are few.
 */
function remembered<T>(forMs: number, ask: (siteId: number) => Promise<T>) {
  const known = new Map<number, Asked<T>>();
  return {
    of(siteId: number): Promise<T> {
      const seen = known.get(siteId);
      if (seen !== undefined && performance.now() < seen.until) return seen.answer;
      const asked = { answer: ask(siteId), until: performance.now() + forMs };
      known.set(siteId, asked);
      asked.answer.catch(() => {
        if (known.get(siteId) === asked) known.delete(siteId);
      });
      return asked.answer;
    },
    forget: (siteId: number) => void known.delete(siteId),
  };
}

/** @throws {ProblemError} `key-revoked`. */
export async function requireGoodKey(
  keys: DeviceKeys,
  siteId: number,
  keyId: Uint8Array,
): Promise<void> {
  const name = formatHex(keyId);
  if (!await keys.isRevoked(siteId, name)) return;
  throw new ProblemError("key-revoked", {
    detail: "The key was revoked; what it signed before is kept",
    extensions: { "key_id": name },
  });
}

/**
 * The key of a segment about to be opened: enrolled at the site, not revoked, and the sender's own.
 *
 * @throws {ProblemError} `key-unknown`, `key-revoked`, `not-owner`.
 */
export async function requireOwnKey(
  keys: DeviceKeys,
  sender: Pick<Sender, "siteId" | "keyId">,
  keyId: Uint8Array,
): Promise<StoredDeviceKey> {
  const name = formatHex(keyId);
  const key = await keys.find(sender.siteId, name);
  if (key === undefined) {
    throw new ProblemError("key-unknown", {
      detail: "The key is not enrolled at this site",
      extensions: { "key_id": name },
    });
  }
  await requireGoodKey(keys, sender.siteId, keyId);
  if (sender.keyId !== undefined && sender.keyId !== name) {
    throw new ProblemError("not-owner", {
      detail: "The segment is opened under another key than the credential's",
      extensions: { "key_id": name },
    });
  }
  return key;
}
