/**
 * Layer 5. What the header of an exported file says of patient and recording: codes, never a name.
 *
 * @see https://www.edfplus.info/specs/edfplus.html 2.1.3.3 and 2.1.3.4
 * @module
 */

import { edfPlusRecordingId } from "../edf/mod.ts";
import type { CivilTime } from "../time/mod.ts";

/** Longest part of a recording code that leaves room for the other subfields. */
const CODE_CHARACTERS_MAX = 40;

/** The local patient identification: the site's code, and nothing else known. */
export function edfPatientId(patientCode: string): string {
  return `${patientCode} X X X`;
}

/** The local recording identification: start and the site's code. */
export function edfRecordingId(start: CivilTime | null, recordingCode: string): string {
  return edfPlusRecordingId(start, `${recordingCode.slice(0, CODE_CHARACTERS_MAX)} X Wavekeep`);
}
