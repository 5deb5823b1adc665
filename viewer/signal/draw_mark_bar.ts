/**
 * The bar of one mark above the traces: strip, sign of who made it, state of review, words.
 *
 * | source    | sign           | strip    | edges over the traces |
 * |-----------|----------------|----------|-----------------------|
 * | human     | filled disc    | solid    | solid                 |
 * | algorithm | hollow diamond | hatched  | dashed                |
 * | device    | filled square  | blocks   | dotted                |
 * | file      | triangle       | two rules | dash, dot            |
 *
 * @module
 */

import { font, type PageLayout } from "./layout.ts";
import { LANE_COUNT, type PlacedMark, topOfLane } from "./mark_lanes.ts";
import { isRejected, isSeizure, markPhrases, needsReview } from "./marks.ts";
import type { MarkModel } from "./recording_model.ts";
import type { Surface, Theme } from "./surface.ts";

/** What a bar is drawn with. */
export interface BarPaint {
  readonly bar: PlacedMark;
  readonly layout: PageLayout;
  readonly theme: Theme;
}

/** Dashes of a mark's edges, device pixels. */
export function dashOf(source: string, scale: number): number[] {
  const css: Readonly<Record<string, readonly number[]>> = {
    algorithm: [6, 4],
    device: [2, 3],
    file: [10, 3, 2, 3],
  };
  return (css[source] ?? []).map((length) => length * scale);
}

/** Draws one bar in its lane. */
export function drawBar(
  surface: Surface,
  bar: PlacedMark,
  { layout, theme }: Omit<BarPaint, "bar">,
): void {
  const { lane, size: { scale } } = layout;
  const { mark } = bar;
  const height = lane.height / LANE_COUNT;
  const top = topOfLane(layout, bar.lane);
  const edge = isSeizure(mark) ? theme.seizureEdge : theme.mark;
  const ink = isRejected(mark) ? theme.mutedInk : isSeizure(mark) ? theme.seizureText : theme.mark;
  surface.fillStyle = ink;
  surface.strokeStyle = ink;
  const signX = bar.left + 5.5 * scale, middle = top + height * 0.44;
  drawSign(surface, mark.source, signX, middle, 3.5 * scale);
  let x = signX + 8 * scale;
  surface.font = font(layout, 10.5, 700);
  surface.textAlign = "left";
  surface.textBaseline = "middle";
  const state = stateOf(mark);
  if (state !== undefined && x + 8 * scale <= bar.textEnd) {
    if (state === "unreviewed") surface.fillText("?", x, middle);
    else drawVerdict(surface, state, { x, y: middle, scale });
    x += 9 * scale;
  }
  drawStrip(surface, bar, {
    y: top + height - 4 * scale,
    scale,
    colour: isRejected(mark) ? ink : edge,
  });
  surface.font = font(layout, 10.5, isSeizure(mark) ? 600 : 500);
  surface.fillStyle = ink;
  const room = bar.textEnd - x - 4 * scale;
  if (room < 14 * scale) return;
  const words = markPhrases(mark)
    .map((phrase) => `${bar.isBefore ? "‹ " : ""}${phrase}${bar.isAfter ? " ›" : ""}`)
    .find((phrase) => surface.measureText(phrase).width <= room);
  if (words === undefined) return;
  surface.fillText(words, x, middle);
  if (!isRejected(mark)) return;
  surface.lineWidth = scale;
  surface.beginPath();
  surface.moveTo(x, middle);
  surface.lineTo(x + surface.measureText(words).width, middle);
  surface.stroke();
}

/** Says how many marks had no room; stands in the gutter beside the lanes. */
export function drawCrowd(
  surface: Surface,
  count: number,
  { layout, theme }: Omit<BarPaint, "bar">,
): void {
  if (count === 0) return;
  const { lane, size: { scale } } = layout;
  surface.font = font(layout, 11, 600);
  surface.fillStyle = theme.ink;
  surface.textAlign = "left";
  surface.textBaseline = "middle";
  const x = lane.x + lane.width + 6 * scale;
  surface.fillText(`+${count}`, x, lane.y + lane.height / 2 - 7 * scale);
  surface.font = font(layout, 10, 500);
  surface.fillText("marks", x, lane.y + lane.height / 2 + 6 * scale);
}

/** What readers have said of it: a tick, a cross, or a question where nobody has yet. */
function stateOf(mark: MarkModel): "accepted" | "rejected" | "unreviewed" | undefined {
  return mark.review?.verdict ?? (needsReview(mark) ? "unreviewed" : undefined);
}

/** A tick or a cross, drawn: not every font has them. */
function drawVerdict(
  surface: Surface,
  verdict: "accepted" | "rejected",
  { x, y, scale }: { x: number; y: number; scale: number },
): void {
  surface.lineWidth = 1.6 * scale;
  surface.beginPath();
  if (verdict === "accepted") {
    surface.moveTo(x, y);
    surface.lineTo(x + 2.5 * scale, y + 3 * scale);
    surface.lineTo(x + 7 * scale, y - 4 * scale);
  } else {
    surface.moveTo(x, y - 3.5 * scale);
    surface.lineTo(x + 6 * scale, y + 3 * scale);
    surface.moveTo(x + 6 * scale, y - 3.5 * scale);
    surface.lineTo(x, y + 3 * scale);
  }
  surface.stroke();
}

function drawSign(surface: Surface, source: string, x: number, y: number, size: number): void {
  surface.lineWidth = size * 0.4;
  surface.beginPath();
  switch (source) {
    case "algorithm":
      surface.moveTo(x, y - size * 1.15);
      surface.lineTo(x + size * 1.15, y);
      surface.lineTo(x, y + size * 1.15);
      surface.lineTo(x - size * 1.15, y);
      surface.closePath();
      surface.stroke();
      return;
    case "device":
      surface.rect(x - size * 0.9, y - size * 0.9, size * 1.8, size * 1.8);
      break;
    case "file":
      surface.moveTo(x - size, y - size);
      surface.lineTo(x + size, y);
      surface.lineTo(x - size, y + size);
      surface.closePath();
      break;
    default:
      surface.arc(x, y, size, 0, 2 * Math.PI);
  }
  surface.fill();
}

function drawStrip(
  surface: Surface,
  { mark, left, right }: PlacedMark,
  { y, scale, colour }: { y: number; scale: number; colour: string },
): void {
  const width = right - left, height = 3 * scale;
  surface.fillStyle = colour;
  if (isRejected(mark)) {
    surface.fillRect(left, y + height - scale, width, scale);
    return;
  }
  switch (mark.source) {
    case "algorithm":
      surface.strokeStyle = colour;
      surface.lineWidth = 1.3 * scale;
      surface.beginPath();
      // Anchored to the canvas: hatching must not crawl when the bar is cut elsewhere.
      for (let x = Math.ceil(left / (4 * scale)) * 4 * scale; x < right; x += 4 * scale) {
        surface.moveTo(x, y + height);
        surface.lineTo(Math.min(right, x + height), y);
      }
      surface.moveTo(left, y + height);
      surface.lineTo(right, y + height);
      surface.stroke();
      return;
    case "device":
      for (let x = left; x < right; x += 6 * scale) {
        surface.fillRect(x, y, Math.min(4 * scale, right - x), height);
      }
      return;
    case "file":
      surface.fillRect(left, y, width, scale);
      surface.fillRect(left, y + height - scale, width, scale);
      return;
    default:
      surface.fillRect(left, y, width, height);
  }
}
