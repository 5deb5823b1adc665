/**
 * Layer 6. Keys of what lies in a spool, and where each sealed value stands.
 *
 * A recording has a data key, wrapped by its patient's key, which the key folder's master key wraps: as in the
 * database, so that an erasure here is the removal of one small file. The spool knows patients by an id that is
 * derived from site and code.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** Where the patient's key is found in the key folder: a UUID that says nothing by itself. */
export function patientUuid(siteId: number, patientId: string): string {
  const digest = createHash("sha256").update(`wavekeep/spool/patient/v1\0${siteId}\0${patientId}`)
    .digest();
  // RFC 9562 version 8: the bits are the application's own.
  digest[6] = digest[6]! & 0x0f | 0x80;
  digest[8] = digest[8]! & 0x3f | 0x80;
  const hex = digest.subarray(0, 16).toString("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}

/** The name of a recording in the table: a digest, so that no code stands there in the clear. */
export function recordingName(siteId: number, patientId: string, recordingId: string): Uint8Array {
  return new Uint8Array(
    createHash("sha256")
      .update(`wavekeep/spool/recording/v1\0${siteId}\0${patientId}\0${recordingId}`).digest(),
  );
}

export function recordingPlace(siteId: number, name: Uint8Array): string {
  return `spool.recording/${siteId}/${name.toHex()}`;
}

export function segmentPlace(siteId: number, segmentId: Uint8Array): string {
  return `spool.segment/${siteId}/${segmentId.toHex()}`;
}

export function setPlace(recordingNo: number, digest: Uint8Array): string {
  return `spool.parameter_set/${recordingNo}/${digest.toHex()}`;
}

/** Of a chunk or a request: its key and digest are in the place, so no body stands for another. */
export function bodyPlace(key: Uint8Array, digest: Uint8Array): string {
  return `spool.body/${key.toHex()}/${digest.toHex()}`;
}

/** The key of a chunk: its permanent place. */
export function chunkKey(
  { segmentId, stream, sequence }: {
    readonly segmentId: Uint8Array;
    readonly stream: number;
    readonly sequence: number;
  },
): Uint8Array {
  const key = new Uint8Array(22);
  key.set(segmentId);
  const view = new DataView(key.buffer);
  view.setUint16(16, stream);
  view.setUint32(18, sequence);
  return key;
}

/** The key of a request: what is asked, by whom. 32 bytes, so it is never a chunk's. */
export function requestKey(
  sender: { readonly siteId: number; readonly subject: string },
  request: {
    readonly method: string;
    readonly path: string;
    readonly mediaType: string;
    readonly body: Uint8Array;
  },
): Uint8Array {
  const { method, path, mediaType, body } = request;
  const head = JSON.stringify([sender.siteId, sender.subject, method, path, mediaType]);
  return new Uint8Array(
    createHash("sha256").update(`wavekeep/spool/request/v1\0${head}\0`).update(body).digest(),
  );
}

/** A request as one value to be sealed. */
export function encodeRequest(
  { method, path, mediaType, body }: {
    readonly method: string;
    readonly path: string;
    readonly mediaType: string;
    readonly body: Uint8Array;
  },
): Uint8Array {
  const head = new TextEncoder().encode(JSON.stringify({ method, path, mediaType }) + "\n");
  const bytes = new Uint8Array(head.byteLength + body.byteLength);
  bytes.set(head);
  bytes.set(body, head.byteLength);
  return bytes;
}

/** What {@link encodeRequest} made. */
export function decodeRequest(
  bytes: Uint8Array,
): { method: string; path: string; mediaType: string; body: Uint8Array } {
  const end = bytes.indexOf(0x0a);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  return { ...head, body: bytes.subarray(end + 1) };
}
