/**
 * Seizures that CHB-MIT keeps beside a file: `name.edf.seizures` and `*-summary.txt`.
 *
 * Times in both count from the start of the file that they name. `chb01_03_Seizure.edf` is a crop of
 * `chb01_03.edf`: it gets its seizure only through the summary, which says when the whole file ran, so
 * that the clock places the crop. A crop that has marks of its own speaks for itself.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import {
  locateCrop,
  parseSeizures,
  parseSummary,
  seizuresOf,
  type Summary,
  type SummarySeizure,
} from "@wavekeep/core/chbmit";
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
  const spans = binary ?? await summarySeizures(input, durationSeconds, notices) ?? [];
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

async function summarySeizures(
  input: EdfInput,
  durationSeconds: number,
  notices: string[],
): Promise<Span[] | undefined> {
  for (const path of await summariesBeside(input.path)) {
    try {
      if ((await Deno.stat(path)).size > SUMMARY_BYTES_MAX) continue;
      const summary = parseSummary(await Deno.readTextFile(path));
      const found = seizuresOf(summary, basename(input.path)) ??
        seizuresOfCrop(summary, input, durationSeconds, notices);
      if (found === undefined) continue;
      return found.map(({ start, end }) => ({
        start: exactSeconds(start),
        end: exactSeconds(end),
      }));
    } catch (error) {
      notices.push(`${path} is not used: ${(error as Error).message}`);
    }
  }
  return undefined;
}

async function summariesBeside(path: string): Promise<string[]> {
  const folder = dirname(path);
  const paths: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (entry.isFile && entry.name.endsWith("-summary.txt")) paths.push(join(folder, entry.name));
    }
  } catch {
    return [];
  }
  return paths.sort();
}

function seizuresOfCrop(
  summary: Summary,
  input: EdfInput,
  durationSeconds: number,
  notices: string[],
): readonly SummarySeizure[] | undefined {
  if (input.start === null || input.file.signals.some((signal) => signal.isAnnotation)) {
    return undefined;
  }
  const { hour, minute, second } = input.start;
  const place = locateCrop(summary, {
    name: basename(input.path),
    startSeconds: hour * 3600 + minute * 60 + second,
    durationSeconds,
  });
  if (place === undefined) return undefined;
  notices.push(
    `${input.path}: starts ${place.offsetSeconds} s into ${place.of.name} by the summary's clock; ` +
      `${place.seizures.length} of its ${place.of.seizures.length} seizures fall into it`,
  );
  return place.seizures;
}

function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound;
}
