/**
 * The worker: fetches, verifies, decodes, derives and filters beside the page, so that the page stays quick.
 *
 * One window at a time is loaded for the screen; when it is there, the pages around it follow. A request
 * for what is just being fetched ahead waits for that instead of asking twice.
 *
 * @module
 */

import { assemblePage } from "./signal/assemble_page.ts";
import { ChunkStore } from "./signal/chunk_store.ts";
import { awayFromLiveEdge, RECORDED_VIEW } from "./signal/page_view.ts";
import type { RecordingModel } from "./signal/recording_model.ts";
import { spectrogram } from "./signal/spectrogram.ts";
import { type LoadOptions, loadWindow, WindowError } from "./workers/load_window.ts";
import type { FromWorker, ToWorker } from "./workers/messages.ts";
import { SetStore } from "./workers/set_store.ts";

/** Decoded samples kept: about half an hour of 23 channels at 256 Hz. */
const STORE_BYTES_MAX = 64 * 1024 * 1024;

/** Parameter sets kept: more than any page names. */
const SETS_BYTES_MAX = 16 * 1024 * 1024;

/** The part of a worker's global scope that is used. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker, transfer: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;
const store = new ChunkStore({ bytesMax: STORE_BYTES_MAX });
const sets = new SetStore({ bytesMax: SETS_BYTES_MAX });
/** The browser's `fetch` wants its own global as receiver. */
const ask: typeof fetch = (input, init) => fetch(input, init);
const running = new Map<number, AbortController>();
let model: RecordingModel | undefined;
let revision = 0;
let ahead:
  | { start: number; end: number; controller: AbortController; done: Promise<void> }
  | undefined;

scope.onmessage = ({ data }) => {
  if (data.type === "model") {
    model = data.model;
    revision = data.revision;
  } else if (data.type === "cancel") running.get(data.id)?.abort();
  else if (model !== undefined) void answer(data, model, revision);
};

async function answer(
  request: Extract<ToWorker, { type: "page" | "spectrogram" }>,
  of: RecordingModel,
  at: number,
): Promise<void> {
  const controller = new AbortController();
  running.set(request.id, controller);
  let isCached = true;
  const fetch: typeof ask = (input, init) => {
    isCached = false;
    return ask(input, init);
  };
  const { signal } = controller;
  const view = request.type === "page" ? request.view : RECORDED_VIEW;
  const options = { store, sets, model: of, revision: at, signal, fetch, view };
  try {
    if (await settleAhead(request.start, request.start + request.seconds)) isCached = false;
    if (request.type === "page") await answerPage(request, options, () => isCached);
    else await answerSpectrogram(request, options);
  } catch (error) {
    const status = error instanceof WindowError ? error.status : 0;
    const text = error instanceof Error ? error.message : String(error);
    scope.postMessage({ type: "failed", id: request.id, status, text }, []);
  } finally {
    running.delete(request.id);
  }
}

async function answerPage(
  request: Extract<ToWorker, { type: "page" }>,
  options: LoadOptions,
  isCached: () => boolean,
): Promise<void> {
  const { id, start, seconds } = request;
  const { model, revision } = options;
  const view = awayFromLiveEdge(options.view, model, start + seconds);
  const slices = await loadWindow(start, seconds, { ...options, view });
  const page = assemblePage(slices, store, { start, seconds, revision, model, view });
  const buffers = page.rows.flatMap(({ runs }) => runs.map(({ values }) => values.buffer));
  scope.postMessage({ type: "page", id, page, isCached: isCached() }, buffers);
  if (!options.signal.aborted) void fetchAhead(request.prefetch, seconds, options);
}

async function answerSpectrogram(
  request: Extract<ToWorker, { type: "spectrogram" }>,
  options: LoadOptions,
): Promise<void> {
  const { id, row, start, seconds, columnsMax } = request;
  // A second more on each side, so that the first and last frames of the stretch are whole.
  const slices = (await loadWindow(start - 1, seconds + 2, options))
    .filter(({ channels }) => channels.some((channel) => channel.row === row));
  const { model, revision, view } = options;
  const wide = { start: start - 1, seconds: seconds + 2, revision, model, view };
  const { rows } = assemblePage(slices, store, wide);
  const picture = spectrogram(rows.find((candidate) => candidate.row === row)?.runs ?? [], {
    start: 1,
    end: 1 + seconds,
    columnsMax,
    microvoltsPerUnit: options.model.rows[row]?.microvoltsPerUnit ?? 1,
  });
  scope.postMessage({
    type: "spectrogram",
    id,
    picture: picture && { ...picture, startSeconds: picture.startSeconds - 1 },
  }, picture === undefined ? [] : [picture.power.buffer]);
}

/** Fetches the pages around the one on screen, one after the other. */
async function fetchAhead(
  starts: readonly number[],
  seconds: number,
  options: LoadOptions,
): Promise<void> {
  for (const start of starts) {
    const controller = new AbortController();
    const done = loadWindow(start, seconds, { ...options, signal: controller.signal })
      .then(() => {}, () => {});
    const mine = { start, end: start + seconds, controller, done };
    ahead = mine;
    await done;
    if (ahead !== mine || controller.signal.aborted) return;
    ahead = undefined;
  }
}

/**
 * Waits for a window that is being fetched ahead when it is the one wanted now; else stops it.
 *
 * @returns Whether it was the one wanted.
 */
async function settleAhead(start: number, end: number): Promise<boolean> {
  if (ahead === undefined) return false;
  const { controller, done } = ahead;
  const isWanted = ahead.start < end && start < ahead.end;
  ahead = undefined;
  if (!isWanted) controller.abort();
  await done;
  return isWanted;
}
