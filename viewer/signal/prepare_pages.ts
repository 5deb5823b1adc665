/**
 * Pages that may come next, made ready while nobody waits.
 *
 * Pure: says what to do next and stops when asked; when there is time is the caller's to know. Each step
 * is a millisecond or so, because a key that is pressed meanwhile must not wait for more.
 *
 * @module
 */

import { type PageScene, planTraces } from "./draw_page.ts";
import type { CanvasSize } from "./layout.ts";
import type { RendererHost } from "./renderer/renderer_host.ts";

/**
 * Prepares the traces of pages, one step a `next()`; likeliest first.
 *
 * @param scenes Not more of them are prepared than the renderer has room for beside the page on screen.
 */
export function* preparePages(
  scenes: Iterable<PageScene>,
  size: CanvasSize,
  host: Pick<RendererHost, "prepare" | "room">,
): Generator<void> {
  let count = 0;
  for (const scene of scenes) {
    const { traces, area } = planTraces(size, scene);
    if (count++ >= host.room(area)) return;
    const job = host.prepare(traces, area);
    while (job?.step()) yield;
    yield;
  }
}
