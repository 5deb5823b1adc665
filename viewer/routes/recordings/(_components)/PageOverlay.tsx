/**
 * The canvas above the page: what is painted on it changes without the page.
 *
 * As many pixels as the page has; away while nothing is painted, so that a browser without a graphics
 * card need not lay it over the page. Takes no pointer: the page below does.
 *
 * @module
 */

import type { VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Overlay } from "../../../signal/overlay.ts";

/** The canvas. */
export function PageOverlay({ overlay }: { readonly overlay: Overlay }): VNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const element = canvas.current!;
    return overlay.mount((painters, frame) => {
      element.hidden = painters.length === 0;
      if (element.hidden) return;
      const surface = element.getContext("2d");
      if (surface === null) return;
      const { width, height } = frame.layout.size;
      if (element.width !== width) element.width = width;
      if (element.height !== height) element.height = height;
      surface.clearRect(0, 0, width, height);
      for (const paint of painters) paint(surface, frame);
    });
  }, [overlay]);
  return <canvas ref={canvas} class="overlay" aria-hidden="true" hidden />;
}
