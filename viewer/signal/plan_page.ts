/**
 * Which chunks a page needs, and which windows to ask query for.
 *
 * Pure arithmetic on exact times: a page [a, b) needs the samples ⌈(a−s)·r⌉ to ⌈(b−s)·r⌉ of each stream,
 * s being its segment's start, and one sample more on each side so that lines run to the edges.
 *
 * @module
 */

import { gridRange, sequenceOfSample } from "@wavekeep/core/chunk";
import { filterBlocks, type FilterDesign, STUCK_SECONDS } from "@wavekeep/core/signal";
import {
  addSeconds,
  compareSeconds,
  type ExactSeconds,
  exactSeconds,
  firstSampleAtOrAfter,
  formatSeconds,
  parseSeconds,
  rateHz,
  type SampleRange,
  type SampleRate,
  sampleRate,
  secondsOfSample,
  subtractSeconds,
} from "@wavekeep/core/time";
import type { ChunkKey, ChunkStore } from "./chunk_store.ts";
import type { ChannelModel, RecordingModel } from "./recording_model.ts";

/** The part of one stream a page needs. */
export interface StreamSlice {
  readonly segmentId: string;
  readonly segmentStart: ExactSeconds;
  readonly stream: number;
  readonly rate: SampleRate;
  readonly channels: readonly ChannelModel[];
  /** Samples of the page, one more on each side; half-open, cut to what the stream has. */
  readonly samples: SampleRange;
  /** Sample after the last of the stream. */
  readonly endSample: number;
}

/** A window to ask for: seconds from recording start, decimal text. */
export interface WindowRequest {
  readonly start: string;
  readonly end: string;
  /** Chunks that are expected in the answer. */
  readonly keys: readonly ChunkKey[];
}

/** A page's seconds as exact times; starts are on whole milliseconds. */
export function exactWindow(
  start: number,
  seconds: number,
): { start: ExactSeconds; end: ExactSeconds } {
  return {
    start: exactSeconds(Math.round(start * 1000), 1000),
    end: exactSeconds(Math.round((start + seconds) * 1000), 1000),
  };
}

/** The slices of all streams that have samples on the page. */
export function slicesOfPage(
  model: RecordingModel,
  window: { readonly start: ExactSeconds; readonly end: ExactSeconds },
): StreamSlice[] {
  const slices: StreamSlice[] = [];
  for (const segment of model.segments) {
    const segmentStart = parseSeconds(segment.start);
    const from = subtractSeconds(window.start, segmentStart);
    const to = subtractSeconds(window.end, segmentStart);
    for (const { stream, rate: text, endSample, channels } of segment.streams) {
      const rate = sampleRate(BigInt(text.samples), BigInt(text.seconds));
      const start = Math.max(0, firstSampleAtOrAfter(rate, from) - 1);
      const end = Math.min(endSample, firstSampleAtOrAfter(rate, to) + 1);
      if (start >= end) continue;
      slices.push({
        segmentId: segment.id,
        segmentStart,
        stream,
        rate,
        channels,
        samples: { start, end },
        endSample,
      });
    }
  }
  return slices;
}

/**
 * The slice with what its rows are worked out from: the anchors of their filters, and a second on each
 * side of which derived rows know whether a channel was stuck there.
 *
 * @param options.designs Filters that run on rows of the slice.
 */
export function widenSlice(
  slice: StreamSlice,
  options: { readonly designs: readonly FilterDesign[]; readonly isDerived: boolean },
): StreamSlice {
  const designs = options.designs.filter(({ sections }) => sections.length > 0);
  const { isDerived } = options;
  if (designs.length === 0 && !isDerived) return slice;
  const ranges = designs.length === 0
    ? [widened(slice, null, isDerived)]
    : designs.map((design) => widened(slice, design, isDerived));
  return {
    ...slice,
    samples: {
      start: Math.max(0, Math.min(...ranges.map(({ start }) => start))),
      end: Math.min(slice.endSample, Math.max(...ranges.map(({ end }) => end))),
    },
  };
}

function widened(
  { rate, samples }: StreamSlice,
  design: FilterDesign | null,
  isDerived: boolean,
): SampleRange {
  const more = isDerived ? Math.ceil(STUCK_SECONDS) : 0;
  const { blockSeconds, marginSeconds } = design === null
    ? { blockSeconds: 1, marginSeconds: 0 }
    : filterBlocks(design);
  const block = (sample: number) => {
    const { numerator, denominator } = secondsOfSample(rate, sample);
    return Number(numerator / denominator / BigInt(blockSeconds));
  };
  const indexOf = (second: number) => firstSampleAtOrAfter(rate, exactSeconds(second));
  const start = block(samples.start) * blockSeconds - marginSeconds - more;
  const blockEnd = (block(samples.end - 1) + 1) * blockSeconds;
  const end = design?.phase === "zero-phase"
    ? indexOf(blockEnd + marginSeconds + more)
    : samples.end + Math.ceil(more * rateHz(rate));
  return { start: indexOf(start), end };
}

/** Keys of the chunks that hold a slice, in order. */
export function* keysOfSlice(slice: StreamSlice): Iterable<ChunkKey> {
  const last = sequenceOfSample(slice.rate, slice.samples.end - 1);
  for (
    let sequence = sequenceOfSample(slice.rate, slice.samples.start);
    sequence <= last;
    sequence++
  ) {
    yield { segmentId: slice.segmentId, stream: slice.stream, sequence };
  }
}

/**
 * The windows to ask for so that everything of the slices is known.
 *
 * @param options.samplesMax Most samples, all channels together, that one answer may hold.
 * @param options.revision Of the recording: what was absent before may be there now.
 * @returns Neighbouring chunks joined to one window, split where an answer would grow too large.
 */
export function requestsOfPage(
  slices: readonly StreamSlice[],
  store: Pick<ChunkStore, "state">,
  options: { readonly samplesMax: number; readonly revision: number },
): WindowRequest[] {
  const pieces = slices.flatMap((slice) => missingPieces(slice, store, options.revision));
  pieces.sort((a, b) => compareSeconds(a.start, b.start));
  const requests: Piece[] = [];
  for (const piece of pieces) {
    const last = requests.at(-1);
    const isNeighbour = last !== undefined && compareSeconds(piece.start, last.end) <= 0;
    if (!isNeighbour || last.sampleCount + piece.sampleCount > options.samplesMax) {
      requests.push(piece);
      continue;
    }
    requests[requests.length - 1] = {
      start: last.start,
      end: compareSeconds(piece.end, last.end) > 0 ? piece.end : last.end,
      keys: [...last.keys, ...piece.keys],
      sampleCount: last.sampleCount + piece.sampleCount,
    };
  }
  return requests.map(({ start, end, keys }) => ({
    start: formatSeconds(start),
    end: formatSeconds(end),
    keys,
  }));
}

interface Piece {
  readonly start: ExactSeconds;
  readonly end: ExactSeconds;
  readonly keys: readonly ChunkKey[];
  readonly sampleCount: number;
}

function missingPieces(
  slice: StreamSlice,
  store: Pick<ChunkStore, "state">,
  revision: number,
): Piece[] {
  const pieces: Piece[] = [];
  for (const key of keysOfSlice(slice)) {
    if (store.state(key, revision) !== "unknown") continue;
    const { start, end } = gridRange(slice.rate, key.sequence);
    const at = (sample: number) =>
      addSeconds(slice.segmentStart, secondsOfSample(slice.rate, sample));
    pieces.push({
      start: at(start),
      end: at(end),
      keys: [key],
      sampleCount: (end - start) * slice.channels.length,
    });
  }
  return pieces;
}
