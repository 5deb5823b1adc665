/**
 * From a request of a window to its plan, and with it, when they are few, the chunks themselves.
 *
 * Sole owner of the two ways there. A recording that was opened a moment ago is looked at once: where it
 * stands and what it holds of the window come in one flush. In every other case (not opened yet, changed
 * since, erased, a request that does not fit) the rows are read from the beginning, and they decide. Both
 * ways end in the same arithmetic. Hazard: nothing that was kept may decide what a client is told unless
 * the recording still stands where it stood, complaints included.
 *
 * @module
 */

import { cover } from "@wavekeep/core/chunk";
import { ProblemError } from "@wavekeep/core/problem";
import { isStorageDamaged } from "@wavekeep/core/service";
import { rangeLength } from "@wavekeep/core/time";
import { WINDOW_SAMPLES_MAX, type WindowQuery } from "@wavekeep/core/wire";
import type { QueryDeps } from "../deps.ts";
import { segmentSpans } from "../describe_recording.ts";
import { type OpenRecording, openRecording, type OpenStream } from "../open_recording.ts";
import { standsAsOpened } from "../opened_recordings.ts";
import type { RecordingLook, SequenceScope, SiteView, StoredChunk } from "../store/query_store.ts";
import { type NamedChannel, selectChannels } from "./channel_names.ts";
import { type TimeRange, windowSamples } from "./gaps.ts";
import { planWindow, samplesAsked, type WindowPlan } from "./plan_window.ts";
import { bareTimeline, readTimelines } from "./read_timelines.ts";
import { chunkBytesMax } from "./read_window.ts";
import { runsOfChunks } from "./runs_of_chunks.ts";
import { isWhole, type StoredLength, storedSamples, type StreamTimeline } from "./timeline.ts";
import { parseWindow } from "./window_request.ts";

/** A planned request. */
export interface PlannedRequest {
  readonly recording: OpenRecording;
  readonly channels: readonly NamedChannel[];
  readonly plan: WindowPlan;
  readonly asOf: string;
  /** Every chunk of the plan, by sequence, when they came along; one list for each stream. */
  readonly fetched: readonly FetchedStream[] | undefined;
}

/** Chunks of one stream. */
export interface FetchedStream {
  readonly segmentNumber: number;
  readonly stream: number;
  readonly chunks: readonly StoredChunk[];
}

type PlanDeps = Pick<QueryDeps, "store" | "keys" | "opened">;

/** Chunks that come along at most, and what they may come to at their largest, raw. */
const FETCHED_MAX = 64;
const FETCHED_BYTES_MAX = 4 * 1024 * 1024;

/** The last sequence that a row can have. */
const SEQUENCE_MAX = 2 ** 31 - 2;

/**
 * Plans a request.
 *
 * @param options.bodies Whether the chunks will be wanted; a client that may have them already asks first.
 * @throws {ProblemError} `recording-not-found`, `window-invalid`, `channel-not-found`, `segment-not-found`,
 * `window-too-large`.
 */
export async function planRequest(
  deps: PlanDeps,
  siteId: number,
  query: WindowQuery,
  options: { readonly bodies: boolean },
): Promise<PlannedRequest> {
  return await planOpened(deps, siteId, query, options) ??
    await deps.store.read(siteId, (view) => planFromRows(view, deps, query));
}

/** What a request comes to in one recording. */
interface Wanted {
  readonly window: TimeRange;
  readonly channels: readonly NamedChannel[];
  readonly streams: readonly OpenStream[];
}

/** By one look at a recording that is open; undefined when the rows have to decide. */
async function planOpened(
  deps: PlanDeps,
  siteId: number,
  query: WindowQuery,
  options: { readonly bodies: boolean },
): Promise<PlannedRequest | undefined> {
  const opened = await deps.opened.find(siteId, codesOf(query));
  if (opened === undefined) return undefined;
  try {
    const wanted = wantedOf(opened.recording, opened.named, query);
    const scopes = wanted.streams.map((stream) => scopeOf(opened.recording, stream, wanted.window));
    const { recordingId } = opened.recording.stored;
    const bodies = options.bodies && areFew(wanted.streams, scopes);
    const look = await deps.store.look(siteId, recordingId, scopes, { bodies });
    const recording = look && standsAsOpened(opened, look.standing);
    if (recording === undefined) return undefined;
    const streams = wanted.streams.map((stream) => recording.streams.find(isOf(stream))!);
    const found = streams.map((stream, index) =>
      timelineOf(recording, stream, look!.scopes[index]!)
    );
    if (!found.every((entry) => entry !== undefined)) return undefined;
    return {
      ...planned(recording, { ...wanted, streams }, found.map(({ timeline }) => timeline)),
      asOf: look!.standing.asOf,
      fetched: bodies ? found.map(({ fetched }) => fetched) : undefined,
    };
  } catch (error) {
    // Where the database stumbles over one body, the others are read without it, page by page.
    if (error instanceof ProblemError || isStorageDamaged(error)) return undefined;
    throw error;
  }
}

async function planFromRows(
  view: SiteView,
  deps: PlanDeps,
  query: WindowQuery,
): Promise<PlannedRequest> {
  const stored = await view.recording(codesOf(query));
  if (stored === undefined) throw new ProblemError("recording-not-found");
  const shapes = await view.shapes([stored.recordingId]);
  const recording = await openRecording(stored, shapes.get(stored.recordingId)!, deps.keys);
  const { named } = deps.opened.keep(recording, view.incarnation);
  return await planNamed(view, { recording, named }, query);
}

/**
 * Plans a request of a recording that somebody has opened and named.
 *
 * @throws {ProblemError} As {@link planRequest}, but for the recording.
 */
export async function planNamed(
  view: SiteView,
  { recording, named }: {
    readonly recording: OpenRecording;
    readonly named: readonly NamedChannel[];
  },
  query: WindowChoice,
): Promise<PlannedRequest> {
  const wanted = wantedOf(recording, named, query);
  const { window } = wanted;
  const timelines = await readTimelines(view, recording, wanted.streams, { window });
  return { ...planned(recording, wanted, timelines), asOf: view.asOf, fetched: undefined };
}

/** What of a query decides which samples are meant. */
export type WindowChoice = Pick<
  WindowQuery,
  "start" | "end" | "coordinate" | "segment_id" | "stream" | "channels"
>;

function codesOf(query: WindowQuery): { patientCode: string; recordingCode: string } {
  return { patientCode: query.patient_id, recordingCode: query.recording_id };
}

function wantedOf(
  recording: OpenRecording,
  named: readonly NamedChannel[],
  query: WindowChoice,
): Wanted {
  const { window, only } = parseWindow(query, recording);
  const selected = query.channels === undefined ? named : selectChannels(named, query.channels);
  const channels = only === undefined ? selected : selected.filter(isOf(only));
  // Of an erased patient no channel has a name left; the holes are still told.
  const isErased = recording.key === undefined;
  const streams = recording.streams.filter((stream) => isErased || channels.some(isOf(stream)));
  refuseTooMany(samplesOfWindow(streams, channels, window));
  return { window, channels, streams };
}

function planned(
  recording: OpenRecording,
  { window, channels, streams }: Wanted,
  timelines: readonly StreamTimeline[],
): Pick<PlannedRequest, "recording" | "channels" | "plan"> {
  const plan = planWindow(
    timelines.map((timeline, index) => ({
      timeline,
      channelCount: channels.filter(isOf(streams[index]!)).length,
    })),
    segmentSpans(recording, recording.streams.map((stream) => bareTimeline(recording, stream))),
    window,
    { erased: recording.key === undefined },
  );
  refuseTooMany(plan.sampleCount);
  return { recording, channels, plan };
}

/** Sequences that the window touches, stored or not. */
function scopeOf(
  recording: OpenRecording,
  stream: OpenStream,
  window: TimeRange,
): SequenceScope {
  const samples = windowSamples(bareTimeline(recording, stream), window);
  const { firstSequence, endSequence } = rangeLength(samples) === 0
    ? { firstSequence: 0, endSequence: 0 }
    : cover(stream.rate, samples);
  return {
    recordingId: recording.stored.recordingId,
    segmentNumber: stream.segmentNumber,
    stream: stream.stream,
    start: Math.min(firstSequence, SEQUENCE_MAX + 1),
    end: Math.min(endSequence, SEQUENCE_MAX + 1),
  };
}

/** Whether all chunks of the scopes may be held at once. */
function areFew(streams: readonly OpenStream[], scopes: readonly SequenceScope[]): boolean {
  let count = 0;
  let byteLength = 0;
  for (const [index, { start, end }] of scopes.entries()) {
    count += end - start;
    byteLength += (end - start) * chunkBytesMax(streams[index]!);
  }
  return count <= FETCHED_MAX && byteLength <= FETCHED_BYTES_MAX;
}

/**
 * A stream's timeline as one look shows it: nothing beyond the end that the same look gives, so that one
 * answer is of one moment. Undefined when runs alone do not tell: one reaches beyond that end, or holds a
 * chunk that is shorter than the grid.
 */
function timelineOf(
  recording: OpenRecording,
  stream: OpenStream,
  { runs, chunks }: RecordingLook["scopes"][number],
): { timeline: StreamTimeline; fetched: FetchedStream } | undefined {
  const end = stream.last === null ? 0 : stream.last.sequence + 1;
  const seen = chunks?.filter(({ sequence }) => sequence < end);
  const pieces = seen === undefined ? runs : runsOfChunks(seen);
  const shortRuns = new Map<number, readonly StoredLength[]>();
  for (const run of pieces) {
    if (run.end <= end && isWhole(stream.rate, run)) continue;
    if (seen === undefined) return undefined;
    const isInside = ({ sequence }: StoredChunk) => run.start <= sequence && sequence < run.end;
    shortRuns.set(run.start, seen.filter(isInside));
  }
  const timeline = {
    ...bareTimeline(recording, stream),
    ...storedSamples(stream.rate, pieces, shortRuns),
  };
  const { segmentNumber, stream: number } = stream;
  return { timeline, fetched: { segmentNumber, stream: number, chunks: seen ?? [] } };
}

/** What the window asks for at the highest rate of each name, stored or not. */
function samplesOfWindow(
  streams: readonly OpenStream[],
  channels: readonly NamedChannel[],
  window: TimeRange,
): number {
  const asked = new Map<string, number>();
  for (const stream of streams) {
    const count = samplesAsked(stream.rate, window);
    for (const channel of channels) {
      if (!isSame(stream, channel)) continue;
      asked.set(channel.name, Math.max(count, asked.get(channel.name) ?? 0));
    }
  }
  let sum = 0;
  for (const count of asked.values()) sum += count;
  return sum;
}

function refuseTooMany(asked: number): void {
  if (asked <= WINDOW_SAMPLES_MAX) return;
  throw new ProblemError("window-too-large", {
    detail: `Cannot answer at once: ${asked} samples were asked for, the limit is ` +
      `${WINDOW_SAMPLES_MAX}`,
    errors: [{ detail: "ask for less time or fewer channels", pointer: "/query/end" }],
    extensions: { asked_samples: asked, limit_samples: WINDOW_SAMPLES_MAX },
  });
}

interface OfStream {
  readonly segmentNumber: number;
  readonly stream: number;
}

/** Whether something is of the same stream. */
export function isOf(stream: OfStream): (other: OfStream) => boolean {
  return (other) => isSame(stream, other);
}

function isSame(a: OfStream, b: OfStream): boolean {
  return a.segmentNumber === b.segmentNumber && a.stream === b.stream;
}
