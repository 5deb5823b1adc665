/**
 * Codes and keys in memory: the same contract as in PostgreSQL, for tests and simulations.
 *
 * @module
 */

import { equalBytes, formatHex } from "@wavekeep/core/bytes";
import type { DeviceStore, NewEnrolmentCode, StoredDeviceKey } from "./device_store.ts";

/** What the tables hold. Survives a store as a database survives a process. */
export class MemoryDeviceTables {
  readonly codes = new Map<string, NewEnrolmentCode & { readonly siteId: number }>();
  readonly keys: (StoredDeviceKey & { readonly codeDigest: Uint8Array })[] = [];
  /** Sites that ask for signatures. */
  readonly signingSites = new Set<number>();
  readonly events: { kind: string; actor: string; keyId: string }[] = [];
}

type Aged = Pick<StoredDeviceKey, "enrolledAtMicros" | "keyId">;

/** The newest first. */
function byAge(a: Aged, b: Aged): number {
  const older = Number(b.enrolledAtMicros - a.enrolledAtMicros);
  if (older !== 0) return older;
  const [one, other] = [formatHex(a.keyId), formatHex(b.keyId)];
  return one === other ? 0 : one < other ? 1 : -1;
}

/** A store over `tables`. */
export function memoryDeviceStore(tables = new MemoryDeviceTables()): DeviceStore {
  const keysOf = (siteId: number) => tables.keys.filter((key) => key.siteId === siteId);
  const find = (siteId: number, keyId: Uint8Array) =>
    keysOf(siteId).find((key) => equalBytes(key.keyId, keyId));
  // deno-lint-ignore require-await -- what it throws must be a rejection
  const later = async <T>(act: () => T): Promise<T> => act();
  return {
    putEnrolmentCode: ({ siteId }, code) =>
      later(() => void tables.codes.set(formatHex(code.codeDigest), { ...code, siteId })),
    enrolDeviceKey: ({ siteId }, key) =>
      later(() => {
        const code = tables.codes.get(formatHex(key.codeDigest));
        const used = tables.keys.find((other) => equalBytes(other.codeDigest, key.codeDigest));
        if (used?.siteId === siteId && equalBytes(used.keyId, key.keyId)) {
          return { outcome: "repeated", key: used };
        }
        const isGood = code?.siteId === siteId && used === undefined &&
          key.enrolledAtMicros < code.expiresAtMicros;
        if (!isGood) return { outcome: "refused" };
        if (find(siteId, key.keyId) !== undefined) return { outcome: "key-taken" };
        const { proof: _, leafSalt: _salt, deviceLeafSalt: _other, ...rest } = key;
        const row = { ...rest, siteId, deviceId: code.deviceId, revokedAtMicros: null };
        tables.keys.push(row);
        tables.events.push({
          kind: "key.enrolled",
          actor: code.deviceId,
          keyId: formatHex(key.keyId),
        });
        return { outcome: "stored", key: row };
      }),
    findDeviceKey: (siteId, keyId) => later(() => find(siteId, keyId)),
    listDeviceKeys: (siteId, { limit, after, deviceId, keyId }) =>
      later(() =>
        keysOf(siteId).filter((key) =>
          (deviceId === undefined || key.deviceId === deviceId) &&
          (keyId === undefined || equalBytes(key.keyId, keyId)) &&
          (after === undefined || byAge(after, key) < 0)
        ).sort(byAge).slice(0, limit)
      ),
    devicesMustSign: (siteId) => later(() => tables.signingSites.has(siteId)),
    revokedKeyIds: (siteId) =>
      later(() =>
        keysOf(siteId).filter((key) => key.revokedAtMicros !== null).map(({ keyId }) => keyId)
      ),
    revokeDeviceKey: ({ siteId, actor }, { keyId, revokedAtMicros }) =>
      later(() => {
        const key = find(siteId, keyId);
        if (key === undefined) return "unknown";
        if (key.revokedAtMicros !== null) return "repeated";
        tables.keys[tables.keys.indexOf(key)] = { ...key, revokedAtMicros };
        tables.events.push({ kind: "key.revoked", actor, keyId: formatHex(keyId) });
        return "stored";
      }),
  };
}
