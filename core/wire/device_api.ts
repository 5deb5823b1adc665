/**
 * Layer 5. Devices and their keys on the wire: codes, enrolment, revocation.
 *
 * @see core/chunk/FORMAT.md, "Device keys"
 * @module
 */

import * as z from "zod";
import { Base64, Hex32 } from "../recording/mod.ts";

/** The site's own name of a device: opaque, never a serial number that leads to a patient. */
const DeviceId = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);

/** `POST /devices/codes`: makes a one-time code. */
export const EnrolmentCodeRequest = z.strictObject({
  /** The device that the key will be of; a fresh name when absent. The same name again gives it another key. */
  device_id: DeviceId.optional(),
  /** How long the code is good, up to a week. */
  lives_seconds: z.int().min(60).max(7 * 86_400).default(3_600),
});
export type EnrolmentCodeRequest = z.input<typeof EnrolmentCodeRequest>;

export const EnrolmentCodeResponse = z.object({
  /** Shown this once: only its hash is kept. */
  code: z.string(),
  device_id: DeviceId,
  /** RFC 3339. */
  expires_at: z.string(),
});
export type EnrolmentCodeResponse = z.infer<typeof EnrolmentCodeResponse>;

/** `POST /devices/enrol`: enrols a key. The code is the credential; no token is asked for. */
export const EnrolKeyRequest = z.strictObject({
  code: z.string().max(64),
  /** Ed25519, 32 bytes, base64. */
  public_key: Base64.max(64),
  /** Signature of the enrolment statement of FORMAT.md under that key, base64. */
  proof: Base64.max(128),
});
export type EnrolKeyRequest = z.infer<typeof EnrolKeyRequest>;

/** A device's key. */
export const DeviceKeyJson = z.object({
  site_id: z.int(),
  device_id: DeviceId,
  key_id: Hex32,
  /** Base64. */
  public_key: Base64,
  /** RFC 3339. */
  enrolled_at: z.string(),
  revoked_at: z.string().nullable(),
});
export type DeviceKeyJson = z.infer<typeof DeviceKeyJson>;

/** `GET /devices/keys?…`: which of the site's keys to list. */
export const DeviceKeysQuery = z.strictObject({
  /** Of this device alone. */
  device_id: DeviceId.optional(),
  /** This one alone. */
  key_id: Hex32.optional(),
  /** `next` of the answer before. */
  after: z.string().regex(/^\d{1,17}_[0-9a-f]{64}$/).optional(),
  /** By default as many as there can be: relays of before this was asked for read one page. */
  limit: z.coerce.number().int().min(1).max(1_000).default(1_000),
});
export type DeviceKeysQuery = z.input<typeof DeviceKeysQuery>;

/** `GET /devices/keys`, the newest first. */
export const DeviceKeysResponse = z.object({
  keys: z.array(DeviceKeyJson),
  /** What to ask for `after` to read on. Null: these were the last, as from an ingest that had no pages. */
  next: z.string().nullable().default(null),
});
export type DeviceKeysResponse = z.infer<typeof DeviceKeysResponse>;

/** `POST /devices/keys/:key_id/revoke`: for good. What the key signed before is kept. */
export const RevokeKeyRequest = z.strictObject({
  /** Why, for the record: no names. */
  reason: z.string().min(1).max(200),
});
export type RevokeKeyRequest = z.infer<typeof RevokeKeyRequest>;
