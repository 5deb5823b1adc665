/**
 * The worker: fetches, verifies, decodes, derives and filters beside the page, so that the page stays quick.
 *
 * One window at a time is loaded for the screen; when it is there, the pages that may come next are made too. A request
 * for what is just being fetched ahead waits for that instead of asking twice.
 *
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import type { PageWish, ShelvedPage } from "./api/page_shelf.ts";
import { assemblePage, widenSlices } from "./signal/assemble_page.ts";
import { ChunkStore } from "./signal/chunk_store.ts";
import { awayFromLiveEdge, RECORDED_VIEW } from "./signal/page_view.ts";
import type { RecordingModel } from "./signal/recording_model.ts";
import { withCalibrationSignal } from "./signal/proof/calibration_signal.ts";
import { checkSamples } from "./signal/proof/check_samples.ts";
import { digestPage } from "./signal/proof/page_digest.ts";
import { isSettledPage } from "./signal/settled_page.ts";
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
/** The newest of {@link makeAhead}; older ones end. */
let aheadRun: object | undefined;
let ahead:
  | { start: number; end: number; controller: AbortController; done: Promise<void> }
  | undefined;

scope.onmessage = ({ data }) => {
  if (data.type === "model") {
    model = data.model;
    revision = data.revision;
  } else if (data.type === "cancel") running.get(data.id)?.abort();
  else if (data.type === "ahead") {
    if (model !== undefined) void makeAhead(data.ahead, model, revision);
  } else if (model !== undefined) void answer(data, model, revision);
};

/** Sends a page; its samples go along, and are no longer here. */
function post(message: Extract<FromWorker, { type: "page" | "ahead" }>): void {
  const { rows } = message.page;
  const buffers = rows.flatMap(({ runs }) => runs.map(({ values }) => values.buffer));
  scope.postMessage(message, buffers);
}

async function answer(
  request: Extract<ToWorker, { type: "page" | "spectrogram" | "proof" }>,
  of: RecordingModel,
  at: number,
): Promise<void> {
  const controller = new AbortController();
  running.set(request.id, controller);
  // What may come waits for what somebody waits for.
  aheadRun = undefined;
  let isCached = true;
  const fetch: typeof ask = (input, init) => {
    isCached = false;
    return ask(input, init);
  };
  const { signal } = controller;
  const { start, seconds } = request.type === "spectrogram" ? request : request.wish;
  const view = request.type === "spectrogram" ? RECORDED_VIEW : request.wish.view;
  const options = { store, sets, model: of, revision: at, signal, fetch, view };
  try {
    if (await settleAhead(start, start + seconds)) isCached = false;
    if (request.type === "page") await answerPage(request, options, () => isCached);
    else if (request.type === "proof") await answerProof(request, options);
    else await answerSpectrogram(request, options);
  } catch (error) {
    const { status, slug } = error instanceof WindowError ? error : { status: 0, slug: "" };
    const text = error instanceof Error ? error.message : String(error);
    scope.postMessage({ type: "failed", id: request.id, status, slug, text }, []);
  } finally {
    running.delete(request.id);
  }
}

async function answerPage(
  { id, wish, ahead }: Extract<ToWorker, { type: "page" }>,
  options: LoadOptions,
  isCached: () => boolean,
): Promise<void> {
  const shelved = await loadPage(wish, options);
  post({ type: "page", id, isCached: isCached(), ...shelved });
  if (!options.signal.aborted) void makeAhead(ahead, options.model, options.revision);
}

/** Fetches what is missing of a page and puts it together. */
async function loadPage(wish: PageWish, options: LoadOptions): Promise<ShelvedPage> {
  const { start, seconds } = wish;
  const { model, revision } = options;
  const view = awayFromLiveEdge(wish.view, model, start + seconds);
  const slices = await loadWindow(start, seconds, { ...options, view });
  const place = { start, seconds, revision, model };
  const page = assemblePage(slices, store, { ...place, view });
  // What the live edge made of the view will not last.
  const isSettled = view === wish.view &&
    isSettledPage(widenSlices(slices, model, view), store, place);
  return { page, isSettled };
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

/** The same slices, the same assembly as a page: only the samples are others. */
async function answerProof(
  { id, wish, isProof }: Extract<ToWorker, { type: "proof" }>,
  options: LoadOptions,
): Promise<void> {
  const { start, seconds } = wish;
  const { model, revision } = options;
  const view = awayFromLiveEdge(wish.view, model, start + seconds);
  const slices = await loadWindow(start, seconds, { ...options, view });
  const digest = digestPage(slices, store, { start, seconds, hash: sha256.create() });
  const of = { start, seconds, revision, model };
  const proof = isProof
    ? {
      calibration: assemblePage(slices, withCalibrationSignal(store, model), { ...of, view }),
      samples: checkSamples(slices, store, {
        page: assemblePage(slices, store, { ...of, view: RECORDED_VIEW }),
        model,
      }),
    }
    : undefined;
  scope.postMessage({ type: "proof", id, digest, proof }, []);
}

/** Makes the pages that may come next, one after the other; each may be the last. */
async function makeAhead(
  wishes: readonly PageWish[],
  of: RecordingModel,
  at: number,
): Promise<void> {
  const run = aheadRun = {};
  for (const wish of wishes) {
    // Whatever was asked meanwhile comes first.
    await nextTask();
    if (aheadRun !== run || revision !== at) return;
    const controller = new AbortController();
    const { start, seconds, view } = wish;
    const { signal } = controller;
    const options = { store, sets, model: of, revision: at, signal, fetch: ask, view };
    const done = loadPage(wish, options).then((shelved) => {
      if (!signal.aborted) post({ type: "ahead", wish, revision: at, ...shelved });
    }, () => {});
    const mine = { start, end: start + seconds, controller, done };
    ahead = mine;
    await done;
    if (ahead !== mine || signal.aborted) return;
    ahead = undefined;
  }
}

/** Resolves in a task of its own, after those that are waiting. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
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
