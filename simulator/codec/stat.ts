/**
 * `codec stat`: sizes and speeds of files.
 *
 * @module
 */

import { basename } from "node:path";
import { exactSeconds } from "@wavekeep/core/time";
import { type EdfInput, edfSegments, openEdfInput } from "../edf_source.ts";
import { createProgress } from "../progress.ts";
import { chunkBlocks } from "./chunk_blocks.ts";
import {
  type Coding,
  FILE_CODING,
  type FixedCodecName,
  fixedCoding,
  LIVE_CODING,
} from "./coding.ts";
import { measure, type MeasuredSource } from "./measure.ts";
import { type FileStat, fileStat } from "./stat_report.ts";
import { statText } from "./stat_table.ts";

export interface StatOptions {
  readonly files: readonly string[];
  readonly json: boolean;
  /** "auto": the encoder chooses. */
  readonly codec: "auto" | FixedCodecName;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Whether standard error is a terminal, where a bar may be drawn. */
  readonly isTerminal: boolean;
  readonly signal: AbortSignal;
}

/**
 * Measures the files one after the other. A file that cannot be read is named on standard error and does
 * not keep the others from being measured.
 *
 * @returns The exit code.
 */
export async function stat(options: StatOptions): Promise<number> {
  const { files, json, stdout, stderr, signal } = options;
  const stats: FileStat[] = [];
  let failures = 0;
  for (const path of files) {
    try {
      const found = await statFile(path, options);
      stats.push(found);
      if (!json) stdout(statText(found));
    } catch (error) {
      signal.throwIfAborted();
      failures++;
      stderr(`codec: ${(error as Error).message}`);
    }
  }
  if (json) stdout(JSON.stringify(stats, null, 2));
  return failures > 0 ? 1 : 0;
}

/** Opens, measures and closes one file. */
export async function statFile(
  path: string,
  options: Pick<StatOptions, "codec" | "isTerminal" | "signal" | "stderr">,
): Promise<FileStat> {
  const { codec, signal } = options;
  const input = await openEdfInput(path);
  const progress = createProgress({
    label: basename(path),
    totalSeconds: totalSeconds(input),
    isTerminal: options.isTerminal,
    print: options.stderr,
  });
  try {
    const predictive = fixedCoding("predictive");
    const codings: readonly Coding[] = codec === "auto"
      ? [FILE_CODING, LIVE_CODING, predictive]
      : codec === "predictive"
      ? [predictive]
      : [fixedCoding(codec), predictive];
    const tallies = await measure(measuredSource(input), {
      codings,
      signal,
      onProgress: ({ doneSeconds, sampleCount }) =>
        progress.update({ doneSeconds, samplesSent: sampleCount }),
    });
    return fileStat(input, {
      coding: codec,
      main: tallies[0]!,
      live: codec === "auto" ? tallies[1]! : null,
      predictive: tallies.at(-1)!,
    });
  } finally {
    progress.stop();
    input.close();
  }
}

/**
 * A file as the simulator would stream it: one-second chunks, a segment for each run without a gap.
 *
 * @throws {Error} There is nothing to code.
 */
export function measuredSource(input: EdfInput): MeasuredSource {
  const segments = edfSegments(input, { offset: exactSeconds(0), uncertainty: "0" });
  if (segments.length === 0) {
    throw new Error(`Cannot code ${input.path}: no signal has samples`);
  }
  return { streams: input.channels.streams, blocks: () => chunkBlocks(segments) };
}

/** Signal in a file, gaps not counted. */
export function totalSeconds(input: EdfInput): number {
  const { numerator, denominator } = input.file.header.recordDuration;
  const records = input.runs.reduce((sum, run) => sum + run.recordCount, 0);
  return records * Number(numerator) / Number(denominator);
}
