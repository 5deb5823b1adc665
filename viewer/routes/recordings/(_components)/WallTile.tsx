/**
 * One tile of the wall: the picture, and in words what it is and what of it cannot be judged.
 *
 * @module
 */

import type { VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { PageScene } from "../../../signal/draw_page.ts";
import { drawTile } from "../../../signal/draw_tile.ts";
import { placeText } from "../../../signal/go_to_time.ts";
import { isRejected, markText, sourceName } from "../../../signal/marks.ts";
import { pageGaps } from "../../../signal/page_gaps.ts";
import type { MarkModel, RecordingModel } from "../../../signal/recording_model.ts";
import { createCanvasRenderer } from "../../../signal/renderer/canvas_renderer.ts";
import type { TileWindow, WallStretch } from "../../../signal/wall.ts";
import type { TilePage } from "../(_islands)/use_wall.ts";

/** Height of a tile's picture, CSS pixels; the style sheet has the same. */
export const TILE_HEIGHT = 236;

/** What a tile needs. */
export interface WallTileProps {
  readonly mark: MarkModel;
  readonly model: RecordingModel;
  readonly window: TileWindow;
  readonly stretch: WallStretch;
  readonly tile: TilePage;
  /** The scene of a page that has come; another function whenever it would be drawn otherwise. */
  readonly sceneOf: (page: PageScene["page"], mark: MarkModel) => PageScene;
  /** CSS pixels. */
  readonly width: number;
  /** The arrows are here. */
  readonly isActive: boolean;
  readonly onOpen: () => void;
  readonly onFocus: () => void;
}

/** One renderer for all tiles: it keeps no pictures. */
const renderer = createCanvasRenderer(() => document.createElement("canvas"), {
  pictureBytesMax: 0,
});

/** The tile. */
export function WallTile(props: WallTileProps): VNode {
  const { mark, model, window, stretch, tile, sceneOf, width, isActive } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const page = tile.kind === "page" ? tile.page : undefined;
  useLayoutEffect(() => {
    if (page === undefined || width === 0) return;
    const element = canvas.current!;
    const scale = globalThis.devicePixelRatio || 1;
    element.width = Math.round(width * scale);
    element.height = Math.round(TILE_HEIGHT * scale);
    const surface = element.getContext("2d", { alpha: false });
    if (surface === null) return;
    const size = { width: element.width, height: element.height, scale };
    const scene = sceneOf(page, mark);
    drawTile(surface, size, { scene, window, stretch }, { createCanvas, renderer });
    element.dataset["drawn"] = mark.id;
  }, [page, sceneOf, mark, width, stretch]);
  const gaps = page === undefined ? [] : pageGaps(model, page);
  if (window.missing > 0) gaps.unshift("Begins before the recording");
  return (
    <li>
      <button
        type="button"
        class={`wall-tile${isRejected(mark) ? " is-struck" : ""}`}
        data-mark={mark.id}
        tabIndex={isActive ? 0 : -1}
        onClick={props.onOpen}
        onFocus={props.onFocus}
      >
        <span class="wall-words">
          <strong>{markText(mark)}</strong> <span>{placeText(model.startedAt, mark.onset)}</span>
        </span>
        <span class="wall-words muted">{sourceName(mark)}</span>
        <canvas ref={canvas} aria-hidden="true" />
        {tile.kind === "waiting" && <span class="wall-wait muted">Loading…</span>}
        {tile.kind === "problem" && <span class="wall-wait bad">Not loaded: {tile.text}</span>}
        {gaps.length > 0 && <span class="wall-gaps">{gaps.join(" · ")}</span>}
      </button>
    </li>
  );
}

function createCanvas(width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}
