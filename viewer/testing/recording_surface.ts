/**
 * A drawing surface that remembers what was drawn: polylines, filled boxes, texts, clips.
 *
 * For tests of `viewer/signal` without a browser.
 *
 * @module
 */

import type { PictureSurface } from "../signal/surface.ts";

type Point = [x: number, y: number];

/** A surface and what was drawn on it, in order. */
export interface RecordingSurface extends PictureSurface {
  /** Polylines that were stroked. */
  readonly lines: Point[][];
  readonly boxes: { x: number; y: number; width: number; height: number; fill: string }[];
  readonly texts: { text: string; x: number; y: number }[];
  readonly clips: number[][];
  /** Rectangles that were stroked. */
  readonly rects: number[][];
  /** Dashes that lines were drawn with; none for solid ones. */
  readonly dashes: number[][];
}

/** Makes an empty surface. */
export function recordingSurface(): RecordingSurface {
  const lines: Point[][] = [];
  const boxes: RecordingSurface["boxes"] = [];
  const texts: RecordingSurface["texts"] = [];
  const clips: number[][] = [];
  const outlines: number[][] = [];
  const dashes: number[][] = [];
  let dash: number[] = [];
  let path: Point[][] = [];
  let rects: number[][] = [];
  const surface = {
    lines,
    boxes,
    texts,
    clips,
    rects: outlines,
    dashes,
    fillStyle: "#000",
    strokeStyle: "#000",
    font: "",
    lineCap: "butt",
    lineJoin: "miter",
    lineWidth: 1,
    textAlign: "start",
    textBaseline: "alphabetic",
    arc() {},
    beginPath() {
      path = [];
      rects = [];
    },
    clip() {
      clips.push(...rects);
    },
    closePath() {},
    drawImage() {},
    fill() {},
    fillRect(x: number, y: number, width: number, height: number) {
      boxes.push({ x, y, width, height, fill: String(surface.fillStyle) });
    },
    fillText(text: string, x: number, y: number) {
      texts.push({ text, x, y });
    },
    lineTo(x: number, y: number) {
      path.at(-1)?.push([x, y]);
    },
    measureText: (text: string) => ({ width: text.length * 7 }),
    moveTo(x: number, y: number) {
      path.push([[x, y]]);
    },
    rect(x: number, y: number, width: number, height: number) {
      rects.push([x, y, width, height]);
    },
    restore() {},
    save() {},
    setLineDash(segments: number[]) {
      dash = segments;
    },
    stroke() {
      lines.push(...path);
      outlines.push(...rects);
      if (dash.length > 0) dashes.push(dash);
    },
  };
  return surface as unknown as RecordingSurface;
}
