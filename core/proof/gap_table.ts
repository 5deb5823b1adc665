/**
 * Layer 5. Where samples are missing, and why: what chunks, statements and erasures of a bundle come to.
 *
 * A second reckoning beside query's: the gap table of a bundle is compared with it. Reckoned on samples and
 * never bridged.
 *
 * @see core/proof/FORMAT.md, "Gaps"
 * @module
 */

import { formatHex } from "../bytes/mod.ts";
import { gridRange, type LossRecord } from "../chunk/mod.ts";
import type { ErasedRange } from "../log/mod.ts";
import {
  addSeconds,
  compareSeconds,
  cutRanges,
  type ExactSeconds,
  formatSeconds,
  type SampleRange,
  type SampleRate,
  secondsOfSample,
  uncoveredRanges,
} from "../time/mod.ts";
import type { BundleGap } from "./manifest.ts";
import type { StreamChunks } from "./verify_chunks.ts";

/** What is known of missing samples besides the chunks that are there. */
export interface GapEvidence {
  readonly statements: readonly LossRecord[];
  readonly erased: readonly ErasedRange[];
}

/** Every gap and hole of a recording: stream by stream, then those between segments. */
export function gapTable(streams: readonly StreamChunks[], evidence: GapEvidence): BundleGap[] {
  const evidenceOf = byStream(evidence);
  const gaps = streams.flatMap((of) => streamGaps(of, evidenceOf(of)));
  return [...gaps, ...segmentGaps(streams, evidenceOf)];
}

/** Sorted into streams once: a bundle may claim many of both. */
function byStream(evidence: GapEvidence): (of: StreamChunks) => GapEvidence {
  const known = new Map<string, { statements: LossRecord[]; erased: ErasedRange[] }>();
  const at = (segmentId: string, stream: number) => {
    const name = `${segmentId}/${stream}`;
    const found = known.get(name) ?? { statements: [], erased: [] };
    known.set(name, found);
    return found;
  };
  for (const one of evidence.statements) {
    at(formatHex(one.segmentId), one.stream).statements.push(one);
  }
  for (const one of evidence.erased) at(formatHex(one.segmentId), one.stream).erased.push(one);
  return ({ segment, stream }) => at(segment.segmentId, stream.descriptor.stream);
}

function streamGaps(of: StreamChunks, { statements, erased }: GapEvidence): BundleGap[] {
  const { rate, stream } = of.stream.descriptor;
  const { segmentId } = of.segment;
  const stored: SampleRange[] = [];
  const pieces: { kind: BundleGap["kind"]; range: SampleRange }[] = [];
  const cutOffs: SampleRange[] = [];
  for (const { sequence, firstSample, sampleCount } of of.rows) {
    const end = firstSample + sampleCount;
    stored.push({ start: firstSample, end });
    const grid = gridRange(rate, sequence);
    if (end < grid.end) cutOffs.push({ start: end, end: grid.end });
  }
  let rest: readonly SampleRange[] = uncoveredRanges(
    { start: 0, end: horizon(of, statements) },
    stored,
  );
  const take = (kind: BundleGap["kind"], ranges: readonly SampleRange[]) => {
    const cut = cutRanges(rest, ranges);
    for (const { range } of cut.pieces) pieces.push({ kind, range });
    rest = cut.rest;
  };
  take("not-recorded", cutOffs);
  take("erased", erased.map((range) => erasedSamples(rate, range)));
  take(
    "lost",
    statements.filter(({ kind }) => kind === "loss").map(({ firstSample, sampleCount }) => ({
      start: firstSample,
      end: firstSample + sampleCount,
    })),
  );
  for (const range of rest) pieces.push({ kind: "pending", range });
  const at = (sample: number) =>
    formatSeconds(addSeconds(of.segment.start, secondsOfSample(rate, sample)));
  return pieces.sort((a, b) => a.range.start - b.range.start)
    .map(({ kind, range }) => ({
      kind,
      segment_id: segmentId,
      stream,
      start: at(range.start),
      end: at(range.end),
    }));
}

/** Between segments nothing was recorded. */
function segmentGaps(
  streams: readonly StreamChunks[],
  evidenceOf: (of: StreamChunks) => GapEvidence,
): BundleGap[] {
  const spans = new Map<string, { start: ExactSeconds; end: ExactSeconds }>();
  for (const of of streams) {
    const { segmentId, start } = of.segment;
    const last = secondsOfSample(of.stream.descriptor.rate, horizon(of, evidenceOf(of).statements));
    const own = addSeconds(start, last);
    const end = spans.get(segmentId)?.end ?? start;
    spans.set(segmentId, { start, end: compareSeconds(end, own) < 0 ? own : end });
  }
  const gaps: BundleGap[] = [];
  let before: ExactSeconds | undefined;
  for (
    const { start, end } of [...spans.values()].sort((a, b) => compareSeconds(a.start, b.start))
  ) {
    if (before !== undefined && compareSeconds(before, start) < 0) {
      gaps.push({
        kind: "not-recorded",
        segment_id: null,
        stream: null,
        start: formatSeconds(before),
        end: formatSeconds(start),
      });
    }
    if (before === undefined || compareSeconds(before, end) < 0) before = end;
  }
  return gaps;
}

/** The sample after the last that is there or that the device said there would be. */
function horizon(of: StreamChunks, statements: readonly LossRecord[]): number {
  const last = of.rows.at(-1);
  return statements.filter(({ kind }) => kind === "end").reduce(
    (latest, { firstSample }) => Math.max(latest, firstSample),
    last === undefined ? 0 : last.firstSample + last.sampleCount,
  );
}

function erasedSamples(
  rate: SampleRate,
  { firstSequence, sequenceCount }: ErasedRange,
): SampleRange {
  return {
    start: gridRange(rate, firstSequence).start,
    end: gridRange(rate, firstSequence + sequenceCount - 1).end,
  };
}
