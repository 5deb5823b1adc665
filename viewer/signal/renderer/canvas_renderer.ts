/**
 * Traces by Canvas 2D: rasterised here (`coverage.ts`), put on the page as one picture.
 *
 * The browser's part is copying pixels, so its time does not depend on whether there is a GPU. Rasterising
 * is what a page costs, so pictures are kept, and can be made ahead, trace by trace, while nobody waits.
 *
 * @module
 */

import type { PictureCanvas } from "../surface.ts";
import { CoverageMap, layOver, type TracePicture } from "./coverage.ts";
import { PictureShelf } from "./picture_shelf.ts";
import { lineRadius, shapeTrace, type Trace, type TraceArea } from "./shape_traces.ts";
import type { PictureJob, TraceRenderer } from "./trace_renderer.ts";

/**
 * Bytes of pictures kept: twenty pages of 1,500 × 750 pixels, four of a screen with twice the pixels each
 * way. Outside of the heap.
 */
export const PICTURE_BYTES_MAX = 96 * 1024 * 1024;

/** Pixels that are being worked on, for one size; kept from picture to picture. */
interface Draft extends TracePicture {
  readonly map: CoverageMap;
  readonly image: ImageData;
  /** The job whose pixels these are. */
  owner: object | undefined;
}

/**
 * Makes the renderer.
 *
 * @param createCanvas Canvases that are not on the page.
 * @param options.pictureBytesMax Of the pictures kept.
 */
export function createCanvasRenderer(
  createCanvas: () => PictureCanvas,
  options: { readonly pictureBytesMax?: number } = {},
): TraceRenderer {
  const shelf = new PictureShelf({
    createCanvas,
    bytesMax: options.pictureBytesMax ?? PICTURE_BYTES_MAX,
  });
  let draft: Draft | undefined;
  let wasReady = false;
  /** An empty draft of the area's size, for one picture. */
  const openDraft = ({ width, height }: TraceArea, owner: object): Draft | undefined => {
    if (draft?.width === width && draft.height === height) draft.pixels.fill(0);
    else draft = createDraft(createCanvas(), width, height);
    if (draft !== undefined) draft.owner = owner;
    return draft;
  };
  return {
    kind: "canvas2d",
    get wasReady() {
      return wasReady;
    },
    draw(surface, traces, area) {
      let picture = shelf.find(traces, area);
      wasReady = picture !== undefined;
      if (picture === undefined) {
        const drawn = openDraft(area, {});
        if (drawn === undefined) return false;
        rasterTraces(drawn, drawn.map, traces, area);
        picture = shelf.put(traces, area, drawn.image);
      }
      if (picture === undefined) return false;
      surface.drawImage(picture, area.x, area.y);
      return true;
    },
    room: (area) => shelf.roomFor(area),
    prepare(traces, area): PictureJob | undefined {
      if (shelf.find(traces, area) !== undefined) return undefined;
      const owner = {};
      let next = 0;
      return {
        step() {
          const mine = next === 0 ? openDraft(area, owner) : draft;
          // Somebody who waits has taken the pixels.
          if (mine === undefined || mine.owner !== owner) return false;
          if (next < traces.length) rasterTrace(mine, mine.map, traces[next++]!, area);
          if (next < traces.length) return true;
          shelf.put(traces, area, mine.image);
          return false;
        },
      };
    },
    close() {
      draft = undefined;
      shelf.clear();
    },
  };
}

function createDraft(canvas: PictureCanvas, width: number, height: number): Draft | undefined {
  const context = canvas.getContext("2d") as CanvasRenderingContext2D | null;
  if (context === null) return undefined;
  const image = context.createImageData(width, height);
  const { data } = image;
  const pixels = new Uint32Array(data.buffer, data.byteOffset, width * height);
  return { width, height, pixels, image, map: new CoverageMap(width, height), owner: undefined };
}

/**
 * Draws traces into a picture, which is empty before.
 *
 * @param map Empty, of the picture's size; empty again afterwards.
 */
export function rasterTraces(
  picture: TracePicture,
  map: CoverageMap,
  traces: readonly Trace[],
  area: TraceArea,
): void {
  for (const trace of traces) rasterTrace(picture, map, trace, area);
}

function rasterTrace(
  picture: TracePicture,
  map: CoverageMap,
  trace: Trace,
  area: TraceArea,
): void {
  map.add(shapeTrace(trace, area), lineRadius(area));
  layOver(picture, map, trace.colour);
}
