/**
 * How a page becomes sheets of paper: sizes in millimetres that are true when printed at 100 %.
 *
 * A dot is 1/300 inch, and every length is a whole number of dots, so nothing is stretched.
 *
 * @module
 */

import type { CanvasSize } from "./layout.ts";
import { layoutPage } from "./layout.ts";

/** Papers, landscape, millimetres. */
export const PAPERS = {
  a4: { name: "A4", width: 297, height: 210 },
  a3: { name: "A3", width: 420, height: 297 },
  letter: { name: "Letter", width: 279.4, height: 215.9 },
} as const;

/** A paper. */
export type Paper = keyof typeof PAPERS;

/** Timebases of print, mm/s; null fits the page's seconds into the width of the paper. */
export const PRINT_SPEEDS = [null, 15, 30] as const;

/** Dots in an inch. */
export const PRINT_DPI = 300;

/** Around every sheet, mm; the style sheet has the same. */
const MARGIN_MM = 8;
/** Banner and footer, mm. */
const WORDS_MM = 46;
const MM_PER_INCH = 25.4;

/** One sheet. */
export interface SheetPlan {
  readonly start: number;
  readonly seconds: number;
  /** Of the canvas; its scale is dots in a CSS pixel. */
  readonly size: CanvasSize;
  /** Of the canvas on paper, mm. */
  readonly widthMm: number;
  readonly heightMm: number;
  /** As printed. */
  readonly mmPerSecond: number;
}

/**
 * The sheets of a page.
 *
 * @param page.speed mm/s that are true on paper; null for as many as fit.
 */
export function planSheets(
  paper: Paper,
  page: { readonly start: number; readonly seconds: number; readonly speed: number | null },
): SheetPlan[] {
  const { width, height } = PAPERS[paper];
  const scale = PRINT_DPI / 96;
  const dots = (mm: number) => Math.round(mm / MM_PER_INCH * PRINT_DPI);
  const full = {
    width: dots(width - 2 * MARGIN_MM),
    height: dots(height - 2 * MARGIN_MM - WORDS_MM),
  };
  const gutters = full.width - layoutPage({ ...full, scale }, 1).plot.width;
  const room = full.width - gutters;
  const dotsPerSecond = page.speed === null
    ? room / page.seconds
    : page.speed / MM_PER_INCH * PRINT_DPI;
  const perSheet = page.speed === null
    ? page.seconds
    : Math.max(1, Math.floor(room / dotsPerSecond));
  const sheets: SheetPlan[] = [];
  for (let done = 0; done < page.seconds; done += perSheet) {
    const seconds = Math.min(perSheet, page.seconds - done);
    const size = {
      width: gutters + Math.round(seconds * dotsPerSecond),
      height: full.height,
      scale,
    };
    sheets.push({
      start: page.start + done,
      seconds,
      size,
      widthMm: size.width / PRINT_DPI * MM_PER_INCH,
      heightMm: size.height / PRINT_DPI * MM_PER_INCH,
      mmPerSecond: (size.width - gutters) / PRINT_DPI * MM_PER_INCH / seconds,
    });
  }
  return sheets;
}
