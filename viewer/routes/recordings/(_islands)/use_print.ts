/**
 * Pages on paper: asked for, drawn at 300 dots an inch, handed to the browser's print.
 *
 * @module
 */

import { useEffect, useState } from "preact/hooks";
import { CSS_PIXELS_PER_MM } from "../../../signal/amplitude_scale.ts";
import type { Clip, ClipLook } from "../../../signal/clips.ts";
import { drawPage } from "../../../signal/draw_page.ts";
import { displayedModel, type MontageModel } from "../../../signal/montage_model.ts";
import { marksOfPage } from "../../../signal/marks.ts";
import type { PageData } from "../../../signal/page_data.ts";
import { type Paper, planSheets, type SheetPlan } from "../../../signal/print_layout.ts";
import { createCanvasRenderer } from "../../../signal/renderer/canvas_renderer.ts";
import type { MarkModel } from "../../../signal/recording_model.ts";
import { LIGHT } from "../../../signal/surface.ts";
import { rowFacts } from "../../../signal/tools/row_facts.ts";
import { segmentBorders } from "../../../signal/tools/segment_borders.ts";
import { rowFiltersOf } from "../../../signal/tools/row_settings.ts";
import { rowsOfView, viewOf } from "./reading_state.ts";
import type { Pages } from "./use_pages.ts";
import type { Reading } from "./use_reading.ts";

/** More would take a browser's memory; what is left out is said. */
export const SHEETS_MAX = 40;

/** What to print. */
export interface PrintWish {
  readonly what: "page" | "clips" | "both";
  readonly paper: Paper;
  readonly speed: number | null;
}

/** A sheet that is ready. */
export interface Sheet extends SheetPlan {
  readonly paper: Paper;
  /** The picture, PNG. */
  readonly url: string;
  readonly page: PageData;
  readonly montage: MontageModel;
  readonly look: ClipLook;
  readonly comment: string;
  readonly marks: readonly MarkModel[];
}

/** Printing, as its dialog and its sheets see it. */
export interface Printing {
  readonly sheets: readonly Sheet[] | undefined;
  /** What is being done, or went wrong; empty otherwise. */
  readonly said: string;
  readonly print: (wish: PrintWish) => Promise<void>;
}

/** @param source Where samples come from: the same worker, and what it keeps, as for the screen. */
export function usePrint(
  { current }: Reading,
  source: Pages["source"],
  clips: readonly Clip[],
): Printing {
  const [sheets, setSheets] = useState<readonly Sheet[]>();
  const [said, say] = useState("");
  useEffect(() => {
    // What has been printed is not kept: the next time something else is on screen.
    const forget = () => setSheets(undefined);
    globalThis.addEventListener("afterprint", forget);
    return () => globalThis.removeEventListener("afterprint", forget);
  }, []);
  useEffect(() => {
    if (sheets === undefined) return;
    let isOver = false;
    const pictures = [...document.querySelectorAll<HTMLImageElement>(".sheet img")];
    void Promise.allSettled(pictures.map((picture) => picture.decode())).then(() => {
      if (!isOver) globalThis.print();
    });
    return () => {
      isOver = true;
    };
  }, [sheets]);

  const print = async (wish: PrintWish) => {
    const pages = wish.what === "clips" ? [] : [pageOnScreen(current.current)];
    const wanted = wish.what === "page" ? pages : [...pages, ...clips];
    const plans = wanted.flatMap((page) =>
      planSheets(wish.paper, { ...page, speed: wish.speed }).map((plan) => ({ page, plan }))
    );
    const made: Sheet[] = [];
    try {
      for (const { page, plan } of plans.slice(0, SHEETS_MAX)) {
        say(`Drawing sheet ${made.length + 1} of ${Math.min(plans.length, SHEETS_MAX)}…`);
        const { start, seconds } = plan;
        const rowFilters = rowFiltersOf(page.display.rows);
        const view = rowFilters === undefined ? page.view : { ...page.view, rowFilters };
        const { signal } = new AbortController();
        const answer = await source.current!.page({ start, seconds, view }, [], signal);
        made.push({ ...drawSheet(current.current, answer.page, plan, page), paper: wish.paper });
      }
      const left = plans.length - made.length;
      say(left > 0 ? `${left} sheets are left out: print fewer clips at a time.` : "");
      setSheets(made);
    } catch (error) {
      say(`Nothing was printed: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  return { sheets, said, print };
}

type State = Reading["state"];
type Wanted = ClipLook & Pick<Clip, "start" | "seconds" | "comment">;

function pageOnScreen(state: State): Wanted {
  const { start, seconds } = state.viewport;
  const { display, sensitivity } = state;
  return { start, seconds, comment: "", view: viewOf(state), display, sensitivity };
}

function drawSheet(
  state: State,
  page: PageData,
  plan: SheetPlan,
  look: Wanted,
): Omit<Sheet, "paper"> {
  const { montage, shownRows } = rowsOfView(state, page.view);
  const model = displayedModel(state.model, montage);
  const { display, sensitivity } = look;
  const canvas = document.createElement("canvas");
  canvas.width = plan.size.width;
  canvas.height = plan.size.height;
  const surface = canvas.getContext("2d", { alpha: false })!;
  const renderer = createCanvasRenderer(() => document.createElement("canvas"), {
    pictureBytesMax: 0,
  });
  drawPage(surface, plan.size, {
    model,
    page,
    shownRows,
    sensitivity,
    cssPixelsPerMm: CSS_PIXELS_PER_MM,
    isOffsetRemoved: state.isOffsetRemoved,
    theme: LIGHT,
    rowFacts: rowFacts(montage, page.view, display.rows, model),
    isPositiveUp: display.isPositiveUp,
    isClipped: display.isClipped,
    borders: segmentBorders(state.model),
  }, renderer);
  renderer.close();
  const url = canvas.toDataURL("image/png");
  // A canvas's pixels stay until it is collected.
  canvas.width = canvas.height = 0;
  const viewport = { start: plan.start, seconds: plan.seconds, end: model.endSeconds };
  const marks = marksOfPage(state.model.marks, viewport);
  return { ...plan, url, page, montage, look, comment: look.comment, marks };
}
