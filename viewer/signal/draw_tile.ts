/**
 * A tile of the wall: a page drawn as every page is, cut to its traces and names, with its onset in a line.
 *
 * The page's own drawing is used whole, so that gaps, shading, what is not assessable and clipped traces look
 * the same on the wall and on the page.
 *
 * @module
 */

import { drawPage, type PageScene } from "./draw_page.ts";
import type { CanvasSize } from "./layout.ts";
import { layoutPage } from "./layout.ts";
import type { TraceRenderer } from "./renderer/trace_renderer.ts";
import type { PictureCanvas, PictureSurface, Theme } from "./surface.ts";
import { hasEventLane } from "./tools/event_lane.ts";
import type { TileWindow, WallStretch } from "./wall.ts";

/** Names of rows, CSS pixels. */
export const TILE_GUTTER = 70;
/** Seconds from the onset, CSS pixels. */
export const TILE_AXIS = 18;

/** What a tile is drawn from. */
export interface TileScene {
  readonly scene: PageScene;
  readonly window: TileWindow;
  readonly stretch: WallStretch;
}

/** What a tile is drawn with. */
export interface TileTools {
  /** A canvas that is not on the page, of the size the page of a tile needs. */
  readonly createCanvas: (width: number, height: number) => PictureCanvas;
  readonly renderer: Pick<TraceRenderer, "draw">;
}

/** Draws a tile. */
export function drawTile(
  surface: PictureSurface,
  size: CanvasSize,
  { scene, window, stretch }: TileScene,
  { createCanvas, renderer }: TileTools,
): void {
  const css = (pixels: number) => Math.round(pixels * size.scale);
  const { theme } = scene;
  const gutter = css(TILE_GUTTER);
  const height = size.height - css(TILE_AXIS);
  const perSecond = (size.width - gutter) / stretch.seconds;
  const left = gutter + Math.round(window.missing * perSecond);
  const width = size.width - left;
  surface.fillStyle = theme.paper;
  surface.fillRect(0, 0, size.width, size.height);
  surface.fillStyle = theme.holeFill;
  surface.fillRect(gutter, 0, left - gutter, height);
  if (width > 0 && scene.page.seconds > 0) {
    const whole = pageSize(scene, { width, height, scale: size.scale });
    const canvas = createCanvas(whole.width, whole.height);
    const page = canvas.getContext("2d", { alpha: false })!;
    const { plot } = drawPage(page, whole, scene, renderer).frame.layout;
    surface.drawImage(canvas, plot.x - gutter, plot.y, gutter, height, 0, 0, gutter, height);
    surface.drawImage(canvas, plot.x, plot.y, width, height, left, 0, width, height);
  }
  drawOnset(surface, size, { stretch, theme, gutter, perSecond });
}

/** The size of a page whose plot is as large as this. */
function pageSize({ model }: PageScene, plot: CanvasSize): CanvasSize {
  const room = { width: 4000, height: 4000, scale: plot.scale };
  const laid = layoutPage(room, 1, { hasEventLane: hasEventLane(model) }).plot;
  return {
    width: plot.width + room.width - laid.width,
    height: plot.height + room.height - laid.height,
    scale: plot.scale,
  };
}

/** The line that all tiles share, and seconds from it. */
function drawOnset(
  surface: PictureSurface,
  size: CanvasSize,
  { stretch, theme, gutter, perSecond }: {
    readonly stretch: WallStretch;
    readonly theme: Theme;
    readonly gutter: number;
    readonly perSecond: number;
  },
): void {
  const { scale } = size;
  const bottom = size.height - Math.round(TILE_AXIS * scale);
  const xOf = (fromOnset: number) => gutter + (stretch.before + fromOnset) * perSecond;
  const x = Math.round(xOf(0));
  surface.fillStyle = theme.seizureEdge;
  surface.fillRect(x - scale, 0, 2 * scale, bottom + 3 * scale);
  surface.font = `600 ${10 * scale}px "Inter", "Segoe UI", system-ui, sans-serif`;
  surface.textAlign = "center";
  surface.textBaseline = "middle";
  surface.fillStyle = theme.seizureText;
  surface.fillText("onset", x, bottom + 11 * scale);
  surface.font = `400 ${10 * scale}px "Inter", "Segoe UI", system-ui, sans-serif`;
  const step = [1, 2, 5, 10, 20, 30, 60].find((seconds) => seconds * perSecond >= 48 * scale) ?? 60;
  for (let at = -stretch.before; at <= stretch.seconds - stretch.before; at++) {
    if (at === 0 || at % step !== 0) continue;
    const text = `${at < 0 ? "−" : "+"}${Math.abs(at)} s`;
    const half = surface.measureText(text).width / 2;
    const tick = Math.round(xOf(at));
    surface.fillStyle = theme.gridMajor;
    surface.fillRect(tick, bottom, scale, 3 * scale);
    surface.fillStyle = theme.mutedInk;
    const inside = Math.min(Math.max(tick, gutter + half), size.width - half - scale);
    surface.fillText(text, inside, bottom + 11 * scale);
  }
}
