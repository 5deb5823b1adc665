/**
 * Taking a patient's identity out of what surrounds the samples.
 *
 * Sole owner of what "left out" means: the two identification fields of the header are replaced as EDF+
 * says for anonymous files, the start stays; annotation signals keep the onset of each record and lose
 * every text; bytes behind the last record are dropped. Labels, transducers and prefilters stay.
 *
 * @see EDF+ specification 2.1.3 items 3 and 4, 2.2.4 (timekeeping)
 * @module
 */

import { type EdfFile, edfPlusRecordingId, HEADER_FIELDS } from "@wavekeep/core/edf";

/** The header without identification, with the number of records that are really there. */
export function anonymousHeader(file: EdfFile): Uint8Array {
  const header = file.headerBytes.slice();
  const write = (field: { offset: number; width: number }, text: string) => {
    header.fill(0x20, field.offset, field.offset + field.width);
    header.set(new TextEncoder().encode(text).subarray(0, field.width), field.offset);
  };
  write(HEADER_FIELDS.patientId, "X X X X");
  write(HEADER_FIELDS.recordingId, edfPlusRecordingId(file.header.start));
  write(HEADER_FIELDS.recordCount, String(file.recordCount));
  return header;
}

/**
 * The onset of its record, and nothing else, of one annotation signal in one record.
 *
 * @param keepsTime Whether it is the first annotation signal of the record.
 * @returns As many bytes as were given.
 */
export function timekeepingOnly(bytes: Uint8Array, keepsTime: boolean): Uint8Array {
  const kept = new Uint8Array(bytes.length);
  if (!keepsTime) return kept;
  const start = bytes.findIndex((byte) => byte !== 0);
  if (start === -1) return kept;
  const stamp = new TextDecoder("latin1").decode(bytes.subarray(start, start + STAMP_BYTES_MAX))
    .match(TIMEKEEPING)?.[0];
  if (stamp === undefined) return kept;
  kept.set(bytes.subarray(start, start + stamp.length), start);
  return kept;
}

/** Onset, duration if any, and the empty text that marks the onset of a record. */
const TIMEKEEPING = new RegExp("^[+-]?[0-9.]+(?:\u0015[0-9.]*)?\u0014\u0014");

/** Longer than any onset and duration that the reader accepts. */
const STAMP_BYTES_MAX = 160;
