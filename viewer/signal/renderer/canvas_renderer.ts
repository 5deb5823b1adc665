/**
 * Traces by Canvas 2D: rasterised here (`coverage.ts`), put on the page as one picture.
 *
 * The browser's part is copying pixels, so its time does not depend on whether there is a GPU.
 *
 * @module
 */

import type { PictureCanvas } from "../surface.ts";
import { CoverageMap, layOver, type TracePicture } from "./coverage.ts";
import { lineRadius, shapeTrace, type Trace, type TraceArea } from "./shape_traces.ts";
import type { TraceRenderer } from "./trace_renderer.ts";

/** What the renderer keeps from page to page, for one size. */
interface Picture extends TracePicture {
  readonly map: CoverageMap;
  readonly image: ImageData;
}

/**
 * Makes the renderer.
 *
 * @param canvas Of its own, not on the page.
 */
export function createCanvasRenderer(canvas: PictureCanvas): TraceRenderer {
  const context = canvas.getContext("2d", { willReadFrequently: true }) as
    | CanvasRenderingContext2D
    | null;
  let picture: Picture | undefined;
  return {
    kind: "canvas2d",
    draw(surface, traces, area) {
      if (context === null) return false;
      if (picture?.width !== area.width || picture.height !== area.height) {
        canvas.width = area.width;
        canvas.height = area.height;
        picture = openPicture(context.createImageData(area.width, area.height));
      } else picture.pixels.fill(0);
      rasterTraces(picture, picture.map, traces, area);
      context.putImageData(picture.image, 0, 0);
      surface.drawImage(canvas, area.x, area.y);
      return true;
    },
    close() {
      picture = undefined;
      canvas.width = canvas.height = 1;
    },
  };
}

function openPicture(image: ImageData): Picture {
  const { width, height, data } = image;
  const pixels = new Uint32Array(data.buffer, data.byteOffset, width * height);
  return { width, height, pixels, image, map: new CoverageMap(width, height) };
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
  const radius = lineRadius(area);
  for (const trace of traces) {
    map.add(shapeTrace(trace, area), radius);
    layOver(picture, map, trace.colour);
  }
}
