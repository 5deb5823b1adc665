/**
 * Pages that were made ready before they were asked for: they are shown from what is kept, and every pixel
 * is what a page drawn afresh has.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Page } from "playwright-core";
import { edfFromSpec } from "../../core/testing/edf_from_spec.ts";
import { drawn, inBrowser, signIn, streamFile } from "../testing/in_browser.ts";

const SECONDS = 240;

/** Three channels of noise. */
function noiseFile(): Uint8Array<ArrayBuffer> {
  let seed = 20761121;
  const noise = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.round((seed / 2 ** 32 - 0.5) * 400);
  };
  const records = () => Array.from({ length: SECONDS }, () => Array.from({ length: 256 }, noise));
  const range = {
    unit: "uV",
    physicalMin: "-800",
    physicalMax: "800",
    digitalMin: "-2048",
    digitalMax: "2047",
  };
  return edfFromSpec({
    startDate: "06.11.76",
    startTime: "13.43.04",
    signals: ["F3-C3", "C3-P3", "F4-C4"].map((label) => ({ label, ...range, records: records() })),
  });
}

/** A sum over every pixel of the page's canvas, and whether its traces were ready. */
function pixelsOf(page: Page): Promise<{ sum: number; isReady: boolean; sensitivity: string }> {
  return page.locator("canvas.page").evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    let sum = 0;
    data.forEach((value, i) => sum = (sum * 31 + value + i % 7) % 2 ** 40);
    const sensitivity = document.querySelector<HTMLSelectElement>(".toolbar select")!.value;
    return { sum, isReady: canvas.dataset["ready"] === "true", sensitivity };
  });
}

/** Turns pages that were never on screen until one is shown that was ready; its start. */
async function turnUntilReady(page: Page): Promise<number> {
  for (let start = 10; start < SECONDS; start += 10) {
    // Made in idle moments, and nothing says when: a busy machine has few, so longer each time.
    await page.waitForTimeout(30 * start);
    await page.keyboard.press("PageDown");
    await drawn(page, start);
    if ((await pixelsOf(page)).isReady) return start;
  }
  throw new Error("no page was ready before it was turned to");
}

inBrowser("a page that was prepared has the pixels of one drawn afresh", async (reading) => {
  const { page, site } = reading;
  await streamFile(site, noiseFile());
  await signIn(reading, "/recordings/p-1/gap?start=0");
  await drawn(page, 0);
  await page.locator(".plot").focus();
  const start = await turnUntilReady(page);
  const turned = await pixelsOf(page);
  await page.keyboard.press("ArrowUp");
  const larger = await pixelsOf(page);
  ok(larger.sum !== turned.sum, "another sensitivity is another picture");

  await page.goto(`${site.url}/recordings/p-1/gap?start=${start}`);
  await drawn(page, start);
  const afresh = await pixelsOf(page);
  strictEqual(afresh.isReady, false);
  deepStrictEqual(afresh.sum, turned.sum);
  await page.locator(".plot").focus();
  await page.keyboard.press("ArrowUp");
  deepStrictEqual((await pixelsOf(page)).sum, larger.sum);
});
