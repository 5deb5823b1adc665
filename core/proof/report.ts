/**
 * Layer 5. A verdict in words, for people.
 *
 * @module
 */

import { describeFinding, describePlace } from "./findings.ts";
import { formatCivil, microsToCivil } from "../time/mod.ts";
import type { Verdict } from "./verdict.ts";

/** 0 sound, 1 something differs, 2 something that was asked for could not be checked. */
export function verdictCode({ findings, unchecked }: Verdict): 0 | 1 | 2 {
  if (findings.length > 0) return 1;
  return unchecked.length > 0 ? 2 : 0;
}

const FINDINGS_SHOWN = 50;

/** The verdict as lines: what it is about, what was looked at, what differs, what is not covered. */
export function describeVerdict(verdict: Verdict): string {
  const { recording, checkpoint, counts, findings, moreFindings, notes, unchecked } = verdict;
  const lines: string[] = [];
  if (recording !== undefined) {
    const { recordingId, patientId, pseudonym } = recording;
    lines.push(`Recording   ${recordingId} of patient ${patientId}, in the log ${pseudonym}`);
  }
  for (const { kind, detail, leafIndex } of notes) {
    if (kind === "moved") lines.push(`Moved       ${detail}, leaf ${leafIndex}`);
  }
  if (checkpoint !== undefined) {
    const { origin, size } = checkpoint.checkpoint;
    const times = checkpoint.signatures.flatMap(({ timestampSeconds }) => timestampSeconds ?? []);
    const seen = times.length === 0
      ? "no witness"
      : `${checkpoint.witnessCount} of the witnesses given, last ${isoOf(Math.max(...times))}`;
    lines.push(`Checkpoint  ${origin}, ${grouped(size)} leaves, signed by the log; ${seen}`);
  }
  const looked = [
    [counts.leaves, "leaves"],
    [counts.segments, "segments"],
    [counts.chunks, "chunks"],
    [counts.samples, "samples"],
    [counts.annotations, "marks and reviews"],
    [counts.signatures, "device signatures"],
  ] as const;
  lines.push(
    `Looked at   ${looked.map(([count, what]) => `${grouped(count)} ${what}`).join(", ")}`,
  );
  lines.push("");
  if (findings.length > 0) {
    lines.push(`DIFFERS: ${findings.length + moreFindings} findings`);
    findings.slice(0, FINDINGS_SHOWN).forEach((finding) =>
      lines.push(`  ${describeFinding(finding)}`)
    );
    const rest = findings.length + moreFindings - FINDINGS_SHOWN;
    if (rest > 0) lines.push(`  and ${rest} more (--json lists them)`);
  } else if (unchecked.length > 0) {
    lines.push("NOT DECIDED: nothing differs, but not all was checked");
  } else lines.push("SOUND: everything in it is what the log holds");
  for (const what of unchecked) lines.push(`  not checked: ${what}`);
  const noteLines = groupNotes(notes);
  if (noteLines.length > 0) lines.push("", "What this does not say:", ...noteLines);
  return lines.map(printableLine).join("\n") + "\n";
}

/** Controls, and what turns the direction of writing: a terminal would obey them. */
// deno-lint-ignore no-control-regex -- they are what is looked for
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const LINE_MAX = 600;

/**
 * A line that shows what is in it and does nothing else: names of files and members were chosen by whoever
 * made the bundle.
 */
export function printableLine(line: string): string {
  const short = line.length > LINE_MAX ? `${line.slice(0, LINE_MAX)}…` : line;
  return short.replace(OBEYED, (one) => `\\u{${one.codePointAt(0)!.toString(16)}}`);
}

/** Notes of one kind and text come once, with how many there are. */
function groupNotes(notes: Verdict["notes"]): string[] {
  const counts = new Map<string, number>();
  for (const note of notes) {
    if (note.kind === "moved") continue;
    const { file, ...rest } = note;
    const place = describePlace(file === undefined ? rest : note);
    const line = place === "" ? note.detail : `${note.detail} (${place})`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].slice(0, FINDINGS_SHOWN)
    .map(([line, count]) => count === 1 ? `  ${line}` : `  ${line}, ${count} times`);
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

function isoOf(seconds: number): string {
  return `${formatCivil(microsToCivil(BigInt(seconds) * 1_000_000n))}Z`;
}
