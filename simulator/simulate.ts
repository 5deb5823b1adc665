/**
 * A whole `simulate` run: credential, memory, sources, devices, progress.
 *
 * @module
 */

import type { SimulateConfig } from "./config.ts";
import { civilStartOf } from "./civil_now.ts";
import { type DataFolder, dataFolder, readCredentials } from "./data_folder.ts";
import { type DeviceProgress, runDevice } from "./device.ts";
import type { DeviceSource } from "./device_source.ts";
import type { EdfInput } from "./edf_source.ts";
import { enrolledKeys } from "./enrol.ts";
import { type FleetMember, fleetMembers, runFleet } from "./fleet.ts";
import { defaultBlockSeconds } from "./generator/schedule.ts";
import { createIngestClient } from "./ingest_client.ts";
import { createProgress, formatDuration, type ProgressView } from "./progress.ts";
import { earliestStart, openInputs, recordingOfFiles } from "./recording_files.ts";
import { SYSTEM_RETRY } from "./retry.ts";
import type { DeviceSigning } from "./segment_signer.ts";
import { drainLimit } from "./stop_signal.ts";
import { type DeviceSpool, openDeviceSpool } from "./spooled_client.ts";
import { syntheticSource } from "./synthetic_source.ts";
import { type Credential, openCredential } from "./tokens.ts";
import { openUploadMemory, type UploadMemory } from "./upload_memory.ts";

export interface SimulateDeps {
  readonly stop: AbortSignal;
  readonly print: (line: string) => void;
  readonly isTerminal: boolean;
  readonly environmentToken: string | undefined;
}

/** After a stop, what is under way has this long to be delivered. */
const DRAIN_MS = 15_000;
const RETRY_NOTICE_EVERY_MS = 5_000;

/** Runs it; returns the exit code. */
export async function simulate(config: SimulateConfig, deps: SimulateDeps): Promise<number> {
  const folder = dataFolder(config.dataDir);
  const inputs = config.input.kind === "files" ? await openInputs(config.input.paths) : [];
  try {
    const credential = await openCredential(folder, {
      role: "device",
      subject: "device",
      environmentToken: deps.environmentToken,
    });
    const signing = await signingOf(config, folder, { ...deps, siteId: credential.siteId });
    const memoryFolder = folder.simulator;
    return await stream(config, { ...deps, inputs, credential, memoryFolder, signing });
  } finally {
    for (const input of inputs) input.close();
  }
}

/**
 * How this run signs. A folder that may make codes enrols itself; a device elsewhere is enrolled by hand.
 *
 * @throws {Error} Signatures are asked for, and there is no key.
 */
async function signingOf(
  { sign, ingestUrl: url }: Pick<SimulateConfig, "sign" | "ingestUrl">,
  folder: DataFolder,
  deps: Pick<SimulateDeps, "environmentToken" | "print"> & { readonly siteId: number },
): Promise<DeviceSigning> {
  const { siteId } = deps;
  const hasOwnIssuer = (deps.environmentToken ?? "") === "" &&
    await readCredentials(folder) !== undefined;
  const mayEnrol = sign !== "none" && hasOwnIssuer;
  const keys = await enrolledKeys(folder, { url, siteId, mayEnrol });
  if (keys.current !== undefined || sign === "none") return { mode: sign ?? "run", keys };
  if (sign !== null) {
    throw new Error("Cannot sign: this device has no key; run deno task device enrol");
  }
  deps.print("not signed: this device has no key (deno task device enrol)");
  return { mode: "none", keys };
}

interface StreamDeps extends SimulateDeps {
  readonly signing: DeviceSigning;
  readonly inputs: readonly EdfInput[];
  readonly credential: Credential;
  readonly memoryFolder: string;
}

async function stream(config: SimulateConfig, deps: StreamDeps): Promise<number> {
  const seed = config.input.kind === "generated" ? config.input.seed : 0;
  const members = fleetMembers(config.deviceCount, config.patientId, seed);
  const devices = await openDevices(config, members, deps);
  const totalSeconds = devices.reduce(
    (sum: number | null, { source }) =>
      sum === null || source.totalSeconds === null ? null : sum + source.totalSeconds,
    0,
  );
  for (const notice of devices[0]?.source.notices ?? []) deps.print(notice);
  const label = members.length === 1
    ? `${config.patientId}/${config.recordingId}`
    : `${members.length} devices`;
  const view = createProgress({
    label,
    totalSeconds,
    isTerminal: deps.isTerminal,
    print: deps.print,
  });
  const giveUp = drainLimit(deps.stop, DRAIN_MS);
  const startedAt = performance.now();
  const spool = await openSpoolOf(config, deps, { giveUp, view });
  try {
    const done = await runFleet(members, async ({ index }, onProgress) => {
      const { source, memory, patientId } = devices[index]!;
      return await runDevice({
        codes: { patientId, recordingId: config.recordingId },
        source,
        memory,
        client: spool?.client ?? createIngestClient({
          url: config.ingestUrl,
          token: deps.credential.token,
          onTokenRefused: deps.credential.refusedAt,
          signal: giveUp,
          retryDeps: { ...SYSTEM_RETRY, onRetry: retryNotice(view) },
        }),
        speed: config.speed,
        // A spool answers for ingest, by this very clock: it notes ingest's own answers itself.
        ...(isLive(config) && spool === undefined
          ? { wallClockMicros: () => BigInt(Date.now()) * 1000n }
          : {}),
        signing: deps.signing,
        stop: deps.stop,
        onProgress,
        onNotice: (text) => view.line(text),
      });
    }, (total) => view.update(total));
    if (spool !== undefined && spool.waiting > 0) {
      view.line(`${spool.waiting} chunks wait in the spool`);
    }
    await spool?.emptied(deps.stop);
    view.stop();
    deps.print(summary(label, done, (performance.now() - startedAt) / 1000));
    if (spool !== undefined) deps.print(spoolSummary(spool));
    if (!deps.stop.aborted) return spool === undefined || spool.disputed === 0 ? 0 : 1;
    deps.print("Stopped. The same command goes on from here.");
    return 1;
  } finally {
    view.stop();
    await spool?.close();
    for (const { memory } of devices) memory.close();
  }
}

/** Recorded now, so that its times are this computer's: what that clock says beside ingest's is worth noting. */
function isLive({ input, speed }: Pick<SimulateConfig, "input" | "speed">): boolean {
  return input.kind === "generated" && speed === 1;
}

async function openSpoolOf(
  config: SimulateConfig,
  { credential: { siteId, token, refusedAt: onTokenRefused } }: StreamDeps,
  { giveUp, view }: { giveUp: AbortSignal; view: Pick<ProgressView, "line"> },
): Promise<DeviceSpool | undefined> {
  const { spoolDir, ingestUrl: url } = config;
  if (spoolDir === null) return undefined;
  const onNotice = (text: string) => view.line(text);
  const own = { url, siteId, token, onTokenRefused, isLive: isLive(config) };
  return await openDeviceSpool(spoolDir, { ...own, signal: giveUp, onNotice });
}

function spoolSummary({ waiting, handed, disputed }: DeviceSpool): string {
  const refused = disputed === 0 ? "" : `; ${disputed} were refused for good, and are kept there`;
  if (waiting > 0) {
    return `${waiting} chunks are in the spool, and go on with the next run${refused}`;
  }
  if (handed > 0) return `a relay holds the last ${handed} chunks of the spool${refused}`;
  return `ingest has everything of the spool${refused}`;
}

interface OpenDevice {
  readonly patientId: string;
  readonly source: DeviceSource;
  readonly memory: UploadMemory;
}

async function openDevices(
  config: SimulateConfig,
  members: readonly FleetMember[],
  deps: StreamDeps,
): Promise<OpenDevice[]> {
  const devices: OpenDevice[] = [];
  try {
    for (const member of members) {
      const memory = await openUploadMemory(deps.memoryFolder, {
        siteId: deps.credential.siteId,
        patientId: member.patientId,
        recordingId: config.recordingId,
      });
      const opening = { patientId: member.patientId, memory };
      devices.push({ ...opening, source: emptySource() });
      const source = config.input.kind === "files"
        ? await fileSource(deps.inputs, memory)
        : await generatedSource(config, config.input.hours, member, memory);
      devices[devices.length - 1] = { ...opening, source };
    }
    return devices;
  } catch (error) {
    for (const { memory } of devices) memory.close();
    throw error;
  }
}

async function fileSource(
  inputs: readonly EdfInput[],
  memory: UploadMemory,
): Promise<DeviceSource> {
  return await recordingOfFiles(inputs, await memory.startedAt(earliestStart(inputs)));
}

/** What was recorded at another speed than real time ends now, so that nothing lies in the future. */
async function generatedSource(
  config: SimulateConfig,
  hours: number,
  member: FleetMember,
  memory: UploadMemory,
): Promise<DeviceSource> {
  const seconds = Math.max(1, Math.round(hours * 3600));
  const key = `generated/${member.seed}/${seconds}`;
  const known = memory.segments();
  if (known.size > 0 && !known.has(key)) {
    throw new Error(
      `Cannot generate recording ${config.recordingId} of ${member.patientId}: another source was ` +
        "streamed to it before; choose another --recording or the same --seed and --generate",
    );
  }
  const now = Math.floor(Date.now() / 1000);
  const startEpoch = Number(
    await memory.fact("start_epoch_seconds", String(config.speed === 1 ? now : now - seconds)),
  );
  const startedAt = await memory.startedAt(
    civilStartOf(startEpoch, { untilMs: (startEpoch + seconds) * 1000 }),
  );
  const civil = startedAt ?? civilStartOf(startEpoch);
  return syntheticSource({
    seed: member.seed,
    blockSeconds: defaultBlockSeconds(seconds),
    startSecondOfDay: secondOfDay(civil.civil),
    startedAt: civil,
    startedAtMicros: BigInt(startEpoch) * 1_000_000n,
    stretches: [{
      key,
      startSecond: 0,
      endSecond: seconds,
      clock: config.speed === 1 ? "disciplined" : "free-running",
    }],
  });
}

/** Seconds since midnight of civil text. */
export function secondOfDay(civil: string): number {
  const [hour = 0, minute = 0, second = 0] = civil.slice(11).split(":").map(Number);
  return hour * 3600 + minute * 60 + Math.floor(second);
}

function emptySource(): DeviceSource {
  return {
    startedAt: null,
    segments: [],
    totalSeconds: 0,
    notices: [],
    marks: () => [],
    async *artifacts() {},
    close() {},
  };
}

/** Tells of failures, but not of each one. */
export function retryNotice(view: Pick<ProgressView, "line">): (error: Error) => void {
  let toldAt = -Infinity;
  return (error) => {
    if (performance.now() - toldAt < RETRY_NOTICE_EVERY_MS) return;
    toldAt = performance.now();
    view.line(`waiting: ${error.message}`);
  };
}

function summary(label: string, done: DeviceProgress, seconds: number): string {
  const rate = done.samplesSent / Math.max(0.001, seconds);
  return `${label}: ${done.chunksStored} chunks stored, ${done.chunksRepeated} were there already, ` +
    (done.chunksHeld === 0 ? "" : `${done.chunksHeld} on the way, `) +
    `${done.chunksRetried} sent again; ${
      Math.round(done.doneSeconds)
    } s of signal are there now; ` +
    `took ${formatDuration(seconds)}, ${(rate / 1e6).toFixed(2)} M samples/s` +
    (done.samplesSent === 0 ? "" : `; ${describeEncoding(done)}`);
}

/**
 * How the samples of a run were coded, for people.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { describeEncoding } from "./simulate.ts";
 *
 * strictEqual(
 *   describeEncoding({
 *     chunksStored: 41,
 *     chunksRepeated: 0,
 *     chunksHeld: 0,
 *     chunksAcrossChannels: 40,
 *     bytesSent: 150_880,
 *     samplesSent: 241_408,
 *     setsSent: 2,
 *   }),
 *   "cross-channel codec in 40 of 41 chunks, 2 parameter sets sent, 5.00 bits a sample with headers and sets",
 * );
 * ```
 */
export function describeEncoding(
  done: Pick<
    DeviceProgress,
    | "chunksStored"
    | "chunksRepeated"
    | "chunksHeld"
    | "chunksAcrossChannels"
    | "bytesSent"
    | "samplesSent"
    | "setsSent"
  >,
): string {
  const codec = done.chunksAcrossChannels === 0
    ? "per-channel codec"
    : `cross-channel codec in ${done.chunksAcrossChannels} of ${
      done.chunksStored + done.chunksRepeated + done.chunksHeld
    } chunks`;
  const bits = 8 * done.bytesSent / done.samplesSent;
  return `${codec}, ${done.setsSent} parameter ${done.setsSent === 1 ? "set" : "sets"} sent, ` +
    `${bits.toFixed(2)} bits a sample with headers and sets`;
}
