/**
 * The leaves of keys in the transparency log: enrolled, and revoked.
 *
 * They belong to no recording, so their salt is random and stored with them.
 *
 * @see core/log/FORMAT.md, type 9; core/chunk/FORMAT.md, "Device keys"
 * @module
 */

import { asciiBytes, ByteWriter, concatBytes } from "@wavekeep/core/bytes";
import { encodeEnrolment } from "@wavekeep/core/chunk";
import { looseLeaf, type NewLeaf, nodeSha256 } from "@wavekeep/core/crypto";
import type { NewDeviceKey, NewRevocation } from "./store/device_store.ts";

const DEVICE_LABEL = asciiBytes("wavekeep/device/v1\0");
const REVOCATION_LABEL = asciiBytes("wavekeep/revocation/v1\0");

/** Of a key that was enrolled: its stored digest covers the statement and its proof. */
export function enrolmentLeaf(siteId: number, key: NewDeviceKey): NewLeaf {
  return keyLeaf(siteId, key, {
    number: 0,
    stored: concatBytes(encodeEnrolment({ siteId, ...key }), key.proof),
    atMicros: key.enrolledAtMicros,
  });
}

/**
 * Of the device that a key was enrolled for, by whoever made its code: who signs is in no other leaf. The key's
 * own leaf says what the device itself has signed, which is not its name.
 */
export function deviceLeaf(
  siteId: number,
  { keyId, enrolledAtMicros }: Pick<NewDeviceKey, "keyId" | "enrolledAtMicros">,
  { deviceId, leafSalt }: { readonly deviceId: string; readonly leafSalt: Uint8Array },
): NewLeaf {
  const digest = nodeSha256(
    concatBytes(DEVICE_LABEL, keyId, new TextEncoder().encode(deviceId)),
  );
  return looseLeaf({
    type: "device",
    siteId,
    id: keyId.slice(0, 16),
    number: 0,
    contentDigest: digest,
    storedDigest: digest,
    receivedAtMicros: enrolledAtMicros,
  }, leafSalt);
}

/** Of a revocation: its stored digest covers why and when. */
export function revocationLeaf(siteId: number, revocation: NewRevocation): NewLeaf {
  const { keyId, revokedAtMicros: atMicros, reason } = revocation;
  const stored = new ByteWriter(128).bytes(REVOCATION_LABEL).u32(siteId).fixed(keyId, 32)
    .i64(atMicros).text16(reason).finish();
  return keyLeaf(siteId, revocation, { number: 1, stored, atMicros });
}

function keyLeaf(
  siteId: number,
  { keyId, leafSalt }: Pick<NewDeviceKey, "keyId" | "leafSalt">,
  { number, stored, atMicros }: { number: number; stored: Uint8Array; atMicros: bigint },
): NewLeaf {
  return looseLeaf({
    type: "key",
    siteId,
    id: keyId.slice(0, 16),
    number,
    contentDigest: keyId,
    storedDigest: nodeSha256(stored),
    receivedAtMicros: atMicros,
  }, leafSalt);
}
