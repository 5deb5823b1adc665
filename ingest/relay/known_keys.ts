/**
 * The device keys of the site, as ingest listed them last: devices sign in without a network.
 *
 * Public keys only, kept in the spool. A key that was enrolled or revoked since is known when ingest is reached
 * again; ingest judges what comes of it by its own list anyway.
 *
 * @module
 */

import type { EnrolledKeys } from "@wavekeep/core/crypto";
import type { Spool } from "@wavekeep/core/spool";
import { DeviceKeysResponse } from "@wavekeep/core/wire";

const FACT = "device_keys";

export interface KnownKeys extends EnrolledKeys {
  /** Takes the list as ingest gave it. */
  learn(list: DeviceKeysResponse): Promise<void>;
  readonly count: number;
}

/** The keys that the spool remembers. */
export function knownKeys(spool: Spool): KnownKeys {
  let keys = parse(spool.fact(FACT));
  return {
    get count() {
      return keys.size;
    },
    async learn(list) {
      const text = JSON.stringify(list);
      if (text === spool.fact(FACT)) return;
      await spool.setFact(FACT, text);
      keys = parse(text);
    },
    find(siteId, keyId) {
      const key = keys.get(keyId);
      return Promise.resolve(
        key === undefined || key.site_id !== siteId
          ? undefined
          : { deviceId: key.device_id, publicKey: Uint8Array.fromBase64(key.public_key) },
      );
    },
    isRevoked: (_siteId, keyId) => Promise.resolve(keys.get(keyId)?.revoked_at !== null),
  };
}

function parse(text: string | undefined) {
  const { keys } = text === undefined ? { keys: [] } : DeviceKeysResponse.parse(JSON.parse(text));
  return new Map(keys.map((key) => [key.key_id, key]));
}
