/**
 * A canvas of strip or panels: as many pixels as the screen has, painted before the frame.
 *
 * @module
 */

import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { CanvasSize } from "../../../signal/layout.ts";
import type { TrendSurface } from "../../../signal/trends/trend_paint.ts";

/**
 * Paints whenever one of `inputs` is another one.
 *
 * @param width, height CSS pixels; nothing is painted while there is no width.
 */
export function useDayCanvas(
  { width, height }: { readonly width: number; readonly height: number },
  paint: (surface: TrendSurface, size: CanvasSize) => void,
  inputs: readonly unknown[],
): RefObject<HTMLCanvasElement | null> {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const element = canvas.current;
    const surface = element?.getContext("2d", { alpha: false });
    if (element === null || surface == null || width === 0) return;
    const scale = globalThis.devicePixelRatio || 1;
    const size = { width: Math.round(width * scale), height: Math.round(height * scale), scale };
    // Setting a canvas's size clears it; old pixels stay where it is the same.
    if (element.width !== size.width) element.width = size.width;
    if (element.height !== size.height) element.height = size.height;
    element.style.height = `${height}px`;
    paint(surface, size);
  }, [width, height, ...inputs]);
  return canvas;
}
