/**
 * A device's signatures over what it sends of one segment, at capture.
 *
 * Sole owner, on this side, of which message each signature is over; the messages are core's.
 *
 * @see core/chunk/FORMAT.md, "Signatures"
 * @module
 */

import { parseHex } from "@wavekeep/core/bytes";
import {
  chunkSignatureMessage,
  encodeLossRecord,
  type LossRecord,
  lossRecordDigest,
  lossRecordSignatureMessage,
  segmentSignatureMessage,
  withSignature,
} from "@wavekeep/core/chunk";
import { type Ed25519Signer, nodeSha256 } from "@wavekeep/core/crypto";
import type { DeviceKeyRing } from "./device_keys.ts";
import type { RememberedSegment } from "./upload_memory.ts";

/** How much a device signs: every chunk, the last of each run, or nothing. */
export type SignMode = "chunk" | "run" | "none";

/** How a device signs, and with what. */
export interface DeviceSigning {
  /** Of segments that begin now; one that was begun before stays as it was. */
  readonly mode: SignMode;
  readonly keys: DeviceKeyRing;
}

/** What a segment begins with: under which key, and how; null for an unsigned one. */
export function freshSigning(signing: DeviceSigning | undefined): RememberedSegment["signing"] {
  if (signing === undefined || signing.mode === "none") return null;
  const key = signing.keys.current;
  return key === undefined ? null : { policy: signing.mode, keyId: key.keyId };
}

/** Signs for one segment. */
export interface SegmentSigner {
  readonly policy: "chunk" | "run";
  readonly keyId: Uint8Array;
  /** Base64. */
  signSegment(digest: Uint8Array): string;
  /** Base64. */
  signStatement(record: LossRecord): string;
  /** For `encodeChunk`. */
  readonly sign: Ed25519Signer["sign"];
  /** A chunk that is made, with its signature. */
  signChunk(chunk: Uint8Array, chunkDigest: Uint8Array): Uint8Array;
}

/**
 * The signer of a segment as it was begun; null when that was without a key.
 *
 * @throws {Error} The key is not there: nobody else can go on with the segment.
 */
export function segmentSigner(
  { signing: begun, id }: Pick<RememberedSegment, "signing" | "id">,
  signing: DeviceSigning | undefined,
): SegmentSigner | null {
  if (begun === null) return null;
  const key = signing?.keys.find(begun.keyId);
  if (key === undefined) {
    throw new Error(
      `Cannot go on with segment ${id}: it is signed by key ${
        begun.keyId.slice(0, 16)
      }…, which is ` +
        "not in device_keys.json",
    );
  }
  return {
    policy: begun.policy,
    keyId: parseHex(begun.keyId),
    signSegment: (digest) => key.sign(segmentSignatureMessage(digest)).toBase64(),
    signStatement: (record) => {
      const digest = lossRecordDigest(encodeLossRecord(record), nodeSha256);
      return key.sign(lossRecordSignatureMessage(digest)).toBase64();
    },
    sign: key.sign,
    signChunk: (chunk, digest) => withSignature(chunk, key.sign(chunkSignatureMessage(digest))),
  };
}
