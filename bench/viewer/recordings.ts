/**
 * Bench, viewer. What is read: recordings taken in by ingest, with marks, and closed as a finished study is.
 *
 * One recording is taken in to a day, looked at, and then to three: what is there needs not be sent again.
 *
 * @module
 */

import { expectStatus } from "../baseline_client.ts";
import { type DayDevice, dayDevice } from "../day/device.ts";
import { dayBodies, openDay, sendBodies } from "../day/load_day.ts";
import { loadedDay } from "../day/loaded_day.ts";
import { dayPool } from "../day/pool.ts";
import { PATIENT_ID } from "../plan_json.ts";
import type { RunContext } from "../suite.ts";
import type { Stage } from "../stage.ts";
import { durationName } from "../workloads.ts";

/** Chunks a request of the dense recording: as many bytes as a hundred of 23 channels. */
const DENSE_CHUNKS_PER_REQUEST = 8;

/** Requests under way at a time. */
const IN_FLIGHT = 4;

/** Marks over a whole recording, for jumps from one to the next. */
const MARKS_EVERY_SECONDS = 120;
const MARKS_MAX = 500;

/** A recording that can be opened. */
export interface Readable {
  readonly device: DayDevice;
  readonly seconds: number;
}

/** The first recording of the workload, which other suites have read, too. */
export async function readRecording(context: RunContext): Promise<Readable> {
  const { device, seconds } = await loadedDay(context, context.workload.days[0]!.seconds);
  const stage = await context.stage();
  await markSeizures(stage, { device, seconds });
  await closeRecording(stage, device);
  return { device, seconds };
}

/** 128 channels at 512 Hz. Its minutes are encoded for this alone, so no more of them than it has. */
export async function denseRecording(context: RunContext): Promise<Readable> {
  const { workload, signal, progress } = context;
  const seconds = workload.denseSeconds;
  progress.step(`viewer: encode and store ${durationName(seconds)} of 128 channels`);
  const pool = await dayPool({
    shape: "dense",
    seed: workload.seed + 500,
    minutes: Math.min(workload.poolMinutes, Math.ceil(seconds / 60)),
    dataFolder: workload.origin === "CHB-MIT" ? context.dataFolder : undefined,
  });
  const device = dayDevice(pool, {
    patientId: PATIENT_ID,
    recordingId: "viewer-dense",
    seed: workload.seed + 850,
  });
  const stage = await context.stage();
  await openDay(stage, device);
  const bodies = dayBodies(device, seconds, DENSE_CHUNKS_PER_REQUEST);
  await sendBodies(stage, bodies, { inFlight: 2, signal });
  await closeRecording(stage, device);
  return { device, seconds };
}

/** A recording that grows from one length to the next. */
export class GrowingRecording {
  readonly #context: RunContext;
  #device: DayDevice | undefined;

  constructor(context: RunContext) {
    this.#context = context;
  }

  /** Takes in what is missing up to `seconds`, which is more than the time before. */
  async upTo(seconds: number): Promise<Readable> {
    const { workload, signal, progress } = this.#context;
    const stage = await this.#context.stage();
    const device = this.#device ??= await this.#open(stage);
    const before = device.sequence();
    const chunks = workload.dayChunksPerRequest;
    await sendBodies(stage, dayBodies(device, seconds - before, chunks), {
      inFlight: IN_FLIGHT,
      signal,
      onSent(count) {
        const percent = Math.min(100, Math.round(100 * (before + count * chunks) / seconds));
        progress.step(`viewer: take in ${durationName(seconds)}, ${percent} %`);
      },
    });
    await stage.wavekeepPool.query("analyze");
    await closeRecording(stage, device);
    return { device, seconds };
  }

  async #open(stage: Stage): Promise<DayDevice> {
    const device = dayDevice(await this.#context.dayPool("scalp"), {
      patientId: PATIENT_ID,
      recordingId: "viewer-days",
      seed: this.#context.workload.seed + 870,
    });
    await openDay(stage, device);
    return device;
  }
}

async function markSeizures(stage: Stage, { device, seconds }: Readable): Promise<void> {
  const every = Math.max(8, Math.min(MARKS_EVERY_SECONDS, seconds / 4));
  const count = Math.min(MARKS_MAX, Math.floor(seconds / every));
  const annotations = Array.from({ length: count }, (_, i) => ({
    "annotation_id": (i + 1).toString(16).padStart(32, "0"),
    kind: "seizure",
    source: "human",
    anchor: { coordinate: "recording", onset: String(Math.round(every * (i + 0.5))) },
    duration: "5",
    text: "",
  }));
  await post(stage, device, "annotations", { annotations });
}

/** A study that is over: nothing is live about it, and no alarm says that nothing comes. */
async function closeRecording(stage: Stage, device: DayDevice): Promise<void> {
  const body = { "idempotency_key": crypto.randomUUID().replaceAll("-", "") };
  await post(stage, device, "close", body);
}

async function post(
  stage: Stage,
  { patientId, recordingId }: DayDevice,
  path: string,
  body: unknown,
): Promise<void> {
  const response = await fetch(
    `${stage.ingestUrl}/patients/${patientId}/recordings/${recordingId}/${path}`,
    {
      client: stage.http,
      method: "POST",
      headers: {
        "Authorization": `Bearer ${stage.tokens.device}`,
        "Content-Type": "application/json",
      },
      body: JSON.stringify(body),
    },
  );
  // 200 is a repeat: what grew was closed before.
  if (response.status !== 200) await expectStatus(response, 201);
  await response.arrayBuffer();
}
