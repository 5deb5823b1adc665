/**
 * Bench, load. All clients of one generator: devices that stay open from run to run, readers and viewers
 * that come for one.
 *
 * @module
 */

import process from "node:process";
import { setImmediate } from "node:timers";
import { asciiBytes, concatBytes } from "@wavekeep/core/bytes";
import { prng } from "@wavekeep/core/testing";
import { CHUNKS_MEDIA_TYPE } from "@wavekeep/core/wire";
import { type DayDevice, dayDevice, type OpeningRequest } from "../day/device.ts";
import { type DayPool, dayPool, MINUTE_SECONDS, samplesOf } from "../day/pool.ts";
import { periodicArrivals, runOpenLoop } from "./arrivals.ts";
import { Histogram } from "./histogram.ts";
import { exchange, HttpConnection, requestHead } from "./http_connection.ts";
import { LoadDevice } from "./load_device.ts";
import { LoadReader } from "./load_reader.ts";
import { LoadViewer, ViewersTally } from "./load_viewer.ts";
import type { GeneratorSetup, OpenCommand, OpenResult, RunCommand, RunResult } from "./messages.ts";
import { Tally } from "./tally.ts";
import { UnsentSets } from "./unsent_sets.ts";

/** A request that has no answer after this is an error. */
const TIMEOUT_MS = 20_000;

/** Between the end of a run and its last answers, at most. */
const DRAIN_MS = TIMEOUT_MS + 2_000;

/** Between the start of a run and time 0: for connections to event streams, and for what a start costs. */
const LEAD_MS = 100;

/** Told while a run goes on. */
export interface RunPhases {
  measuring(): void;
  measured(): void;
  progress(text: string): void;
}

export interface LoadClients {
  /** Where the EEG comes from. */
  readonly origin: string;
  /** @throws {Error} A request was refused: with the start of the answer. */
  open(command: OpenCommand): Promise<OpenResult>;
  run(command: RunCommand, phases: RunPhases): Promise<RunResult>;
}

/** Makes the pool of chunks; opens nothing yet. */
export async function openLoadClients(setup: GeneratorSetup): Promise<LoadClients> {
  const { shape, minutes, dataFolder } = setup.pool;
  const pool = await dayPool({
    shape,
    minutes,
    seed: setup.seed,
    dataFolder: dataFolder ?? undefined,
  });
  const devices: LoadDevice[] = [];
  let runCount = 0;
  return {
    origin: pool.origin,
    async open(command) {
      const { opened, result } = await openDevices(setup, pool, devices.length, command);
      devices.push(...opened);
      return result;
    },
    run: (command, phases) => runLoads(setup, devices, command, phases, runCount++),
  };
}

function connectTo(url: string): HttpConnection {
  const { hostname, port } = new URL(url);
  return new HttpConnection({ host: hostname, port: Number(port), timeoutMs: TIMEOUT_MS });
}

async function openDevices(
  setup: GeneratorSetup,
  pool: DayPool,
  first: number,
  command: OpenCommand,
): Promise<{ opened: LoadDevice[]; result: OpenResult }> {
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  const tokenOf = (n: number) => setup.deviceTokens[n % setup.deviceTokens.length]!;
  const days = Array.from({ length: command.deviceCount }, (_, i) =>
    dayDevice(pool, {
      patientId: `${setup.prefix}-patient-${first + i}`,
      recordingId: `${setup.prefix}-recording-${first + i}`,
      seed: setup.seed + first + i,
      // In step, thousands of devices would learn and send a parameter set in the same second.
      startSecond: (first + i) % MINUTE_SECONDS,
    }));
  let requestCount = 0;
  const sets = days.map((day) => new UnsentSets(day));
  await overConnections(setup.ingestUrl, command.inFlight, days, async (connection, day, i) => {
    for (const request of openingOf(day, sets[i]!, command.historySeconds)) {
      await post(setup, connection, tokenOf(first + i), request);
      requestCount++;
    }
  });
  const elapsedMs = performance.now() - startedMs;
  const batches = command.historySeconds <= 1
    ? null
    : await sendHistory(setup, days, (i) => tokenOf(first + i), command);
  const { user, system } = process.cpuUsage(cpuBefore);
  const host = new URL(setup.ingestUrl).host;
  const opened = days.map((device, i) =>
    new LoadDevice({
      device,
      sets: sets[i]!,
      token: tokenOf(first + i),
      connection: connectTo(setup.ingestUrl),
      host,
    })
  );
  return {
    opened,
    result: {
      openedCount: opened.length,
      elapsedMs,
      requestCount,
      batches,
      cpuMs: (user + system) / 1000,
    },
  };
}

/**
 * Opens recording and segment, and sends the first second. Where batches follow, several of one device are
 * under way at a time, so every set goes ahead of them.
 */
function openingOf(day: DayDevice, sets: UnsentSets, historySeconds: number): OpeningRequest[] {
  const withBatches = historySeconds > 1;
  if (withBatches) sets.clear();
  return [
    ...day.opening.filter(({ method }) => withBatches || method === "POST"),
    {
      method: "POST",
      path: "/ingest",
      contentType: CHUNKS_MEDIA_TYPE,
      body: concatBytes(...sets.before(0), day.next()),
    },
  ];
}

async function sendHistory(
  setup: GeneratorSetup,
  days: readonly DayDevice[],
  tokenOf: (index: number) => string,
  { historySeconds, chunksPerRequest, inFlight }: OpenCommand,
): Promise<OpenResult["batches"]> {
  const latency = new Histogram();
  const startedMs = performance.now();
  let chunkCount = 0;
  // The first second went with the opening.
  const toCome = historySeconds - 1;
  const bodies = days.flatMap((day, index) =>
    Array.from({ length: Math.ceil(toCome / chunksPerRequest) }, (_, k) => ({
      day,
      index,
      chunks: Math.min(chunksPerRequest, toCome - k * chunksPerRequest),
    }))
  );
  await overConnections(
    setup.ingestUrl,
    inFlight,
    bodies,
    async (connection, { day, index, chunks }) => {
      const body = concatBytes(...Array.from({ length: chunks }, () => day.next()));
      const sentMs = performance.now();
      await post(setup, connection, tokenOf(index), {
        method: "POST",
        path: "/ingest",
        contentType: CHUNKS_MEDIA_TYPE,
        body,
      });
      latency.record(performance.now() - sentMs);
      chunkCount += chunks;
    },
  );
  return {
    chunkCount,
    sampleCount: days.reduce(
      (sum, { pool }) => sum + samplesOf(pool, historySeconds) - samplesOf(pool, 1),
      0,
    ),
    elapsedMs: performance.now() - startedMs,
    latency: latency.data(),
  };
}

/** Does the work of a list, in its order, over several connections. The first failure ends it. */
async function overConnections<Work>(
  url: string,
  count: number,
  list: readonly Work[],
  act: (connection: HttpConnection, work: Work, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let isFailed = false;
  await Promise.all(
    Array.from({ length: Math.min(count, list.length) }, async () => {
      const connection = connectTo(url);
      try {
        while (next < list.length && !isFailed) {
          const index = next++;
          await act(connection, list[index]!, index);
        }
      } catch (error) {
        isFailed = true;
        throw error;
      } finally {
        connection.close();
      }
    }),
  );
}

async function post(
  setup: GeneratorSetup,
  connection: HttpConnection,
  token: string,
  { method, path, contentType, body }: OpeningRequest,
): Promise<void> {
  const head = requestHead(method, new URL(setup.ingestUrl + path), {
    "Authorization": `Bearer ${token}`,
    "Content-Type": contentType,
    "Content-Length": String(body.byteLength),
  });
  const answer = await exchange(connection, concatBytes(asciiBytes(head), body));
  const { outcome } = answer;
  if ("status" in outcome && (outcome.status === 201 || outcome.status === 200)) return;
  const why = "error" in outcome
    ? `${outcome.error}: ${outcome.message}`
    : `${outcome.status} ${new TextDecoder().decode(answer.body.subarray(0, 300))}`;
  throw new Error(`Cannot prepare the load: ${method} ${path} was answered ${why}`);
}

async function runLoads(
  setup: GeneratorSetup,
  open: readonly LoadDevice[],
  command: RunCommand,
  phases: RunPhases,
  run: number,
): Promise<RunResult> {
  for (const count of neededDevices(command)) {
    if (count > open.length) {
      throw new Error(`Cannot run: ${count} devices are wanted, ${open.length} are open`);
    }
  }
  if ((command.devices?.rampSeconds ?? 0) > command.warmUpSeconds) {
    throw new Error("Cannot run: the ramp is longer than the warm-up that it is part of");
  }
  const { seed, queryUrl, readerToken } = setup;
  const random = prng(seed + run);
  const warmUpMs = command.warmUpSeconds * 1000;
  const durationMs = warmUpMs + command.seconds * 1000;
  const devices = open.slice(0, command.devices?.count ?? 0);
  await writeAhead(devices, Math.ceil(durationMs / (command.devices?.periodMs ?? 1)), phases);
  const viewersTally = new ViewersTally(performance.now() + LEAD_MS + warmUpMs);
  const viewers = Array.from({ length: command.viewers?.count ?? 0 }, (_, i) =>
    new LoadViewer({
      device: open[i % command.viewers!.recordingCount]!,
      queryUrl,
      token: readerToken,
      connection: connectTo(queryUrl),
      tally: viewersTally,
    }));
  await Promise.all(viewers.map((viewer) => viewer.open()));

  const startMs = performance.now() + LEAD_MS;
  const tallies = {
    devices: new Tally(startMs + warmUpMs),
    readers: new Tally(startMs + warmUpMs),
  };
  for (const device of devices) device.tally = tallies.devices;
  const readers = Array.from({ length: command.readers?.count ?? 0 }, (_, i) => {
    const { device, sequence } = open[i % command.readers!.recordingCount]!;
    return new LoadReader({
      patientId: device.patientId,
      recordingId: device.recordingId,
      seconds: sequence,
      windowSeconds: command.readers!.windowSeconds,
      firstPage: random.below(1_000),
      queryUrl,
      token: readerToken,
      connection: connectTo(queryUrl),
      tally: tallies.readers,
    });
  });

  const clients: (LoadDevice | LoadReader)[] = [...devices, ...readers];
  const watch = setInterval(() => {
    const nowMs = performance.now();
    for (const { connection } of clients) connection.checkTimeout(nowMs);
    const seconds = Math.round((nowMs - startMs - warmUpMs) / 1000);
    phases.progress(seconds < 0 ? "warm up" : `${seconds} of ${command.seconds} s`);
  }, 1_000);
  let requestCount = 0;
  const loop = async (
    list: readonly { fire(dueMs: number): void }[],
    periodMs: number,
    { moments, rampSeconds = 0 }: { readonly moments?: number; readonly rampSeconds?: number } = {},
  ) => {
    if (list.length === 0) return;
    const joinMs = (source: number) => startMs + 1000 * rampSeconds * source / list.length;
    const arrivals = periodicArrivals({
      sourceCount: list.length,
      periodMs,
      random: () => random.real(),
      moments,
    });
    await runOpenLoop({
      arrivals,
      startMs,
      durationMs,
      fire(source, dueMs) {
        if (dueMs < joinMs(source)) return;
        if (dueMs >= startMs + warmUpMs) requestCount++;
        list[source]!.fire(dueMs);
      },
    });
  };
  let cpuBefore = process.cpuUsage();
  const beginning = setTimeout(() => {
    cpuBefore = process.cpuUsage();
    phases.measuring();
  }, startMs + warmUpMs - performance.now());
  try {
    await Promise.all([
      loop(devices, command.devices?.periodMs ?? 1, command.devices),
      loop(readers, command.readers?.periodMs ?? 1),
    ]);
    await untilTrue(() => clients.every(({ isIdle }) => isIdle), DRAIN_MS);
    // Before anything is reported: a machine that is too slow leaves a backlog.
    for (const device of devices) if (!device.isIdle) device.abandon();
    phases.measured();
    const { user, system } = process.cpuUsage(cpuBefore);
    const elapsedMs = performance.now() - startMs - warmUpMs;
    await untilTrue(() => viewers.every(({ hasSeenAll }) => hasSeenAll), DRAIN_MS);
    for (const viewer of viewers) viewer.close();
    return {
      ...(devices.length > 0 ? { devices: tallies.devices.data() } : {}),
      ...(readers.length > 0 ? { readers: tallies.readers.data() } : {}),
      ...(viewers.length > 0 ? { viewers: viewersTally.data() } : {}),
      cpuMs: (user + system) / 1000,
      requestCount,
      elapsedMs,
    };
  } finally {
    clearTimeout(beginning);
    clearInterval(watch);
    for (const viewer of viewers) viewer.close();
    for (const device of devices) device.abandon();
    for (const { connection } of clients) connection.close();
  }
}

/** Writes what the devices will send, before any clock starts. */
async function writeAhead(
  devices: readonly LoadDevice[],
  chunksEach: number,
  phases: RunPhases,
): Promise<void> {
  let toldMs = performance.now();
  for (const [index, device] of devices.entries()) {
    device.writeAhead(chunksEach);
    if (performance.now() - toldMs < 1_000) continue;
    toldMs = performance.now();
    phases.progress(`write chunks: ${index + 1} of ${devices.length} devices`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function neededDevices({ devices, readers, viewers }: RunCommand): number[] {
  return [devices?.count, readers?.recordingCount, viewers?.recordingCount]
    .filter((count) => count !== undefined);
}

/** Looks every few milliseconds; gives up at the deadline. */
async function untilTrue(isTrue: () => boolean, timeoutMs: number): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!isTrue() && performance.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
