/**
 * Seizures that CHB-MIT keeps beside a file: `name.edf.seizures` and `*-summary.txt`.
 *
 * Times in both count from the start of the file that they name, so only a file of exactly that name
 * gets them: `chb01_03_Seizure.edf` is a crop of `chb01_03.edf` and its seizure lies elsewhere.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { parseSeizures, parseSummary, seizuresOf } from "@wavekeep/core/chbmit";
import {
  addSeconds,
  type ExactSeconds,
  exactSeconds,
  subtractSeconds,
  toNumber,
} from "@wavekeep/core/time";
import type { SourceMark } from "./device_source.ts";
import { markId, wireSeconds } from "./edf_marks.ts";
import type { EdfInput } from "./edf_source.ts";

interface Span {
  readonly start: ExactSeconds;
  readonly end: ExactSeconds;
}

/** Summaries are a few kilobytes; anything larger is not one. */
const SUMMARY_BYTES_MAX = 4 * 1024 * 1024;

/**
 * The seizures that files beside `input` give for it; none when no file names it.
 *
 * @param offset Seconds from recording start to the file's start.
 * @param durationSeconds Seconds of signal in the file: a seizure beyond them is kept, and noticed.
 */
export async function chbmitMarks(
  input: EdfInput,
  offset: ExactSeconds,
  durationSeconds: number,
): Promise<{ marks: SourceMark[]; notices: string[] }> {
  const notices: string[] = [];
  const binary = await binarySeizures(input.path, notices);
  const spans = binary ?? await summarySeizures(input.path, notices) ?? [];
  const marks = spans.map(({ start, end }, index): SourceMark => {
    if (toNumber(end) > durationSeconds) {
      notices.push(
        `${input.path}: seizure ${index + 1} ends at ${toNumber(end)} s, the file at ` +
          `${durationSeconds} s; kept as given`,
      );
    }
    const onset = addSeconds(offset, start);
    return {
      dueSeconds: toNumber(onset),
      annotation: {
        "annotation_id": markId(input.sha256, "seizure", index),
        kind: "seizure",
        source: "file",
        anchor: { coordinate: "recording", onset: wireSeconds(onset) },
        duration: wireSeconds(subtractSeconds(end, start)),
        text: "Seizure",
      },
    };
  });
  return { marks, notices };
}

/** Undefined when there is no such file. */
async function binarySeizures(path: string, notices: string[]): Promise<Span[] | undefined> {
  const beside = `${path}.seizures`;
  try {
    return parseSeizures(await Deno.readFile(beside));
  } catch (error) {
    if (!isMissing(error)) notices.push(`${beside} is not used: ${(error as Error).message}`);
    return undefined;
  }
}

async function summarySeizures(path: string, notices: string[]): Promise<Span[] | undefined> {
  const folder = dirname(path);
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (entry.isFile && entry.name.endsWith("-summary.txt")) names.push(entry.name);
    }
  } catch {
    return undefined;
  }
  for (const name of names.sort()) {
    const file = join(folder, name);
    try {
      if ((await Deno.stat(file)).size > SUMMARY_BYTES_MAX) continue;
      const found = seizuresOf(parseSummary(await Deno.readTextFile(file)), basename(path));
      if (found === undefined) continue;
      return found.map(({ start, end }) => ({
        start: exactSeconds(start),
        end: exactSeconds(end),
      }));
    } catch (error) {
      notices.push(`${file} is not used: ${(error as Error).message}`);
    }
  }
  return undefined;
}

function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound;
}
