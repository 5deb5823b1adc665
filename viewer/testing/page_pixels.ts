/**
 * Pixels of the page's canvas, and where to look for them.
 *
 * @module
 */

import type { Page } from "playwright-core";

/** CSS pixels of a millimetre on a screen that nobody has calibrated. */
export const PIXELS_PER_MM = 96 / 25.4;
/** Where the plot lies in the canvas, CSS pixels. */
export const LEFT = 92, RIGHT = 62, TOP = 48, BELOW = 36;

/** Rows of the page, top to bottom. */
export const names = (page: Page) => page.locator(".channel-name").allInnerTexts();

/** Width and height of the plot. */
export async function plotOf(page: Page): Promise<{ width: number; height: number }> {
  const [width, height] = await page.locator("canvas.page").evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    return [canvas.width, canvas.height] as const;
  });
  return { width: width - LEFT - RIGHT, height: height - TOP - BELOW };
}

/** Where ink is in a column of the canvas between two heights: darker than any second line. */
export function inkOf(page: Page, x: number, from: number, to: number): Promise<number[]> {
  return page.evaluate(([x, from, to]) => {
    const canvas = document.querySelector<HTMLCanvasElement>("canvas.page")!;
    const { data } = canvas.getContext("2d")!.getImageData(x!, from!, 1, to! - from!);
    return Array.from({ length: to! - from! }, (_, y) => y)
      .filter((y) => data[y * 4]! + data[y * 4 + 1]! + data[y * 4 + 2]! < 480)
      .map((y) => from! + y);
  }, [Math.round(x), Math.round(from), Math.round(to)]);
}

/** Colours of a line of the canvas, left to right, as sums of red, green and blue. */
export function lineOf(page: Page, y: number): Promise<number[]> {
  return page.evaluate((at) => {
    const canvas = document.querySelector<HTMLCanvasElement>("canvas.page")!;
    const { data } = canvas.getContext("2d")!.getImageData(0, at, canvas.width, 1);
    return Array.from(
      { length: canvas.width },
      (_, x) => data[x * 4]! + data[x * 4 + 1]! + data[x * 4 + 2]!,
    );
  }, Math.round(y));
}
