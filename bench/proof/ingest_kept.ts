/**
 * Bench, proof. What ingest keeps of its throughput when devices sign and the log is kept.
 *
 * The same minutes, in turns: signed by run with the sequencer at work, and unsigned with no sequencer. Event
 * rows (audit) and leaves are written in both: ingest has no way to leave them out. A turn begins off the
 * clock, so that the sequencer is as far behind when the clock starts as when it stops, and its work is not
 * pushed out of the turn that caused it.
 *
 * @module
 */

import { type Ed25519Signer, ed25519Signer } from "@wavekeep/core/crypto";
import { sleep } from "@wavekeep/core/service/sleep";
import { type DayDevice, dayDevice } from "../day/device.ts";
import { dayBodies, openDay, sendBodies } from "../day/load_day.ts";
import { type DayPool, samplesOf } from "../day/pool.ts";
import { median } from "../measure.ts";
import { PATIENT_ID } from "../plan_json.ts";
import { measuredRow, rowPlan, type RowPlanOptions, type Unit } from "../rows.ts";
import { enrol } from "../signatures/enrol.ts";
import { RUN_CHUNKS } from "../signatures/suite.ts";
import type { Stage } from "../stage.ts";
import type { RunContext } from "../suite.ts";
import { durationName, type Workload } from "../workloads.ts";

const KEPT_MUST = 0.8;
const CAUGHT_UP_MUST_MS = 2_000;
const POLL_MS = 10;
const FORMS = ["proven", "bare"] as const;
type Form = typeof FORMS[number];

/** Published comes after signed: a reader's proof goes to what is published. */
const SELECT_BEHIND = `
  with head as (select * from wavekeep.log_head order by log_no desc limit 1)
  select not exists (select from head where checkpoint_size = size)
    or exists (
      select from wavekeep.event, head
        where leaf_entry is not null and xid >= cursor_xid
          and (xid > cursor_xid or event_id > cursor_event_id)
    ) as "isBehind"`;

export function ingestKeptPlans({ proof: { chunks } }: Workload) {
  const of = `batched ingest of ${durationName(chunks)} × 23 channels`;
  const plan = (what: string, unit: Unit, options: RowPlanOptions = {}) =>
    rowPlan(`proof, ${what}`, unit, { ...options, isLong: true });
  return {
    kept: plan(`ingest kept, ${of}: signed by run and sequenced, against neither`, "×", {
      must: KEPT_MUST,
      better: "higher",
    }),
    proven: plan(`${of}: signed by run and sequenced`, "M samples/s"),
    bare: plan(`${of}: unsigned, no sequencer`, "M samples/s"),
    behind: plan(`${of}: until its last leaf is signed, at most`, "ms", {
      must: CAUGHT_UP_MUST_MS,
    }),
  };
}

/** What has been taken in, and its log. */
export interface LoggedChunks {
  /** Of one signed recording. */
  readonly device: DayDevice;
  readonly chunkCount: number;
}

/** Chunks of all turns, the first of which are not counted. */
export function loggedChunkCount({ proof: { rounds, leadChunks, chunks } }: Workload): number {
  return (rounds + 1) * FORMS.length * (leadChunks + chunks);
}

/** Measures in turns, and reports what is wanted. All of it is taken in whatever is: the log is of it. */
export async function measureIngestKept(
  context: RunContext,
  stage: Stage,
  signal: AbortSignal,
): Promise<LoggedChunks> {
  const { progress, workload } = context;
  const plans = ingestKeptPlans(workload);
  const { rounds } = workload.proof;
  progress.step(plans.kept.name);
  const pool = await context.dayPool("scalp");
  const signer = ed25519Signer(crypto.getRandomValues(new Uint8Array(32)));
  await enrol(stage, signer);
  const speeds: Record<Form, number[]> = { proven: [], bare: [] };
  let behindMs = 0;
  let device: DayDevice | undefined;
  for (let round = 0; round <= rounds; round++) {
    progress.step(`${plans.kept.name}, ${round} of ${rounds}`);
    for (const form of round % 2 === 0 ? FORMS : FORMS.toReversed()) {
      const turn = await oneTurn(context, { stage, pool, signer, form, round, signal });
      if (form === "proven") device = turn.device;
      // The first of each warms up what it goes through.
      if (round === 0) continue;
      speeds[form].push(turn.speed);
      behindMs = Math.max(behindMs, turn.behindMs);
    }
  }
  // Of neighbours in time, not of medians of different moments.
  const kept = median(speeds.proven.map((speed, round) => speed / speeds.bare[round]!));
  context.reportWanted(measuredRow(plans.kept, kept, null));
  context.reportWanted(measuredRow(plans.proven, median(speeds.proven), null));
  context.reportWanted(measuredRow(plans.bare, median(speeds.bare), null));
  context.reportWanted(measuredRow(plans.behind, behindMs, null));
  return { device: device!, chunkCount: workload.proof.leadChunks + workload.proof.chunks };
}

interface Turn {
  readonly device: DayDevice;
  /** Millions of samples a second. */
  readonly speed: number;
  /** From the last answer until the log had everything; 0 without a sequencer. */
  readonly behindMs: number;
}

async function oneTurn(
  { workload }: RunContext,
  { stage, pool, signer, form, round, signal }: {
    readonly stage: Stage;
    readonly pool: DayPool;
    readonly signer: Ed25519Signer;
    readonly form: Form;
    readonly round: number;
    readonly signal: AbortSignal;
  },
): Promise<Turn> {
  const { leadChunks, chunks } = workload.proof;
  const perRequest = workload.dayChunksPerRequest;
  const device = dayDevice(pool, {
    patientId: PATIENT_ID,
    recordingId: `${form}-${round}`,
    seed: workload.seed,
    ...(form === "bare"
      ? {}
      : { signing: { signer, runChunks: Math.min(RUN_CHUNKS, perRequest) } }),
  });
  const bodies = [...dayBodies(device, leadChunks + chunks, perRequest)];
  await using undo = new AsyncDisposableStack();
  if (form === "proven") {
    const sequencer = await stage.startSequencer();
    undo.defer(() => sequencer.stop());
    await caughtUp(stage, signal);
  }
  await openDay(stage, device);
  let startMs = 0;
  const leadRequests = leadChunks / perRequest;
  await sendBodies(stage, bodies, {
    inFlight: 4,
    signal,
    onSent: (count) => void (count === leadRequests && (startMs = performance.now())),
  });
  const endMs = performance.now();
  const speed = samplesOf(pool, chunks) / 1e6 / ((endMs - startMs) / 1000);
  if (form === "bare") return { device, speed, behindMs: 0 };
  await caughtUp(stage, signal);
  return { device, speed, behindMs: performance.now() - endMs };
}

/**
 * Waits until a signed checkpoint over everything that was committed is published.
 *
 * @throws {Error} The signal was given: it never was.
 */
export async function caughtUp({ wavekeepPool }: Stage, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { rows: [row] } = await wavekeepPool.query<{ isBehind: boolean }>(SELECT_BEHIND);
    if (!row!.isBehind) return;
    signal.throwIfAborted();
    await sleep(POLL_MS);
  }
}
