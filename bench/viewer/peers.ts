/**
 * Bench, viewer. Plotly's scattergl and uPlot turning the same pages in the same browser.
 *
 * Both get physical values that are in memory already, one trace a channel with its own offset, in a plot
 * of the viewer's size, without animation or hover: the least that such a page costs them. A turn ends
 * where the viewer's own measures end, after the frame has been put together.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import type { DayDevice } from "../day/device.ts";
import { poolDecoder } from "../day/pool.ts";
import { RATE_HZ } from "../workloads.ts";

const PAGE_SECONDS = 10;
/** CSS pixels of the viewer's plot at 1,920 × 1,080. */
const SIZE = { width: 1500, height: 740 };

/** A library that draws lines. */
export type Peer = "plotly" | "uplot";

const SCRIPTS: Readonly<Record<Peer, string>> = {
  plotly: "npm:plotly.js-dist-min",
  uplot: "npm:uplot",
};

/** How many pages are turned. */
export interface PeerOptions {
  readonly pages: number;
  readonly warmUp: number;
  readonly pauseMs: number;
}

/** Pages of a recording: channel after channel, stacked by their offsets. */
export function pagesOf(device: DayDevice, count: number): number[][][] {
  const [stream] = device.pool.streams;
  const { channels } = stream!.descriptor;
  const decode = poolDecoder(stream!);
  return Array.from({ length: count }, (_, page) => {
    const rows = channels.map((): number[] => []);
    for (let second = 0; second < PAGE_SECONDS; second++) {
      const samples = decode(device.template(0, page * PAGE_SECONDS + second));
      rows.forEach((row, c) => {
        // Steps of the converter are fifths of a µV; 600 of them part two rows.
        for (let i = 0; i < RATE_HZ; i++) row.push(samples[c * RATE_HZ + i]! - 600 * c);
      });
    }
    return rows;
  });
}

/** Milliseconds of each counted page turn. */
export async function timePeer(
  browser: Browser,
  peer: Peer,
  pages: readonly (readonly (readonly number[])[])[],
  options: PeerOptions,
): Promise<number[]> {
  // uPlot formats numbers as it loads, and knows no "en-US@posix".
  const context = await browser.newContext({
    viewport: { width: 1920, height: 1080 },
    locale: "en-US",
  });
  try {
    const page = await context.newPage();
    await page.setContent('<div id="plot"></div>');
    await page.addScriptTag({ content: await scriptOf(peer) });
    await page.evaluate(startPeer, { peer, size: SIZE, first: pages[0]! });
    const times: number[] = [];
    for (let i = 1; i <= options.warmUp + options.pages; i++) {
      const ms = await page.evaluate(turnPeer, { peer, rows: pages[i % pages.length]! });
      if (i > options.warmUp) times.push(ms);
      await page.waitForTimeout(options.pauseMs);
    }
    await requireInk(page, peer);
    return times;
  } finally {
    await context.close();
  }
}

/** The script in one file for a page, out of the package. */
async function scriptOf(peer: Peer): Promise<string> {
  const file = peer === "plotly"
    ? "../../node_modules/plotly.js-dist-min/plotly.min.js"
    : "../../node_modules/uplot/dist/uPlot.iife.min.js";
  try {
    return await Deno.readTextFile(fileURLToPath(new URL(file, import.meta.url)));
  } catch (cause) {
    throw new Error(`Cannot read ${SCRIPTS[peer]}: run deno install`, { cause });
  }
}

/** What both libraries are to the page. */
interface PeerPage {
  readonly Plotly: {
    newPlot(element: HTMLElement, data: unknown[], layout: unknown, config: unknown): Promise<void>;
    react(element: HTMLElement, data: unknown[], layout: unknown, config: unknown): Promise<void>;
  };
  readonly uPlot: new (options: unknown, data: unknown, element: HTMLElement) => {
    setData(data: unknown): void;
  };
  turn?: (rows: readonly (readonly number[])[]) => Promise<void> | void;
}

/** Runs in the page. */
async function startPeer(
  { peer, size, first }: {
    peer: Peer;
    size: { width: number; height: number };
    first: readonly (readonly number[])[];
  },
): Promise<void> {
  const libraries = globalThis as unknown as PeerPage;
  const element = document.getElementById("plot")!;
  const x = first[0]!.map((_, i) => i / 256);
  const range = [-600 * first.length, 600];
  if (peer === "plotly") {
    const dataOf = (rows: readonly (readonly number[])[]) =>
      rows.map((y) => ({ type: "scattergl", mode: "lines", x, y, line: { width: 1 } }));
    const layout = {
      ...size,
      showlegend: false,
      hovermode: false,
      margin: { l: 0, r: 0, t: 0, b: 20 },
      yaxis: { range, visible: false },
    };
    const config = { staticPlot: true };
    await libraries.Plotly.newPlot(element, dataOf(first), layout, config);
    libraries.turn = (rows) => libraries.Plotly.react(element, dataOf(rows), layout, config);
    return;
  }
  const plot = new libraries.uPlot(
    {
      ...size,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false }, y: { range } },
      axes: [{}, { show: false }],
      series: [{}, ...first.map(() => ({ stroke: "#0b5c94", width: 1, points: { show: false } }))],
    },
    [x, ...first],
    element,
  );
  libraries.turn = (rows) => plot.setData([x, ...rows]);
}

/** Runs in the page. @returns Milliseconds until the frame has been put together. */
async function turnPeer(
  { rows }: { peer: Peer; rows: readonly (readonly number[])[] },
): Promise<number> {
  const start = performance.now();
  await (globalThis as unknown as PeerPage).turn!(rows);
  await new Promise<void>((resolve) =>
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(undefined);
    })
  );
  return performance.now() - start;
}

/** A peer that drew nothing would be quick. */
async function requireInk(page: Page, peer: Peer): Promise<void> {
  const png = await page.screenshot();
  if (png.byteLength < 60_000) {
    throw new Error(`Cannot compare with ${SCRIPTS[peer]}: its page is empty`);
  }
}
