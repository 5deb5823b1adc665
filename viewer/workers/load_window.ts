/**
 * Fetches stored chunks, checks and decodes them here, and keeps them.
 *
 * The viewer does not believe what it is sent: CRC-32C, SHA-256 of the samples, place on the grid and
 * channel count are checked in this browser, and what fails is never drawn. Parameter sets come with the
 * first answer and are kept; later answers come without, and a set that is new then is asked for by name.
 *
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { formatHex } from "@wavekeep/core/bytes";
import {
  type ChunkHeader,
  decodeChunk,
  isOnGrid,
  readChunkHeader,
  splitAnswer,
} from "@wavekeep/core/chunk";
import { isCoreError } from "@wavekeep/core/error";
import { sampleRate } from "@wavekeep/core/time";
import { widenSlices } from "../signal/assemble_page.ts";
import type { ChunkKey, ChunkStore } from "../signal/chunk_store.ts";
import type { PageView } from "../signal/page_view.ts";
import {
  exactWindow,
  requestsOfPage,
  slicesOfPage,
  type StreamSlice,
  type WindowRequest,
} from "../signal/plan_page.ts";
import type { RecordingModel, StreamModel } from "../signal/recording_model.ts";
import type { SetStore } from "./set_store.ts";

/** Media type of stored chunks; the worker does without zod, so it is not imported from core/wire. */
export const CHUNKS_MEDIA_TYPE = "application/vnd.wavekeep.chunks";

/** Samples asked for at once: a third of what query allows, so that the first answer comes soon. */
const SAMPLES_PER_REQUEST = 1_200_000;

/** Requests under way at once; a browser has six connections and the live stream takes one. */
const REQUESTS_AT_ONCE = 3;

/** Answers of query that say: this set is not there, or is not what was stored. */
const SET_IS_LOST: ReadonlySet<number> = new Set([404, 500]);

/** Query refused, or does not answer. */
export class WindowError extends Error {
  override readonly name = "WindowError";
  readonly status: number;
  /** Of the problem; empty where the answer named none. */
  readonly slug: string;

  constructor(status: number, message: string, slug = "") {
    super(message);
    this.status = status;
    this.slug = slug;
  }
}

/** Where chunks come from and go to. */
export interface LoadOptions {
  readonly store: ChunkStore;
  /** Of this recording only. */
  readonly sets: SetStore;
  readonly model: RecordingModel;
  readonly revision: number;
  readonly signal: AbortSignal;
  readonly fetch: typeof fetch;
  /** What the samples are wanted for: filters need samples before the window, and say how many. */
  readonly view: PageView;
}

/**
 * Makes sure that everything a window is worked out from, and that can be had, is in the store.
 *
 * @returns The slices of the window itself.
 * @throws {WindowError} Query refused. What arrived before stays in the store.
 */
export async function loadWindow(
  start: number,
  seconds: number,
  options: LoadOptions,
): Promise<StreamSlice[]> {
  const slices = slicesOfPage(options.model, exactWindow(start, seconds));
  const wide = widenSlices(slices, options.model, options.view);
  const requests = requestsOfPage(wide, options.store, {
    samplesMax: SAMPLES_PER_REQUEST,
    revision: options.revision,
  });
  while (requests.length > 0) {
    const batch = requests.splice(0, REQUESTS_AT_ONCE);
    await Promise.all(batch.map((request) => fetchWindow(request, options)));
  }
  return slices;
}

async function fetchWindow(request: WindowRequest, options: LoadOptions): Promise<void> {
  const { model, store, sets, revision } = options;
  const query = new URLSearchParams({
    patient_id: model.patientId,
    recording_id: model.recordingId,
    start: request.start,
    end: request.end,
    // What is kept is as a rule what the next page needs, too.
    parameter_sets: sets.count === 0 ? "inline" : "omit",
    // One damaged second must not take the page with it.
    failed: "mark",
  });
  const bytes = await askQuery(`eeg?${query}`, options);
  const chunks: Uint8Array[] = [];
  for (const record of splitAnswer(bytes)) {
    if (record.kind === "failed") store.putMissing(keyOf(record.failed), "damaged", revision);
    else if (record.kind === "chunk") chunks.push(record.bytes);
    else sets.put(record.bytes);
  }
  await fetchMissingSets(chunks, options);
  for (const chunk of chunks) keepChunk(chunk, options);
  for (const key of request.keys) {
    if (store.state(key, revision) === "unknown") store.putMissing(key, "absent", revision);
  }
}

/** Asks for the sets that chunks name and nobody has sent yet. */
async function fetchMissingSets(
  chunks: readonly Uint8Array[],
  options: LoadOptions,
): Promise<void> {
  const missing = new Map<string, Uint8Array>();
  for (const chunk of chunks) {
    const { parameterSetDigest: digest } = readChunkHeader(chunk);
    if (digest !== null && !options.sets.has(digest)) missing.set(formatHex(digest), digest);
  }
  await Promise.all([...missing.keys()].map((digest) => fetchSet(digest, options)));
}

/** A set that cannot be had leaves its chunks damaged; a query that is away is an error of the window. */
async function fetchSet(digest: string, options: LoadOptions): Promise<void> {
  const [patient, recording] = [options.model.patientId, options.model.recordingId]
    .map(encodeURIComponent);
  try {
    const path = `patients/${patient}/recordings/${recording}/parameter-sets/${digest}`;
    options.sets.put(await askQuery(path, options));
  } catch (error) {
    if (!(error instanceof WindowError) || !SET_IS_LOST.has(error.status)) throw error;
  }
}

async function askQuery(
  path: string,
  { fetch, signal }: Pick<LoadOptions, "fetch" | "signal">,
): Promise<Uint8Array> {
  const answer = await fetch(`/api/query/${path}`, {
    headers: { accept: CHUNKS_MEDIA_TYPE },
    signal,
  });
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    const slug = String(problem.type ?? "").split("/").at(-1);
    throw new WindowError(answer.status, problem.detail ?? problem.title ?? "query refused", slug);
  }
  return new Uint8Array(await answer.arrayBuffer());
}

/** Checks, decodes and stores one chunk; one that fails is remembered as damaged. */
export function keepChunk(
  bytes: Uint8Array,
  { store, sets, model, revision }: Pick<LoadOptions, "store" | "sets" | "model" | "revision">,
): void {
  const claimed = readChunkHeader(bytes);
  const key = keyOf(claimed);
  const stream = streamOf(model, key.segmentId, key.stream);
  if (stream === undefined || store.state(key, revision) === "present") return;
  try {
    const { header, samples } = decodeChunk(bytes, {
      sha256,
      parameterSet: (digest) => sets.get(digest),
    });
    const rate = sampleRate(BigInt(stream.rate.samples), BigInt(stream.rate.seconds));
    if (header.channelCount !== stream.channels.length || !isOnGrid(rate, header)) {
      store.putMissing(key, "damaged", revision);
      return;
    }
    const { kind, firstSample, sampleCount } = header;
    store.put(key, { kind, firstSample, sampleCount, samples });
  } catch (error) {
    if (!isCoreError(error)) throw error;
    store.putMissing(key, "damaged", revision);
  }
}

function keyOf(
  { segmentId, stream, sequence }: Pick<ChunkHeader, "segmentId" | "stream" | "sequence">,
): ChunkKey {
  return { segmentId: formatHex(segmentId), stream, sequence };
}

function streamOf(
  model: RecordingModel,
  segmentId: string,
  stream: number,
): StreamModel | undefined {
  return model.segments.find(({ id }) => id === segmentId)?.streams
    .find((candidate) => candidate.stream === stream);
}
