/**
 * Bench, signatures. What it costs ingest that a device signs: every chunk, or the last of each run.
 *
 * The same minutes in three forms, round after round, so that a machine that slows down slows all of them.
 *
 * @module
 */

import { type Ed25519Signer, ed25519Signer } from "@wavekeep/core/crypto";
import { dayDevice } from "../day/device.ts";
import { dayBodies, openDay, sendBodies } from "../day/load_day.ts";
import { type DayPool, samplesOf } from "../day/pool.ts";
import { median } from "../measure.ts";
import { PATIENT_ID } from "../plan_json.ts";
import { measuredRow, type RowPlan, rowPlan } from "../rows.ts";
import type { RunContext, Suite } from "../suite.ts";
import type { Stage } from "../stage.ts";
import { durationName, type Workload } from "../workloads.ts";
import { enrol } from "./enrol.ts";

/** Chunks under one signature; a divisor of the chunks of a request. */
export const RUN_CHUNKS = 25;
const FORMS = ["unsigned", "signed by run", "signed by chunk"] as const;
type Form = typeof FORMS[number];

function plansOf({ shapeSeconds }: Workload) {
  const name = `signatures, batched ingest of ${durationName(shapeSeconds * 3)} × 23 channels`;
  const speed = (form: Form) => rowPlan(`${name}: ${form}`, "M samples/s", { isLong: true });
  const kept = (form: Form, must: number | null) =>
    rowPlan(`${name}: ${form} against unsigned`, "×", { must, better: "higher", isLong: true });
  return {
    speeds: FORMS.map(speed),
    byRun: kept("signed by run", 0.8),
    byChunk: kept("signed by chunk", null),
  };
}

export const signaturesSuite: Suite = {
  name: "signatures",
  plans: (workload): RowPlan[] => {
    const { speeds, byRun, byChunk } = plansOf(workload);
    return [...speeds, byRun, byChunk];
  },
  async run(context) {
    const { workload, progress } = context;
    const plans = plansOf(workload);
    progress.step(plans.byRun.name);
    const pool = await context.dayPool("scalp");
    await using stage = await context.openStage();
    const signer = ed25519Signer(crypto.getRandomValues(new Uint8Array(32)));
    await enrol(stage, signer);
    const speeds: Record<Form, number[]> = {
      "unsigned": [],
      "signed by run": [],
      "signed by chunk": [],
    };
    // One more than is counted: the first of each form warms up what it goes through.
    for (let round = 0; round <= context.workload.signatureRounds; round++) {
      const turn = round % FORMS.length;
      for (const form of [...FORMS.slice(turn), ...FORMS.slice(0, turn)]) {
        const speed = await ingestOnce(context, { stage, pool, signer, form, round });
        if (round > 0) speeds[form].push(speed);
      }
    }
    for (const [index, form] of FORMS.entries()) {
      context.reportWanted(measuredRow(plans.speeds[index]!, median(speeds[form]), null));
    }
    // Of neighbours in time, not of medians of different moments.
    const against = (form: Form) =>
      median(speeds[form].map((speed, round) => speed / speeds["unsigned"][round]!));
    context.reportWanted(measuredRow(plans.byRun, against("signed by run"), null));
    context.reportWanted(measuredRow(plans.byChunk, against("signed by chunk"), null));
  },
};

/** Millions of samples a second. */
async function ingestOnce(
  { workload, signal }: RunContext,
  { stage, pool, signer, form, round }: {
    stage: Stage;
    pool: DayPool;
    signer: Ed25519Signer;
    form: Form;
    round: number;
  },
): Promise<number> {
  const seconds = workload.shapeSeconds * 3;
  const perRequest = workload.dayChunksPerRequest;
  const runChunks = form === "signed by chunk" ? 1 : Math.min(RUN_CHUNKS, perRequest);
  const device = dayDevice(pool, {
    patientId: PATIENT_ID,
    recordingId: `${form.replaceAll(" ", "-")}-${round}`,
    seed: workload.seed,
    ...(form === "unsigned" ? {} : { signing: { signer, runChunks } }),
  });
  const bodies = [...dayBodies(device, seconds - seconds % perRequest, perRequest)];
  await openDay(stage, device);
  const startedMs = performance.now();
  await sendBodies(stage, bodies, { inFlight: 4, signal });
  const elapsedSeconds = (performance.now() - startedMs) / 1000;
  return samplesOf(pool, seconds - seconds % perRequest) / 1e6 / elapsedSeconds;
}
