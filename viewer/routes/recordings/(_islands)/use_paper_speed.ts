/**
 * Holds the paper speed: the page gets as many seconds as its width has room for.
 *
 * @module
 */

import { useLayoutEffect } from "preact/hooks";
import type { DrawnPage } from "../../../signal/draw_page.ts";
import { secondsAtSpeed } from "../../../signal/tools/display_settings.ts";
import type { Reading } from "./use_reading.ts";

/** Width of the plot in millimetres of this screen; undefined before the first page. */
export function plotMillimetres(
  drawn: DrawnPage | undefined,
  cssPixelsPerMm: number,
): number | undefined {
  if (drawn === undefined) return undefined;
  const { plot, size } = drawn.frame.layout;
  return plot.width / size.scale / cssPixelsPerMm;
}

/** Changes the seconds of the page with its width, its calibration and the speed asked for. */
export function usePaperSpeed({ state, dispatch }: Reading, widthMm: number | undefined): void {
  const { speed } = state.display;
  useLayoutEffect(() => {
    if (speed === null || widthMm === undefined) return;
    const seconds = secondsAtSpeed(speed, { widthMm });
    if (seconds !== state.viewport.seconds) {
      dispatch({ type: "page-seconds", seconds, isHeld: true });
    }
  }, [speed, widthMm]);
}
