/**
 * Bench, viewer. From the press of a key to the painted page, in a real browser on a real recording.
 *
 * Chromium without a graphics card, 1,920 × 1,080, on Canvas 2D; keys are pressed by a driver and times
 * are the page's own `performance.measure` entries. Samples reach the screen through ingest, the database,
 * query and the viewer's own checks; a chunk that fails them ends the run.
 *
 * Each part loads what its rows need and nothing else, says how far it is, and has a time within which it
 * must be through: the whole takes four minutes.
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
import type { Curve } from "../curves.ts";
import { median, quantile } from "../measure.ts";
import { PATIENT_ID } from "../plan_json.ts";
import { measuredRow, type RowPlan } from "../rows.ts";
import type { RunContext, Suite } from "../suite.ts";
import type { Workload } from "../workloads.ts";
import { pagesOf, type Peer, timePeer } from "./peers.ts";
import { CACHED_ROUNDS, type CachedRound, densePlans, openPlans, pagingPlans } from "./plans.ts";
import { peerPlans, readingPlans, stripPlans } from "./plans.ts";
import { denseRecording, GrowingRecording, type Readable, readRecording } from "./recordings.ts";
import { seedTrends } from "./seed_trends.ts";
import { curveOf, quantilesOf, timeOf, timesOfRound, within } from "./times.ts";
import { startViewer } from "./viewer_process.ts";

/** Between two pages while the heap is weighed, ms. */
const PAGING_PAUSE_MS = 30;

/** Pages of the peers that differ, and how often one is turned: Plotly takes more than a second. */
const PEER_PAGES = 6;
const PEER_TURNS_MAX = 10;

/** A press, its pause and what it may take, ms; a round that is slower than this hangs. */
const PRESS_WITHIN_MS = 2_000;

/** Opening the page, compiling, and measuring renderers, ms. */
const OPEN_WITHIN_MS = 30_000;

function plansOf(workload: Workload): RowPlan[] {
  const reading = Object.values(readingPlans(workload));
  if (workload.viewerRecordings === "first") return reading;
  return [
    ...reading,
    ...Object.values(peerPlans()),
    ...Object.values(densePlans(workload)),
    ...Object.values(pagingPlans(workload)),
    ...longerDays(workload).flatMap((length) => Object.values(openPlans(workload, length))),
    ...Object.values(stripPlans(workload)),
  ];
}

function longerDays({ days }: Workload): Workload["days"] {
  return days.slice(1);
}

/** Where the measuring happens. */
interface Site {
  readonly context: RunContext;
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
    const [viewer, { browser, close }] = await Promise.all([
      startViewer(stage, context.signal),
      launchChromium(),
    ]);
    undo.defer(() => viewer.stop());
    undo.defer(close);
    const site: Site = { context, viewerUrl: viewer.url, browser };
    await measureFirst(site);
    await measureDense(site);
    await measureDays(site);
  },
};

/** The first recording: read, compared with the peers, and paged through. */
async function measureFirst(site: Site): Promise<void> {
  const { context } = site;
  const plans = readingPlans(context.workload);
  const peers = Object.entries(peerPlans()).filter(([, plan]) => context.isWanted(plan));
  const paging = pagingPlans(context.workload);
  const isPaging = Object.values(paging).some(context.isWanted);
  const isReading = peers.length > 0 || Object.values(plans).some(context.isWanted);
  if (!isReading && !isPaging) return;
  const recording = await readRecording(context);
  if (isReading) {
    const pageTurn = await measureRounds(site, recording, peers.length > 0);
    for (const [peer, plan] of peers) {
      await measurePeer(site, recording, { peer: peer as Peer, plan, pageTurn: pageTurn! });
    }
  }
  if (isPaging) await measureHeap(site, recording);
}

/** @returns p95 of cached page turns, where they were measured. */
async function measureRounds(
  site: Site,
  recording: Readable,
  isForPeers: boolean,
): Promise<number | undefined> {
  const { context } = site;
  const plans = readingPlans(context.workload);
  const rounds = (Object.keys(CACHED_ROUNDS) as CachedRound[]).filter((round) =>
    context.isWanted(plans[round]) || isForPeers && round === "page-turn"
  );
  const reading = await read(site, recording, {
    start: Math.min(600, Math.floor(recording.seconds / 12)),
    rounds: [...rounds, ...(context.isWanted(plans.cold) ? ["jump"] as const : [])],
  });
  context.reportWanted(measuredRow(plans.open, timeOf(reading.first, "open"), null));
  context.reportWanted(measuredRow(plans.scripts, reading.scriptBytes / 1_000, null));
  let pageTurn: number | undefined;
  const lines: Curve["lines"] = [];
  for (const round of rounds) {
    const times = timesOfRound(reading.actions, round, true);
    const p95 = quantile(times, 0.95);
    if (round === "page-turn") pageTurn = p95;
    context.reportWanted(measuredRow(plans[round], p95, null));
    lines.push({ name: CACHED_ROUNDS[round], points: quantilesOf(times) });
  }
  if (lines.length > 0) context.curve(curveOf(lines, plans["page-turn"].must));
  reportCold(site, plans.cold, { recording, actions: reading.actions });
  return pageTurn;
}

/** Jumps to where nobody was. Of a recording of a minute everything is fetched ahead: nothing is cold. */
function reportCold(
  { context }: Site,
  plan: RowPlan,
  { recording, actions }: { recording: Readable; actions: readonly MeasuredAction[] },
): void {
  if (!context.isWanted(plan)) return;
  const times = timesOfRound(actions, "jump", recording.seconds <= 600);
  context.report(measuredRow(plan, quantile(times, 0.95), null));
}

async function measurePeer(
  { context, browser }: Site,
  { device, seconds }: Readable,
  { peer, plan, pageTurn }: { peer: Peer; plan: RowPlan; pageTurn: number },
): Promise<void> {
  context.progress.step(plan.name);
  const { warmUp, pauseMs } = context.workload.viewerPresses;
  const counted = Math.min(PEER_TURNS_MAX, context.workload.viewerPresses.counted);
  const pages = pagesOf(device, Math.min(PEER_PAGES, Math.floor(seconds / 10)));
  const times = await within(
    OPEN_WITHIN_MS + (counted + warmUp) * 2 * PRESS_WITHIN_MS,
    plan.name,
    timePeer(browser, peer, pages, { pages: counted, warmUp, pauseMs }),
  );
  context.report(measuredRow(plan, pageTurn, quantile(times, 0.95)));
}

async function measureHeap(site: Site, recording: Readable): Promise<void> {
  const { context, browser } = site;
  const { viewerPages } = context.workload;
  const plans = pagingPlans(context.workload);
  context.progress.step(plans.heap.name);
  const heaps = await within(
    OPEN_WITHIN_MS + viewerPages * 200,
    plans.heap.name,
    measurePaging(browser, {
      url: urlOf(site, recording, 0),
      pages: Math.min(viewerPages, Math.floor(recording.seconds / 10) - 1),
      pauseMs: PAGING_PAUSE_MS,
      onPage: (page) => context.progress.step(`${plans.heap.name}, ${page}`),
    }),
  );
  const half = Math.floor(heaps.length / 2);
  context.reportWanted(measuredRow(plans.heap, Math.max(...heaps) / 1e6, null));
  const growth = median(heaps.slice(half)) / median(heaps.slice(0, half));
  context.reportWanted(measuredRow(plans.growth, growth, null));
}

async function measureDense(site: Site): Promise<void> {
  const { context } = site;
  const plans = densePlans(context.workload);
  const rounds = (["page-turn", "sensitivity"] as const).filter((round) =>
    context.isWanted(plans[round])
  );
  if (rounds.length === 0) return;
  const { actions } = await read(site, await denseRecording(context), { start: 0, rounds });
  for (const round of rounds) {
    const times = timesOfRound(actions, round, true);
    context.report(measuredRow(plans[round], quantile(times, 0.95), null));
  }
}

/** One recording that grows to a day and to three. */
async function measureDays(site: Site): Promise<void> {
  const { context } = site;
  const growing = new GrowingRecording(context);
  for (const length of longerDays(context.workload)) {
    const plans = openPlans(context.workload, length);
    if (!Object.values(plans).some(context.isWanted)) continue;
    const recording = await growing.upTo(length.seconds);
    const rounds = context.isWanted(plans.cold) ? ["jump"] as const : [];
    const { first, actions } = await read(site, recording, { start: 3_600, rounds });
    context.reportWanted(measuredRow(plans.open, timeOf(first, "open"), null));
    reportCold(site, plans.cold, { recording, actions });
  }
  const plans = stripPlans(context.workload);
  if (!Object.values(plans).some(context.isWanted)) return;
  const recording = await growing.upTo(context.workload.stripSeconds);
  context.progress.step("viewer: trends of three days");
  await seedTrends(await context.stage(), recording.device);
  context.progress.step(plans.cold.name);
  const { counted, pauseMs } = context.workload.viewerPresses;
  const { cold, cached } = await within(
    OPEN_WITHIN_MS + counted * 2 * PRESS_WITHIN_MS,
    plans.cold.name,
    measureStrip(site.browser, { url: urlOf(site, recording, 0), presses: counted, pauseMs }),
  );
  context.reportWanted(measuredRow(plans.cold, cold, null));
  context.reportWanted(measuredRow(plans.cached, quantile(cached, 0.95), null));
}

function read(
  site: Site,
  recording: Readable,
  { start, rounds }: { readonly start: number; readonly rounds: readonly Round[] },
) {
  const { browser, context } = site;
  const { counted, warmUp, pauseMs } = context.workload.viewerPresses;
  const what = `read ${recording.device.recordingId}`;
  context.progress.step(`viewer: ${what}`);
  return within(
    OPEN_WITHIN_MS + rounds.length * (counted + warmUp) * PRESS_WITHIN_MS,
    what,
    measureReading(browser, {
      url: urlOf(site, recording, start),
      rounds,
      presses: counted,
      warmUp,
      pauseMs,
      scale: 1,
      onRound: (round) => context.progress.step(`viewer: ${what}, ${round}`),
    }),
  );
}

function urlOf({ viewerUrl }: Site, { device }: Readable, start: number): string {
  return `${viewerUrl}/recordings/${PATIENT_ID}/${device.recordingId}?start=${start}`;
}
