/**
 * Turns pages of a running viewer in Chromium and prints what the page itself measured.
 *
 * A program: `deno run -A viewer/testing/measure_page_turns.ts http://localhost:8002/ [--presses N]`, against
 * `deno task start --edf FILE`. Opens the first recording of the list, or the one that the address names,
 * at 1,920 × 1,080, presses keys with each renderer, and reads the `performance.measure` entries: from
 * the input event to the frame put together.
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { launchChromium } from "./launch_chromium.ts";

/** Keys of a round, and how often they take turns before coming back. */
const KEYS = { there: ["PageDown", "ArrowUp"], back: ["PageUp", "ArrowDown"] } as const;

/** Between two presses, ms: a reader who pages fast, and long enough for what is fetched ahead. */
const PAUSE_MS = 250;

/** Presses that are not counted: the engine compiles. */
const WARM_UP = 8;

interface Measured {
  readonly name: string;
  readonly ms: number;
  readonly cached: boolean;
  readonly renderer: string;
}

async function press(page: Page, count: number): Promise<void> {
  for (const kind of [0, 1] as const) {
    for (let i = 0; i < count; i++) {
      await page.keyboard.press(i % 4 < 2 ? KEYS.there[kind] : KEYS.back[kind]);
      await page.waitForTimeout(PAUSE_MS);
    }
  }
}

/** The entries since the last time. */
function entriesOf(page: Page): Promise<Measured[]> {
  return page.evaluate(() => {
    const entries = performance.getEntriesByType("measure") as PerformanceMeasure[];
    performance.clearMeasures();
    return entries.map(({ name, duration, detail }) => ({ name, ms: duration, ...detail }));
  });
}

function tableOf(entries: readonly Measured[]): string[] {
  const groups = new Map<string, number[]>();
  for (const { name, ms, cached, renderer } of entries) {
    const key = `${name.padEnd(12)} ${(cached ? "cached" : "cold").padEnd(7)} ${
      renderer.padEnd(9)
    }`;
    groups.set(key, [...groups.get(key) ?? [], ms]);
  }
  return [...groups].map(([key, times]) => {
    times.sort((a, b) => a - b);
    const at = (share: number) =>
      times[Math.min(times.length - 1, Math.floor(times.length * share))]!.toFixed(1).padStart(7);
    return `${key} ${String(times.length).padStart(4)} ${at(0)} ${at(0.5)} ${at(0.95)} ${at(1)}`;
  });
}

async function measure(url: string, presses: number, print: (line: string) => void): Promise<void> {
  const launched = await launchChromium();
  try {
    const context = await launched.browser.newContext({ viewport: { width: 1920, height: 1080 } });
    const page = await context.newPage();
    await page.goto(url);
    if (!new URL(url).pathname.startsWith("/recordings/")) {
      await page.locator("a[href*='/recordings/']").first().click();
    }
    const canvas = page.locator("canvas[data-start]");
    await canvas.waitFor({ timeout: 30_000 });
    const button = page.locator(".truth button[title^='Measured']");
    await button.waitFor({ timeout: 30_000 });
    const size = await canvas.evaluate((element) => {
      const { width, height } = element as HTMLCanvasElement;
      return `${width} × ${height}`;
    });
    print(`${page.url()}, canvas ${size}; ${await button.getAttribute("title")}`);
    print("action       data    renderer     n     min     p50     p95     max (ms)");
    for (const line of tableOf(await entriesOf(page))) print(line);
    await page.locator(".plot").focus();
    await press(page, WARM_UP);
    await entriesOf(page);
    await press(page, presses);
    for (const line of tableOf(await entriesOf(page))) print(line);
  } finally {
    await launched.close();
  }
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: { presses: { type: "string", default: "40" } },
    allowPositionals: true,
  });
  const lines = new TextEncoder();
  for (const url of positionals) {
    await measure(url, Number(values.presses), (line) => {
      Deno.stdout.writeSync(lines.encode(line + "\n"));
    });
  }
}
