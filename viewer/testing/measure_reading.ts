/**
 * Reads a recording in Chromium as a person would, and gives back what the page itself measured.
 *
 * A module for benches, and a program:
 * `deno run -A viewer/testing/measure_reading.ts URL… [--presses N] [--scale 2] [--rounds page-turn,open]
 * [--pages 720]`,
 * against `deno task start`. URL is a recording's page, such as
 * `http://localhost:8002/recordings/P/R?start=600`; the viewer has to sign in by itself. At 1,920 × 1,080,
 * on Canvas 2D unless the page finds WebGL2 quicker. Each figure runs from the input event to the frame
 * put together (`performance.measure`); the first presses of a round are not counted.
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { Browser, CDPSession, Page } from "playwright-core";
import { launchChromium } from "./launch_chromium.ts";

/** One action that was painted. */
export interface MeasuredAction {
  /** As `ActionClock` names it. */
  readonly name: string;
  /** What was being read; none of the first page. */
  readonly round?: Round;
  readonly ms: number;
  /** Nothing was asked of the server between input and paint. */
  readonly cached: boolean;
  readonly renderer: string;
}

/** What a reader does again and again. */
export type Round =
  | "open"
  | "page-turn"
  | "event-jump"
  | "sensitivity"
  | "montage"
  | "filter"
  | "jump";

/** The rounds, in the order they are read. `jump` goes to places that were never seen: cold page turns. */
export const ROUNDS: readonly Round[] = [
  "open",
  "page-turn",
  "event-jump",
  "sensitivity",
  "montage",
  "filter",
  "jump",
];

/** Keys of a round, pressed in turn. */
const KEYS: Readonly<Record<Exclude<Round, "open" | "jump">, readonly string[]>> = {
  "page-turn": ["PageDown", "PageDown", "PageDown", "PageUp"],
  "event-jump": ["n", "n", "p"],
  "sensitivity": ["ArrowUp", "ArrowDown"],
  "montage": ["2", "1"],
  "filter": ["h"],
};

/** How it is measured. */
export interface MeasureOptions {
  /** A recording's page. */
  readonly url: string;
  /** Actions that count, of each round. */
  readonly presses: number;
  readonly rounds: readonly Round[];
  /** Device pixels in a CSS pixel. */
  readonly scale: number;
  /** Between two actions, ms: two a second is a reader who pages fast. */
  readonly pauseMs: number;
  /** Presses of each round that are not counted: the engine compiles. */
  readonly warmUp: number;
  /** Hears of each round that begins. */
  readonly onRound?: (round: Round) => void;
}

/** As the program measures. */
export const MEASURE_DEFAULT: Omit<MeasureOptions, "url"> = {
  presses: 30,
  rounds: ROUNDS,
  scale: 1,
  pauseMs: 500,
  warmUp: 6,
};

/** Seconds of a page that is opened without any other wish. */
const PAGE_SECONDS = 10;

/** Longest wait for a page, ms. */
const PAGE_WITHIN_MS = 30_000;

/** What a run found. */
export interface MeasuredReading {
  readonly actions: readonly MeasuredAction[];
  /** What was measured of the very first page: nothing was compiled or cached. */
  readonly first: readonly MeasuredAction[];
  /** Scripts that the page had loaded by then, as transferred. */
  readonly scriptBytes: number;
  /** Device pixels of the canvas, such as `1656 × 811`. */
  readonly canvas: string;
}

/** Does the rounds in a browser that is running. */
export async function measureReading(
  browser: Browser,
  options: MeasureOptions,
): Promise<MeasuredReading> {
  const context = await browser.newContext({
    viewport: { width: 1920, height: 1080 },
    deviceScaleFactor: options.scale,
  });
  try {
    const page = await context.newPage();
    const scripts = countScripts(page);
    const actions: MeasuredAction[] = [];
    await open(page, options.url);
    const first = await takeMeasures(page);
    const scriptBytes = await scripts();
    for (const round of options.rounds) {
      options.onRound?.(round);
      await doRound(page, round, options.warmUp, options);
      await takeMeasures(page);
      const found = await doRound(page, round, options.presses, options);
      found.push(...await takeMeasures(page));
      // A jump that finds its samples is a page turn, too, and no turn of the round of page turns.
      actions.push(...found.map((action) => ({ ...action, round })));
    }
    return { actions, first, scriptBytes, canvas: await canvasOf(page) };
  } finally {
    await context.close();
  }
}

/** Counts the bytes of script bodies on the wire, each address once, those of workers too. */
function countScripts(page: Page): () => Promise<number> {
  const sizes = new Map<string, Promise<number>>();
  page.context().on("requestfinished", (request) => {
    if (!new URL(request.url()).pathname.endsWith(".js")) return;
    sizes.set(request.url(), request.sizes().then(({ responseBodySize }) => responseBodySize));
  });
  return async () => (await Promise.all(sizes.values())).reduce((sum, bytes) => sum + bytes, 0);
}

async function open(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.locator("canvas[data-start]").waitFor({ timeout: PAGE_WITHIN_MS });
  await page.locator(".plot").focus();
  // Renderers are measured once the page is idle; until then they would be in the way.
  await page.waitForTimeout(1500);
}

/** @returns What was measured on pages that are gone. */
async function doRound(
  page: Page,
  round: Round,
  count: number,
  { url, pauseMs }: MeasureOptions,
): Promise<MeasuredAction[]> {
  const found: MeasuredAction[] = [];
  for (let i = 0; i < count; i++) {
    if (round === "open") {
      await open(page, url);
      found.push(...await takeMeasures(page));
      // Never where a warm-up, or anybody, has been: the golden section comes back to no place.
    } else if (round === "jump") await jump(page, (0.1 + (count * 97 + i) * 0.618034) % 1);
    else await page.keyboard.press(KEYS[round][i % KEYS[round].length]!);
    // Not in step with the frames of the browser.
    await page.waitForTimeout(pauseMs + i * 7 % 17);
  }
  return found;
}

/** Moves the position's slider to a share of the recording, as a press on it does. */
async function jump(page: Page, share: number): Promise<void> {
  await page.locator("#position").evaluate((element, at) => {
    const input = element as HTMLInputElement;
    input.value = String(Math.floor(at * Number(input.max) / 10) * 10);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }, share);
}

/** The entries since the last time. */
function takeMeasures(page: Page): Promise<MeasuredAction[]> {
  return page.evaluate(() => {
    const entries = performance.getEntriesByType("measure") as PerformanceMeasure[];
    performance.clearMeasures();
    return entries.map(({ name, duration, detail }) => ({ name, ms: duration, ...detail }));
  });
}

async function canvasOf(page: Page): Promise<string> {
  return await page.locator("canvas.page").evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    return `${width} × ${height}`;
  });
}

/** How long a reader pages, and how fast. */
export interface PagingOptions {
  /** A recording's page, at its beginning. */
  readonly url: string;
  /** Pages turned: 720 of ten seconds are two hours. */
  readonly pages: number;
  readonly pauseMs: number;
  /** Hears how far it is, now and then. */
  readonly onPage?: (page: number) => void;
}

/**
 * Pages through a recording and weighs the page's heap on the way.
 *
 * @returns Bytes in use after a full collection, at twenty moments from a twentieth of the pages on: the page's heap
 * with its elements and with the samples of pages that are kept. The worker's chunks and the pictures are
 * bounded by their stores and not in it.
 */
export async function measurePaging(
  browser: Browser,
  { url, pages, pauseMs, onPage }: PagingOptions,
): Promise<number[]> {
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
  try {
    const page = await context.newPage();
    await open(page, url);
    const session = await context.newCDPSession(page);
    const heaps: number[] = [];
    for (let i = 1; i <= pages; i++) {
      await page.keyboard.press("PageDown");
      await page.waitForTimeout(pauseMs);
      if (i % Math.ceil(pages / 20) !== 0) continue;
      // Whatever was overtaken: this page is on screen.
      await page.locator(`canvas[data-start="${i * PAGE_SECONDS}"]`).waitFor({
        timeout: PAGE_WITHIN_MS,
      });
      onPage?.(i);
      // The second one takes what the first has set free.
      for (let round = 0; round < 2; round++) await session.send("HeapProfiler.collectGarbage");
      heaps.push(await heapBytes(session));
    }
    return heaps;
  } finally {
    await context.close();
  }
}

/** What `Runtime.getHeapUsage` answers. */
interface HeapUsage {
  readonly usedSize: number;
  readonly embedderHeapUsedSize: number;
  /** Of array buffers. */
  readonly backingStorageSize: number;
}

async function heapBytes(session: CDPSession): Promise<number> {
  const usage = await session.send("Runtime.getHeapUsage") as HeapUsage;
  return usage.usedSize + usage.embedderHeapUsedSize + usage.backingStorageSize;
}

/** The strip of days, opened by its key: once when nothing of it was there, then again and again. */
export async function measureStrip(
  browser: Browser,
  { url, presses, pauseMs }: Pick<MeasureOptions, "url" | "presses" | "pauseMs">,
): Promise<{ readonly cold: number; readonly cached: readonly number[] }> {
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
  try {
    const page = await context.newPage();
    await open(page, url);
    await takeMeasures(page);
    const times: number[] = [];
    for (let i = 0; i <= presses; i++) {
      await page.keyboard.press("o");
      await page.waitForFunction(() => performance.getEntriesByName("overview").length > 0);
      times.push(
        ...(await takeMeasures(page)).filter(({ name }) => name === "overview")
          .map(({ ms }) => ms),
      );
      await page.waitForTimeout(pauseMs);
      await page.keyboard.press("o");
      await page.waitForTimeout(pauseMs);
    }
    return { cold: times[0]!, cached: times.slice(1) };
  } finally {
    await context.close();
  }
}

/** Milliseconds of one kind of action. */
export interface ActionTimes {
  readonly name: string;
  readonly round: string;
  readonly cached: boolean;
  readonly renderer: string;
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** Groups measures by action, data and renderer. */
export function timesOf(actions: readonly MeasuredAction[]): ActionTimes[] {
  const groups = Map.groupBy(
    actions,
    ({ name, round, cached, renderer }) => JSON.stringify([name, round, cached, renderer]),
  );
  return [...groups.values()].map((group) => {
    const { name, round = "", cached, renderer } = group[0]!;
    const times = group.map(({ ms }) => ms).sort((a, b) => a - b);
    const at = (share: number) =>
      times[Math.min(times.length - 1, Math.floor(times.length * share))]!;
    const count = times.length;
    return { name, round, cached, renderer, count, p50: at(0.5), p95: at(0.95), max: at(1) };
  });
}

function lineOf({ name, round, cached, renderer, count, p50, p95, max }: ActionTimes): string {
  const figures = [p50, p95, max].map((ms) => ms.toFixed(1).padStart(7)).join(" ");
  const data = cached ? "cached" : "cold";
  return `${name.padEnd(12)} ${round.padEnd(12)} ${data.padEnd(7)} ${renderer.padEnd(9)} ${
    String(count).padStart(4)
  } ${figures}`;
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: {
      presses: { type: "string", default: String(MEASURE_DEFAULT.presses) },
      scale: { type: "string", default: String(MEASURE_DEFAULT.scale) },
      rounds: { type: "string", default: ROUNDS.join(",") },
      pages: { type: "string" },
    },
    allowPositionals: true,
  });
  const print = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
  const launched = await launchChromium();
  try {
    for (const url of positionals) {
      const { actions, canvas } = await measureReading(launched.browser, {
        ...MEASURE_DEFAULT,
        url,
        presses: Number(values.presses),
        scale: Number(values.scale),
        rounds: values.rounds.split(",").filter((round): round is Round =>
          ROUNDS.includes(round as Round)
        ),
      });
      print(`${new URL(url).pathname}, canvas ${canvas}`);
      print("action       round        data    renderer     n     p50     p95     max (ms)");
      for (const times of timesOf(actions)) print(lineOf(times));
      if (values.pages === undefined) continue;
      const paging = { url, pages: Number(values.pages), pauseMs: 60 };
      const heaps = await measurePaging(launched.browser, paging);
      print(`heap on the way: ${heaps.map((bytes) => (bytes / 1e6).toFixed(1)).join(", ")} MB`);
    }
  } finally {
    await launched.close();
  }
}
