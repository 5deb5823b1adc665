/**
 * The demo patient: a day of backfill and a live stream, as one device. Run by `start` as a process.
 *
 * The live stream begins at once and goes first; the day before it is filled in behind, oldest first.
 * After a restart the backfill goes on where it was, and the live stream begins a new segment: what
 * happened in between was not recorded, and shows as that.
 *
 * @module
 */

import { print } from "@wavekeep/core/service/print";
import { civilStartOf } from "./civil_now.ts";
import { numberFlag, type ParsedFlags, runCommand, textFlag, urlFlag } from "./command.ts";
import { dataFolder } from "./data_folder.ts";
import { runDevice } from "./device.ts";
import type { DeviceSource } from "./device_source.ts";
import { enrolledKeys } from "./enrol.ts";
import { createIngestClient, type IngestClient, RefusedError } from "./ingest_client.ts";
import { createPacer } from "./pacer.ts";
import { createProgress } from "./progress.ts";
import { DEFAULT_RETRY, SYSTEM_RETRY } from "./retry.ts";
import type { DeviceSigning } from "./segment_signer.ts";
import { retryNotice, secondOfDay } from "./simulate.ts";
import { sleep } from "@wavekeep/core/service/sleep";
import { drainLimit, stopSignal } from "./stop_signal.ts";
import { storedEnds } from "./stream_position.ts";
import type { SegmentState } from "@wavekeep/core/wire";
import { syntheticSource, type SyntheticStretch } from "./synthetic_source.ts";
import { openCredential } from "./tokens.ts";
import { openUploadMemory, type UploadMemory } from "./upload_memory.ts";

/** Patient and recording of the demo. */
export const DEMO_CODES = { patientId: "demo", recordingId: "demo" } as const;

/** The same demo on every machine, so that a screenshot can be found again. */
const SEED = 11;
/** A seizure and a disconnection in each block; shorter than real life, because this is shown around. */
const BLOCK_SECONDS_MAX = 4 * 3600;
/** A wall clock that ran away from the monotonic one by this much was set, or the machine slept. */
const CLOCK_JUMP_SECONDS = 5;
const DRAIN_MS = 3_000;

const USAGE = `Usage: deno run -A simulator/demo.ts --data DIR --ingest URL --hours N

Streams the demo patient; started by deno task start.
`;

interface Demo {
  readonly signing: DeviceSigning;
  readonly memory: UploadMemory;
  readonly client: IngestClient;
  readonly stop: AbortSignal;
  readonly startEpoch: number;
  readonly backfillSeconds: number;
  /** Whether this is the first run: then the live stream joins the backfill without a hole. */
  readonly isFirst: boolean;
  source(stretches: readonly SyntheticStretch[]): DeviceSource;
}

async function run(flags: ParsedFlags): Promise<number> {
  const folder = dataFolder(textFlag(flags, "data") ?? ".wavekeep");
  const hours = numberFlag(flags, "hours", { min: 0, max: 24 * 366 }) ?? 24;
  const url = urlFlag(flags, "ingest", "http://127.0.0.1:8000");
  const { signal: stop } = stopSignal();
  const credential = await openCredential(folder, {
    role: "device",
    subject: "device",
    environmentToken: undefined,
  });
  const memory = await openUploadMemory(folder.simulator, {
    siteId: credential.siteId,
    ...DEMO_CODES,
  });
  const live = { inFlight: 0 };
  const client = createIngestClient({
    url,
    token: credential.token,
    // A device does not give up; the data waits in it.
    policy: { ...DEFAULT_RETRY, patienceMs: Infinity },
    firstContactMs: Infinity,
    signal: drainLimit(stop, DRAIN_MS),
    retryDeps: {
      ...SYSTEM_RETRY,
      onRetry: retryNotice({ line: (text) => print("stdout", text) }),
    },
  });
  try {
    const { siteId } = credential;
    const keys = await enrolledKeys(folder, { url, siteId, mayEnrol: true });
    const demo = await openDemo(memory, client, { stop, hours, signing: { mode: "run", keys } });
    await Promise.all([
      streamLive(demo, countingClient(client, live)),
      finishEarlierLive(demo),
      backfill(demo, live),
    ]);
    return 0;
  } catch (error) {
    // What could not be delivered is delivered after the next start.
    if (stop.aborted) return 0;
    throw error;
  } finally {
    memory.close();
  }
}

async function openDemo(
  memory: UploadMemory,
  client: IngestClient,
  options: { stop: AbortSignal; hours: number; signing: DeviceSigning },
): Promise<Demo> {
  const isFirst = memory.segments().size === 0;
  const asked = Math.round(options.hours * 3600);
  const now = Math.floor(Date.now() / 1000);
  const backfillSeconds = Number(await memory.fact("backfill_seconds", String(asked)));
  const startEpoch = Number(
    await memory.fact("start_epoch_seconds", String(now - backfillSeconds)),
  );
  if (backfillSeconds !== asked) {
    print("stdout", `backfill stays at ${backfillSeconds} s, as at the first start`);
  }
  const startedAt = await memory.startedAt(civilStartOf(startEpoch)) ?? civilStartOf(startEpoch);
  return {
    signing: options.signing,
    memory,
    client,
    stop: options.stop,
    startEpoch,
    backfillSeconds,
    isFirst,
    source: (stretches) =>
      syntheticSource({
        seed: SEED,
        blockSeconds: blockSecondsOf(backfillSeconds),
        startSecondOfDay: secondOfDay(startedAt.civil),
        startedAt,
        startedAtMicros: BigInt(startEpoch) * 1_000_000n,
        stretches,
      }),
  };
}

/** A short backfill holds a whole block, so that even a minute of demo has its seizure. */
function blockSecondsOf(backfillSeconds: number): number {
  if (backfillSeconds === 0) return BLOCK_SECONDS_MAX;
  return Math.min(BLOCK_SECONDS_MAX, Math.max(60, backfillSeconds));
}

/** Live segments, one after the other: a new one whenever the wall clock jumped. */
async function streamLive(demo: Demo, client: IngestClient): Promise<void> {
  let isFirstSegment = demo.isFirst;
  while (!demo.stop.aborted) {
    const wallSeconds = Date.now() / 1000 - demo.startEpoch;
    const startSecond = isFirstSegment ? demo.backfillSeconds : Math.ceil(wallSeconds);
    isFirstSegment = false;
    const segment = new AbortController();
    const stop = AbortSignal.any([demo.stop, segment.signal]);
    const jump = watchClock(() => segment.abort());
    try {
      await runDevice({
        codes: DEMO_CODES,
        signing: demo.signing,
        source: demo.source([{
          key: `live/${startSecond}`,
          startSecond,
          endSecond: null,
          clock: "disciplined",
        }]),
        memory: demo.memory,
        client,
        speed: 1,
        // Position and wall clock are one: second 10 of the recording is sent when it is 10 s old.
        pacer: createPacer({ speed: 1, fromSeconds: wallSeconds }),
        stop,
        wallClockMicros: () => BigInt(Date.now()) * 1000n,
        endWhenStopped: true,
        // What was recorded and ended before is nobody's else to bring back.
        onRestored: () => void finishEarlierLive(demo, true).catch(tellFailure),
        onNotice: (text) => print("stdout", text),
      });
    } finally {
      clearInterval(jump);
    }
  }
}

function watchClock(onJump: () => void): ReturnType<typeof setInterval> {
  const offset = () => Date.now() - performance.now();
  const start = offset();
  return setInterval(() => {
    if (Math.abs(offset() - start) > CLOCK_JUMP_SECONDS * 1000) onJump();
  }, 2000);
}

/**
 * Live segments whose device was killed: fills what is missing in them and states their end. Segments that
 * had their end go again when the server was restored from a backup.
 */
async function finishEarlierLive(demo: Demo, wasRestored = false): Promise<void> {
  const known = demo.memory.incarnation;
  for (const [key, { id, ended, made }] of demo.memory.segments()) {
    if (!key.startsWith("live/") || demo.stop.aborted) continue;
    if (wasRestored && !ended) continue;
    const startSecond = Number(key.slice("live/".length));
    try {
      const state = await stateOf(demo, id);
      if (ended && !wasRestored && (state?.incarnation ?? Infinity) <= known) continue;
      // What was made and never arrived is not lost, and what arrived once and is gone neither.
      const storedEnd = Math.max(made[0] ?? 0, state === undefined ? 0 : storedEnds(state, 1)[0]!);
      if (storedEnd === 0) {
        throw new RefusedError("Cannot finish: nothing was made", 404, undefined);
      }
      await runDevice({
        codes: DEMO_CODES,
        signing: demo.signing,
        source: demo.source([{
          key,
          startSecond,
          endSecond: startSecond + storedEnd,
          clock: "disciplined",
        }]),
        memory: demo.memory,
        client: demo.client,
        speed: "max",
        stop: demo.stop,
      });
    } catch (error) {
      // Killed before the server heard of the segment: nothing to finish.
      if (!(error instanceof RefusedError)) throw error;
      await demo.memory.markEnded(key);
    }
  }
}

/** Undefined: the server knows of no such segment. */
async function stateOf(demo: Demo, segmentId: string): Promise<SegmentState | undefined> {
  try {
    return await demo.client.segmentState(segmentId);
  } catch (error) {
    if (error instanceof RefusedError && error.status === 404) return undefined;
    throw error;
  }
}

function tellFailure(error: unknown): void {
  print("stdout", `Cannot bring back earlier segments: ${(error as Error).message}`);
}

async function backfill(demo: Demo, live: { inFlight: number }): Promise<void> {
  if (demo.backfillSeconds === 0) return;
  const source = demo.source([{
    key: "backfill",
    startSecond: 0,
    endSecond: demo.backfillSeconds,
    clock: "disciplined",
  }]);
  const view = createProgress({
    label: "backfill",
    totalSeconds: demo.backfillSeconds,
    isTerminal: false,
    print: (line) => print("stdout", line),
  });
  const done = await runDevice({
    codes: DEMO_CODES,
    signing: demo.signing,
    source,
    memory: demo.memory,
    client: demo.client,
    speed: "max",
    stop: demo.stop,
    gate: () => letLivePass(live),
    onProgress: (progress) => view.update(progress),
    onNotice: (text) => print("stdout", text),
  });
  if (!demo.stop.aborted) {
    print("stdout", `backfill complete: ${Math.round(done.doneSeconds)} s`);
  }
}

/** Waits while live chunks are on their way, but not for ever: a slow server must not starve the day. */
async function letLivePass(live: { inFlight: number }): Promise<void> {
  for (let waits = 0; live.inFlight > 0 && waits < 40; waits++) await sleep(25);
}

function countingClient(client: IngestClient, live: { inFlight: number }): IngestClient {
  return {
    ...client,
    async sendChunks(bytes, count) {
      live.inFlight++;
      try {
        return await client.sendChunks(bytes, count);
      } finally {
        live.inFlight--;
      }
    },
  };
}

if (import.meta.main) {
  await runCommand({
    name: "demo",
    usage: USAGE,
    options: {
      "data": { type: "string" },
      "ingest": { type: "string" },
      "hours": { type: "string" },
    },
    run,
  });
}
