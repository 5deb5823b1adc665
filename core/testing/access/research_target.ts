/**
 * What researchers find of a target: a closed recording of a patient who allows research, under its pseudonyms.
 *
 * @module
 */

/** What requests of researchers name. */
export interface ResearchTarget {
  readonly patient: string;
  readonly recording: string;
  /** Hexadecimal. */
  readonly exportId: string;
}

/** One that never was. */
export const NO_RESEARCH: ResearchTarget = {
  patient: "paaaaaaaaaaaaa",
  recording: "raaaaaaaaaaaaa",
  exportId: "d".repeat(32),
};

/** The codes of a target's closed recording. */
export function closedCodes(
  name: string,
): { readonly patient: string; readonly recording: string } {
  return { patient: `closed-${name}`, recording: `recording-${name}` };
}

/** How many marks that recording has: it is told by them in a list of pseudonyms. */
export function markCountOf(name: string): number {
  return name === "other" ? 2 : 1;
}

/** Pseudonyms of a target's closed recording, in what researchers of its site are listed. */
export function researchNames(
  listed: Readonly<Record<string, unknown>>,
  name: string,
): Pick<ResearchTarget, "patient" | "recording"> {
  const found = (listed["recordings"] as Readonly<Record<string, unknown>>[])
    .find((entry) => entry["annotation_count"] === markCountOf(name));
  if (found === undefined) throw new Error(`Cannot find the recording of ${name} for researchers`);
  return { patient: found["patient_id"] as string, recording: found["recording_id"] as string };
}
