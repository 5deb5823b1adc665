/**
 * Bench, day. Recordings of other shapes: an EEG with an oximeter and an accelerometer beside it, and a
 * wearable of four channels. Small chunks show what a chunk costs whatever is in it.
 *
 * @module
 */

import { weigh } from "../comparison/storage.ts";
import { PATIENT_ID } from "../plan_json.ts";
import { measuredRow, type RowPlan, rowPlan } from "../rows.ts";
import type { RunContext, Suite } from "../suite.ts";
import { durationName, type Workload } from "../workloads.ts";
import { dayDevice } from "./device.ts";
import { dayBodies, openDay, sendBodies } from "./load_day.ts";
import { settledWeight } from "./loaded_day.ts";
import { samplesOf } from "./pool.ts";
import { dayReader } from "./reader.ts";
import type { DayShape } from "./signal.ts";

const NAMES: Readonly<Record<Exclude<DayShape, "scalp" | "dense">, string>> = {
  mixed: "mixed rates, 23 × 256 Hz + 1 × 1 Hz + 3 × 12.5 Hz",
  wearable: "wearable, 4 × 256 Hz",
};
const SHAPES = ["mixed", "wearable"] as const;

function plansOf(workload: Workload, shape: typeof SHAPES[number]) {
  const name = `${NAMES[shape]}, ${durationName(workload.shapeSeconds)}`;
  return {
    speed: rowPlan(`${name}: batched ingest`, "M samples/s", { isLong: true }),
    chunks: rowPlan(`${name}: batched ingest, chunks`, "chunks/s", { isLong: true }),
    size: rowPlan(`${name}: storage`, "B/sample", { isLong: true }),
  };
}

export const shapesSuite: Suite = {
  name: "other shapes",
  plans: (workload): RowPlan[] =>
    SHAPES.flatMap((shape) => Object.values(plansOf(workload, shape))),
  async run(context) {
    for (const shape of SHAPES) {
      if (Object.values(plansOf(context.workload, shape)).some(context.isWanted)) {
        await measureShape(context, shape);
      }
    }
  },
};

async function measureShape(context: RunContext, shape: typeof SHAPES[number]): Promise<void> {
  const { workload, progress, signal } = context;
  const seconds = workload.shapeSeconds;
  const plans = plansOf(workload, shape);
  progress.step(plans.speed.name);
  const pool = await context.dayPool(shape);
  const stage = await context.stage();
  const device = dayDevice(pool, {
    patientId: PATIENT_ID,
    recordingId: `shape-${shape}`,
    seed: workload.seed + 800,
  });
  const bodies = [...dayBodies(device, seconds, workload.dayChunksPerRequest)];
  await openDay(stage, device);
  const before = await weigh(stage);
  const startedMs = performance.now();
  await sendBodies(stage, bodies, { inFlight: 4, signal });
  const elapsedSeconds = (performance.now() - startedMs) / 1000;
  const after = await settledWeight(context, stage);
  using reader = dayReader(stage, device);
  await reader.verify({ start: 0, end: Math.min(10, seconds) });
  const samples = samplesOf(pool, seconds);
  const stored = after.wavekeep - before.wavekeep;
  context.reportWanted(measuredRow(plans.speed, samples / 1e6 / elapsedSeconds, null));
  context.reportWanted(
    measuredRow(plans.chunks, pool.streams.length * seconds / elapsedSeconds, null),
  );
  context.reportWanted(measuredRow(plans.size, stored / samples, null));
}
