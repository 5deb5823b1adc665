/**
 * What was found when a page was proved, in words that can be printed, copied and kept.
 *
 * @module
 */

import type { SampleCheck } from "./check_samples.ts";
import type { PageDigest } from "./page_digest.ts";
import type { Difference, TraceProof } from "./prove_traces.ts";

/** Everything that was found. */
export interface ProofResult {
  /** The page as it is read. */
  readonly page: TraceProof;
  /** The same with the calibration signal. */
  readonly calibration: TraceProof;
  readonly samples: SampleCheck;
  /** Pixels of the plot on screen that are not those of the picture that was checked. */
  readonly screenDifferenceCount: number;
  readonly digest: PageDigest;
  /** Chunks of the page that failed their check, and are not drawn. */
  readonly damagedChunkCount: number;
}

/** A line of the report. */
export interface ProofLine {
  readonly name: string;
  readonly text: string;
  /** Undefined where there is nothing to be right or wrong. */
  readonly isRight?: boolean;
}

/** At most so many differences are listed. */
const LISTED_MAX = 20;

/** Whether nothing differs. */
export function isProved(result: ProofResult): boolean {
  const { page, calibration, samples, screenDifferenceCount } = result;
  return page.differences.length === 0 && calibration.differences.length === 0 &&
    samples.differingCount === 0 && screenDifferenceCount === 0;
}

/**
 * The result in one sentence.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { verdictOf } from "./proof_report.ts";
 *
 * const none = { columnCount: 1832, differingColumnCount: 0, rowCount: 23, extentCount: 42136,
 *   differences: [] };
 * strictEqual(verdictOf({
 *   page: none,
 *   calibration: none,
 *   samples: { sampleCount: 58_880, differingCount: 0 },
 *   screenDifferenceCount: 0,
 *   digest: { sha256: "0".repeat(64), chunkCount: 10, sampleCount: 58_880 },
 *   damagedChunkCount: 0,
 * }), "0 of 1,832 columns differ");
 * ```
 */
export function verdictOf(result: ProofResult): string {
  const { page, calibration, samples, screenDifferenceCount } = result;
  const columns = new Set(
    [...page.differences, ...calibration.differences].map(({ column }) => column),
  );
  const sentence = `${count(columns.size)} of ${count(page.columnCount)} columns differ`;
  if (isProved(result) || columns.size > 0) return sentence;
  return samples.differingCount > 0
    ? `${sentence}, but ${count(samples.differingCount)} samples do`
    : `${sentence}, but ${count(screenDifferenceCount)} pixels on screen do`;
}

/** The report, line by line. */
export function proofLines(result: ProofResult): ProofLine[] {
  const { page, calibration, samples, digest, damagedChunkCount } = result;
  return [
    { name: "This page", ...columnsLine(page) },
    { name: "50 µV square wave, impulses of one sample", ...columnsLine(calibration) },
    {
      name: "Samples against plain arithmetic on what is stored",
      text: `${count(samples.differingCount)} of ${count(samples.sampleCount)} differ`,
      isRight: samples.differingCount === 0,
    },
    {
      name: "Pixels on screen against the picture that was checked",
      text: `${count(result.screenDifferenceCount)} differ`,
      isRight: result.screenDifferenceCount === 0,
    },
    {
      name: "Chunks verified in this browser",
      text: damagedChunkCount === 0
        ? count(digest.chunkCount)
        : `${count(digest.chunkCount)}; ${count(damagedChunkCount)} damaged, not drawn`,
    },
    { name: "SHA-256 of the samples as recorded", text: digest.sha256 },
  ];
}

function columnsLine(proof: TraceProof): { readonly text: string; readonly isRight: boolean } {
  return {
    text: `${count(proof.differingColumnCount)} of ${count(proof.columnCount)} columns differ ` +
      `(${count(proof.rowCount)} rows, ${count(proof.extentCount)} extents compared)`,
    isRight: proof.differences.length === 0,
  };
}

/** The first differences in words, and how many more there are. */
export function differenceTexts(
  differences: readonly Difference[],
  { nameOf, secondsOf }: {
    readonly nameOf: (slot: number) => string;
    /** Seconds of the page at a column. */
    readonly secondsOf: (column: number) => number;
  },
): string[] {
  const extent = (of: Difference["drawn"]) => of === null ? "nothing" : `${of[0]} to ${of[1]}`;
  const texts = differences.slice(0, LISTED_MAX).map((one) =>
    `${nameOf(one.slot)}, column ${one.column} (${secondsOf(one.column).toFixed(3)} s): ` +
    `pixels ${extent(one.drawn)}, must be ${extent(one.expected)}`
  );
  const more = differences.length - texts.length;
  return more > 0 ? [...texts, `and ${count(more)} more`] : texts;
}

function count(value: number): string {
  return value.toLocaleString("en-GB");
}
