/**
 * Segment id and salt of a stretch of a file, out of the file itself.
 *
 * A live device draws both at random. A file is the same wherever it is streamed from, so what it gets is
 * derived: whoever streams it again into the same recording, with or without the memory of the first
 * time, arrives at the same segment and goes on instead of storing every sample twice. Decision 0012.
 *
 * @module
 */

import { asciiBytes, concatBytes, formatHex } from "@wavekeep/core/bytes";
import { nodeSha256 } from "@wavekeep/core/crypto";

const ID_LABEL = asciiBytes("wavekeep/file-segment/v1\0");
const SALT_LABEL = asciiBytes("wavekeep/file-salt/v1\0");

/**
 * @param of.key The file's SHA-256 and the first data record of the stretch.
 * @returns Lower-case hexadecimal: 16 bytes of id, 32 of salt.
 */
export function contentIdentity(
  of: { siteId: number; patientId: string; recordingId: string; key: string },
): { id: string; salt: string } {
  const place = new TextEncoder().encode(
    JSON.stringify([of.siteId, of.patientId, of.recordingId, of.key]),
  );
  const digest = (label: Uint8Array) => formatHex(nodeSha256(concatBytes(label, place)));
  return { id: digest(ID_LABEL).slice(0, 32), salt: digest(SALT_LABEL) };
}
