/**
 * Bench, viewer. From the press of a key to the painted page, in a real browser on a real recording.
 *
 * Chromium without a graphics card, 1,920 × 1,080, on Canvas 2D; keys are pressed by a driver and times
 * are the page's own `performance.measure` entries. Samples reach the screen through ingest, the database,
 * query and the viewer's own checks; a chunk that fails them ends the run.
 *
 * @module
 */

import type { Browser } from "playwright-core";
import { launchChromium } from "../../viewer/testing/launch_chromium.ts";
import {
  type MeasuredAction,
  measurePaging,
  measureReading,
  measureStrip,
  type Round,
} from "../../viewer/testing/measure_reading.ts";
import { expectStatus } from "../baseline_client.ts";
import { dayDevice } from "../day/device.ts";
import { dayBodies, openDay, sendBodies } from "../day/load_day.ts";
import { type LoadedDay, loadedDay } from "../day/loaded_day.ts";
import { quantile } from "../measure.ts";
import { PATIENT_ID } from "../plan_json.ts";
import { measuredRow, type RowPlan } from "../rows.ts";
import type { Stage } from "../stage.ts";
import type { RunContext, Suite } from "../suite.ts";
import type { DayLength, Workload } from "../workloads.ts";
import { pagesOf, type Peer, timePeer } from "./peers.ts";
import { CACHED_ROUNDS, type CachedRound, densePlans, peerPlans } from "./plans.ts";
import { readingPlans, stripPlans } from "./plans.ts";
import { startViewer } from "./viewer_process.ts";

/** Chunks a request of the dense recording: as many bytes as a hundred of 23 channels. */
const DENSE_CHUNKS_PER_REQUEST = 8;

/** Turns through a recording to weigh the heap, ms between them. */
const PAGING_PAUSE_MS = 60;

/** Pages of the peers that differ. */
const PEER_PAGES = 6;

function plansOf(workload: Workload): RowPlan[] {
  if (workload.viewerRecordings === "first") {
    return Object.values(readingPlans(workload, workload.days[0]!));
  }
  return [
    ...workload.days.flatMap((length) => Object.values(readingPlans(workload, length))),
    ...Object.values(densePlans(workload)),
    ...Object.values(stripPlans(workload)),
    ...Object.values(peerPlans()),
  ];
}

/** Where the measuring happens. */
interface Site {
  readonly context: RunContext;
  readonly stage: Stage;
  readonly viewerUrl: string;
  readonly browser: Browser;
}

export const viewerSuite: Suite = {
  name: "viewer",
  plans: plansOf,
  async run(context) {
    const stage = await context.stage();
    context.progress.step("viewer: start it, and a browser");
    await using undo = new AsyncDisposableStack();
    const viewer = await startViewer(stage, context.signal);
    undo.defer(() => viewer.stop());
    const { browser, close } = await launchChromium();
    undo.defer(close);
    const site: Site = { context, stage, viewerUrl: viewer.url, browser };
    let pageTurn: number | undefined;
    for (const length of context.workload.days) {
      pageTurn = await measureRecording(site, length) ?? pageTurn;
    }
    await measurePeers(site, pageTurn);
    await measureDense(site);
    await measureDays(site);
  },
};

/** @returns p95 of cached page turns, where they were measured. */
async function measureRecording(site: Site, length: DayLength): Promise<number | undefined> {
  const { context, browser } = site;
  const plans = readingPlans(context.workload, length);
  const wanted = Object.values(plans).filter(context.isWanted);
  // The peers' rows are compared with the first recording's page turns.
  const isForPeers = length === context.workload.days[0] &&
    Object.values(peerPlans()).some(context.isWanted);
  if (wanted.length === 0 && !isForPeers) return undefined;
  const day = await loadedDay(context, length.seconds);
  await markSeizures(site, day);
  context.progress.step(`viewer: read ${wanted[0]?.name ?? "a recording"}`);
  const rounds = (Object.keys(CACHED_ROUNDS) as CachedRound[]).filter((round) =>
    context.isWanted(plans[round]) || isForPeers && round === "page-turn"
  );
  const url = urlOf(site, day.device.recordingId, Math.min(600, Math.floor(day.seconds / 12)));
  const reading = await read(site, url, [
    ...rounds,
    ...(context.isWanted(plans.cold) ? ["jump"] as const : []),
  ]);
  // Of a recording of a minute everything is fetched ahead, and nothing of it is cold.
  const hasCold = day.seconds > 600;
  context.reportWanted(measuredRow(plans.open, timeOf(reading.first, "open"), null));
  context.reportWanted(measuredRow(plans.scripts, reading.scriptBytes / 1_000, null));
  let pageTurn: number | undefined;
  for (const round of rounds) {
    const p95 = quantile(timesOfAction(reading.actions, round, true), 0.95);
    if (round === "page-turn") pageTurn = p95;
    context.reportWanted(measuredRow(plans[round], p95, null));
  }
  if (context.isWanted(plans.cold)) {
    const times = timesOfAction(reading.actions, "page-turn", !hasCold);
    context.report(measuredRow(plans.cold, quantile(times, 0.95), null));
  }
  if (context.isWanted(plans.heap) || context.isWanted(plans.growth)) {
    context.progress.step(plans.heap.name);
    const heaps = await measurePaging(browser, {
      url: urlOf(site, day.device.recordingId, 0),
      pages: context.workload.viewerPages,
      pauseMs: PAGING_PAUSE_MS,
    });
    const half = Math.floor(heaps.length / 2);
    const most = (bytes: readonly number[]) => Math.max(...bytes) / 1e6;
    context.reportWanted(measuredRow(plans.heap, most(heaps), null));
    const growth = most(heaps.slice(half)) / most(heaps.slice(0, half));
    context.reportWanted(measuredRow(plans.growth, growth, null));
  }
  return pageTurn;
}

async function measurePeers(site: Site, pageTurn: number | undefined): Promise<void> {
  const { context, browser } = site;
  const { counted, warmUp, pauseMs } = context.workload.viewerPresses;
  const [length] = context.workload.days;
  for (const [peer, plan] of Object.entries(peerPlans())) {
    if (!context.isWanted(plan)) continue;
    context.progress.step(plan.name);
    const { device, seconds } = await loadedDay(context, length!.seconds);
    const pages = pagesOf(device, Math.min(PEER_PAGES, Math.floor(seconds / 10)));
    const times = await timePeer(browser, peer as Peer, pages, {
      pages: counted,
      warmUp,
      pauseMs,
    });
    context.report(measuredRow(plan, pageTurn!, quantile(times, 0.95)));
  }
}

async function measureDense(site: Site): Promise<void> {
  const { context, stage } = site;
  const plans = densePlans(context.workload);
  const rounds = (["page-turn", "sensitivity"] as const).filter((round) =>
    context.isWanted(plans[round])
  );
  if (rounds.length === 0) return;
  context.progress.step("viewer: store 128 channels");
  const device = dayDevice(await context.dayPool("dense"), {
    patientId: PATIENT_ID,
    recordingId: "viewer-dense",
    seed: context.workload.seed + 850,
  });
  await openDay(stage, device);
  await sendBodies(
    stage,
    dayBodies(device, context.workload.denseSeconds, DENSE_CHUNKS_PER_REQUEST),
    {
      inFlight: 2,
      signal: context.signal,
    },
  );
  const { actions } = await read(site, urlOf(site, device.recordingId, 0), rounds);
  for (const round of rounds) {
    const times = timesOfAction(actions, round, true);
    context.report(measuredRow(plans[round], quantile(times, 0.95), null));
  }
}

async function measureDays(site: Site): Promise<void> {
  const { context, browser } = site;
  const plans = stripPlans(context.workload);
  if (!Object.values(plans).some(context.isWanted)) return;
  const day = await loadedDay(context, context.workload.stripSeconds);
  context.progress.step(plans.cold.name);
  const { counted, pauseMs } = context.workload.viewerPresses;
  const { cold, cached } = await measureStrip(browser, {
    url: urlOf(site, day.device.recordingId, 0),
    presses: counted,
    pauseMs,
  });
  context.reportWanted(measuredRow(plans.cold, cold, null));
  context.reportWanted(measuredRow(plans.cached, quantile(cached, 0.95), null));
}

function read({ browser, context }: Site, url: string, rounds: readonly Round[]) {
  const { counted, warmUp, pauseMs } = context.workload.viewerPresses;
  return measureReading(browser, { url, rounds, presses: counted, warmUp, pauseMs, scale: 1 });
}

function urlOf({ viewerUrl }: Site, recordingId: string, start: number): string {
  return `${viewerUrl}/recordings/${PATIENT_ID}/${recordingId}?start=${start}`;
}

/** Milliseconds of an action on Canvas 2D. @throws {Error} There is none: a key did nothing. */
function timesOfAction(
  actions: readonly MeasuredAction[],
  name: string,
  cached: boolean,
): number[] {
  const times = actions.filter((action) =>
    action.name === name && action.cached === cached && action.renderer === "canvas2d"
  ).map(({ ms }) => ms);
  if (times.length > 0) return times;
  throw new Error(
    `Cannot time ${name} of the viewer, cached ${cached}: measured was ` +
      JSON.stringify(actions.map((action) => [action.name, action.cached, action.renderer])),
  );
}

function timeOf(actions: readonly MeasuredAction[], name: string): number {
  const [action] = actions.filter((one) => one.name === name);
  if (action === undefined) {
    throw new Error(`Cannot time ${name} of the viewer: nothing was measured`);
  }
  return action.ms;
}

/** Seizures over the whole recording, for jumps from one to the next: every two minutes or so. */
async function markSeizures({ stage }: Site, { device, seconds }: LoadedDay): Promise<void> {
  const every = Math.max(8, Math.min(120, seconds / 4));
  const annotations = Array.from(
    { length: Math.min(500, Math.floor(seconds / every)) },
    (_, i) => ({
      "annotation_id": (i + 1).toString(16).padStart(32, "0"),
      kind: "seizure",
      source: "human",
      anchor: { coordinate: "recording", onset: String(Math.round(every * (i + 0.5))) },
      duration: "5",
      text: "",
    }),
  );
  const { patientId, recordingId } = device;
  const response = await fetch(
    `${stage.ingestUrl}/patients/${patientId}/recordings/${recordingId}/annotations`,
    {
      client: stage.http,
      method: "POST",
      headers: {
        "Authorization": `Bearer ${stage.tokens.device}`,
        "Content-Type": "application/json",
      },
      body: JSON.stringify({ annotations }),
    },
  );
  await expectStatus(response, 201);
  await response.arrayBuffer();
}
