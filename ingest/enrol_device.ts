// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * Devices with keys: a code is made, a key is enrolled with it, a key is revoked.
 *
 * Sole owner of the checks on an enrolment. The order matters: the code's shape, the key, the proof, and
 * only then the store, so nobody learns of a code by trying; what is wrong with a code is never told.
 *
 * @see core/chunk/FORMAT.md, "Device keys"; core/decisions/0028-device-keys.md
 * @module
 */

import { formatHex, parseHex } from "@wavekeep/core/bytes";
import {
  deviceKeyId,
  enrolmentCode,
  enrolmentCodeDigest,
  enrolmentSignatureMessage,
  normalEnrolmentCode,
} from "@wavekeep/core/chunk";
import { isUsablePublicKey, verifyEd25519 } from "@wavekeep/core/crypto";
import { ProblemError } from "@wavekeep/core/problem";
import type {
  DeviceKeyJson,
  DeviceKeysQuery,
  DeviceKeysResponse,
  Done,
  EnrolKeyRequest,
  EnrolmentCodeRequest,
  EnrolmentCodeResponse,
  RevokeKeyRequest,
} from "@wavekeep/core/wire";
import type * as z from "zod";
import { signatureInvalid } from "./check_signature.ts";
import type { IngestDeps } from "./deps.ts";
import { formatInstant } from "./instant.ts";
import type { DeviceKeyFilter, StoredDeviceKey } from "./store/device_store.ts";
import type { Sender } from "./store/ingest_store.ts";

type EnrolDeps = Pick<
  IngestDeps,
  "deviceStore" | "deviceKeys" | "clock" | "randomBytes" | "sha256"
>;

const LIVES_SECONDS = 3_600;

/** `POST /devices/codes`. */
export async function makeEnrolmentCode(
  deps: EnrolDeps,
  sender: Sender,
  { device_id, lives_seconds = LIVES_SECONDS }: EnrolmentCodeRequest,
): Promise<EnrolmentCodeResponse> {
  const code = enrolmentCode(sender.siteId, deps.randomBytes(20));
  const deviceId = device_id ?? `device-${formatHex(deps.randomBytes(4))}`;
  const madeAtMicros = deps.clock.nowMicros();
  const expiresAtMicros = madeAtMicros + BigInt(lives_seconds) * 1_000_000n;
  const codeDigest = enrolmentCodeDigest(code, deps.sha256);
  await deps.deviceStore.putEnrolmentCode(sender, {
    codeDigest,
    deviceId,
    madeAtMicros,
    expiresAtMicros,
  });
  return { code, device_id: deviceId, expires_at: formatInstant(expiresAtMicros) };
}

/**
 * `POST /devices/enrol`.
 *
 * @throws {ProblemError} `enrolment-refused`, `key-invalid`, `key-conflict`.
 * @throws {SignatureMismatchError} The proof is not the key's.
 */
export async function enrolKey(
  deps: EnrolDeps,
  requestId: string,
  request: EnrolKeyRequest,
): Promise<{ isNew: boolean; response: DeviceKeyJson }> {
  const typed = normalEnrolmentCode(request.code);
  if (typed === undefined) throw refused();
  const { siteId, code } = typed;
  const publicKey = Uint8Array.fromBase64(request.public_key);
  if (!isUsablePublicKey(publicKey)) {
    throw new ProblemError("key-invalid", {
      detail: "The public key must be 32 bytes of Ed25519, reduced, and of no small order",
      errors: [{ detail: "is no key that can be used", pointer: "/body/public_key" }],
    });
  }
  const codeDigest = enrolmentCodeDigest(code, deps.sha256);
  const proof = Uint8Array.fromBase64(request.proof);
  const message = enrolmentSignatureMessage({ siteId, codeDigest, publicKey }, deps.sha256);
  if (!verifyEd25519(publicKey, message, proof)) throw signatureInvalid("enrolment");
  const sender = { siteId, actor: "enrolment", role: "device", requestId };
  const result = await deps.deviceStore.enrolDeviceKey(sender, {
    codeDigest,
    keyId: deviceKeyId(publicKey, deps.sha256),
    publicKey,
    proof,
    enrolledAtMicros: deps.clock.nowMicros(),
    leafSalt: deps.randomBytes(32),
    deviceLeafSalt: deps.randomBytes(32),
  });
  switch (result.outcome) {
    case "refused":
      throw refused();
    case "key-taken":
      throw new ProblemError("key-conflict", {
        detail: "The key was enrolled with another code; make a new one",
      });
    default:
      return { isNew: result.outcome === "stored", response: toJson(result.key) };
  }
}

/** `GET /devices/keys`. */
export async function listDeviceKeys(
  { deviceStore }: EnrolDeps,
  { siteId }: Sender,
  query: z.output<typeof DeviceKeysQuery>,
): Promise<DeviceKeysResponse> {
  const { limit } = query;
  const found = await deviceStore.listDeviceKeys(siteId, {
    // One more says whether there are more.
    limit: limit + 1,
    after: query.after === undefined ? undefined : placeOf(query.after),
    deviceId: query.device_id,
    keyId: query.key_id === undefined ? undefined : parseHex(query.key_id, 32),
  });
  const keys = found.slice(0, limit);
  const last = found.length > limit ? keys.at(-1) : undefined;
  return {
    keys: keys.map(toJson),
    next: last === undefined ? null : `${last.enrolledAtMicros}_${formatHex(last.keyId)}`,
  };
}

/** Where a page ended: of the shape that the query's schema wants. */
function placeOf(after: string): DeviceKeyFilter["after"] {
  const [micros, keyId] = after.split("_") as [string, string];
  return { enrolledAtMicros: BigInt(micros), keyId: parseHex(keyId, 32) };
}

/** `POST /devices/keys/:key_id/revoke`. @throws {ProblemError} `not-found`. */
export async function revokeKey(
  deps: EnrolDeps,
  sender: Sender,
  keyId: string,
  { reason }: RevokeKeyRequest,
): Promise<Done> {
  const status = await deps.deviceStore.revokeDeviceKey(sender, {
    keyId: parseHex(keyId, 32),
    reason,
    revokedAtMicros: deps.clock.nowMicros(),
    leafSalt: deps.randomBytes(32),
  });
  if (status === "unknown") {
    throw new ProblemError("not-found", { detail: "The key is not enrolled at this site" });
  }
  deps.deviceKeys.revoked(sender.siteId);
  return { status };
}

/** One answer for all that may be wrong with a code: never made, expired, used. */
function refused(): ProblemError {
  return new ProblemError("enrolment-refused", {
    detail: "The code does not exist, has expired, or was used; ask for a new one",
  });
}

function toJson(key: StoredDeviceKey): DeviceKeyJson {
  return {
    site_id: key.siteId,
    device_id: key.deviceId,
    key_id: formatHex(key.keyId),
    public_key: key.publicKey.toBase64(),
    enrolled_at: formatInstant(key.enrolledAtMicros),
    revoked_at: key.revokedAtMicros === null ? null : formatInstant(key.revokedAtMicros),
  };
}
