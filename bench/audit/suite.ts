/**
 * Bench, audit. What it takes to answer "who saw this patient" among years of events, what the indexes for it
 * cost ingest, and what access control costs readers.
 *
 * @module
 */

import { processorMs } from "../load/process_sampler.ts";
import { median } from "../measure.ts";
import { measuredRow, type RowPlan, rowPlan } from "../rows.ts";
import type { RunContext, Suite } from "../suite.ts";
import type { Stage } from "../stage.ts";
import { thousands, type Workload } from "../workloads.ts";
import { fillEvents, indexCost, MOST_SEEN, type Years } from "./fill_events.ts";
import { measureReaders, readersPlans } from "./readers.ts";

interface Sizes extends Years {
  readonly asks: number;
  readonly costRows: number;
}

function sizesOf({ name }: Workload): Sizes {
  return name === "small"
    ? { events: 20_000, patients: 50, people: 10, asks: 2, costRows: 2_000 }
    : { events: 10_000_000, patients: 2_000, people: 400, asks: 9, costRows: 50_000 };
}

function plansOf(workload: Workload) {
  const { events, costRows } = sizesOf(workload);
  const name = `audit, ${thousands(events)} events`;
  return {
    seen: rowPlan(`${name}: who saw the patient most looked at, slowest`, "s", {
      must: 2,
      isLong: true,
    }),
    page: rowPlan(`${name}: the first hundred of them, slowest`, "s", { must: 2, isLong: true }),
    ofPatient: rowPlan(`${name}: a page of that patient's, slowest`, "s", { isLong: true }),
    actor: rowPlan(`${name}: a page of one person's, slowest`, "s", { isLong: true }),
    refused: rowPlan(`${name}: the first refused one, slowest`, "s", { isLong: true }),
    cost: rowPlan(
      `audit, indexes: PostgreSQL's processor time for ${
        thousands(costRows)
      } events of chunks, over none`,
      "×",
      { isLong: true, better: "lower" },
    ),
  };
}

export const auditSuite: Suite = {
  name: "audit",
  plans: (workload): RowPlan[] => [
    ...Object.values(plansOf(workload)),
    ...Object.values(readersPlans(workload)),
  ],
  async run(context) {
    const isAsked = (plans: Readonly<Record<string, RowPlan>>) =>
      Object.values(plans).some(context.isWanted);
    if (isAsked(plansOf(context.workload))) await measureEvents(context);
    if (isAsked(readersPlans(context.workload))) await measureReaders(context);
  },
};

async function measureEvents(context: RunContext): Promise<void> {
  const { workload, progress, signal } = context;
  const plans = plansOf(workload);
  const sizes = sizesOf(workload);
  await using stage = await context.openStage();
  const pool = stage.wavekeepPool;
  const { rows: [site] } = await pool.query<{ siteId: number }>(
    `select min(site_id) as "siteId" from wavekeep.site`,
  );
  const { siteId } = site!;
  progress.step(plans.cost.name);
  const cost = await indexCost(pool, siteId, { rows: sizes.costRows, rounds: 10, processorMs });
  context.reportWanted(measuredRow(plans.cost, cost, null));
  const { cost: _, ...asked } = plans;
  if (!Object.values(asked).some(context.isWanted)) return;
  await fillEvents(pool, siteId, sizes, {
    signal,
    onProgress: (done) => progress.step(`audit: ${thousands(done)} events`),
  });
  const { rows: [person] } = await pool.query<{ actor: string }>(
    "select actor from wavekeep.event where kind = 'access.shown' limit 1",
  );
  const paths = {
    // Everybody, and what each had on every day.
    seen: `/audit/patients/${MOST_SEEN}/accesses?limit=500`,
    page: `/audit/patients/${MOST_SEEN}/accesses`,
    ofPatient: `/audit/events?patient_id=${MOST_SEEN}`,
    actor: `/audit/events?actor=${person!.actor}`,
    refused: "/audit/events?outcome=refused&limit=1",
  };
  for (const [name, path] of Object.entries(paths) as [keyof typeof paths, string][]) {
    progress.step(plans[name].name);
    const seconds: number[] = [];
    for (let n = 0; n < sizes.asks; n++) {
      signal.throwIfAborted();
      const check = name === "seen" || name === "page" ? checkSeen : () => {};
      seconds.push(await ask(stage, path, check));
    }
    context.reportWanted(measuredRow(plans[name], Math.max(...seconds), null));
    context.notice(`${plans[name].name}: median ${median(seconds).toFixed(3)} s`);
  }
}

async function ask(
  stage: Stage,
  path: string,
  check: (body: Record<string, unknown>) => void,
): Promise<number> {
  const startedMs = performance.now();
  const response = await fetch(`${stage.queryUrl}${path}`, {
    client: stage.http,
    headers: { authorization: `Bearer ${stage.tokens.auditor}` },
  });
  const text = await response.text();
  const seconds = (performance.now() - startedMs) / 1000;
  if (!response.ok) throw new Error(`Cannot read the audit: ${response.status} ${text}`);
  check(JSON.parse(text));
  return seconds;
}

/** Somebody saw something, and whoever is not there is on the next page. */
function checkSeen({ accesses, people_count: count, next }: Record<string, unknown>): void {
  const all = accesses as { seconds_seen: number; times: number }[];
  if (!all.some((access) => access.seconds_seen > 0 && access.times > 0)) {
    throw new Error("Cannot time who saw a patient: the answer says nobody");
  }
  if ((next === null) !== (all.length === count)) {
    throw new Error(`Cannot time who saw a patient: ${all.length} people of ${count}`);
  }
}
