/**
 * What is drawn above the page and changes without it: selections, calipers, the mark in focus, ghosts.
 *
 * Sole owner of the order of painters. A page is expensive and an overlay is not, so what follows a
 * pointer belongs here: painting it again touches no trace. Everything is painted from a {@link PageFrame},
 * the page that is on the canvas, never the one that was asked for.
 *
 * @module
 */

import type { RowScale } from "./amplitude_scale.ts";
import { baselineOf, type PageLayout, slotAt } from "./layout.ts";
import type { PageData } from "./page_data.ts";
import type { RecordingModel } from "./recording_model.ts";
import type { Surface, Theme } from "./surface.ts";
import { momentOf, type TimeScale } from "./time_scale.ts";

/** The page that is on the canvas, and where everything of it stands. */
export interface PageFrame {
  readonly layout: PageLayout;
  readonly time: TimeScale;
  readonly theme: Theme;
  /** As the montage of the page shows it: rows are those of the page. */
  readonly model: RecordingModel;
  readonly page: PageData;
  /** Row indexes by slot, top to bottom. */
  readonly shownRows: readonly number[];
  /** By slot: how values became heights, with the offset that was taken away. */
  readonly scales: readonly RowScale[];
  /** µV/mm. */
  readonly sensitivity: number;
}

/** Paints one thing above the page. Leaves the surface's state as it finds it where it clips. */
export type OverlayPainter = (surface: Surface, frame: PageFrame) => void;

/** A point of the plot. */
export interface PagePlace {
  /** Seconds from recording start. */
  readonly seconds: number;
  /** Row of the page whose stripe it is in, top to bottom; −1 on a page without rows. */
  readonly slot: number;
  /** In the unit of that row, at this height; 0 on a page without rows. */
  readonly value: number;
}

/** Where a point of the canvas lies on the page; undefined outside of the plot. x and y are device pixels. */
export function placeOf(frame: PageFrame, x: number, y: number): PagePlace | undefined {
  const { layout, time, scales } = frame;
  const { plot } = layout;
  if (x < plot.x || y < plot.y || x > plot.x + plot.width || y > plot.y + plot.height) {
    return undefined;
  }
  const seconds = momentOf(time, x);
  const slot = slotAt(layout, y);
  const scale = scales[slot];
  if (scale === undefined) return { seconds, slot: -1, value: 0 };
  const value = (y - baselineOf(layout, slot)) / scale.pixelsPerUnit + scale.baseline;
  return { seconds, slot, value };
}

/** Where an overlay is painted: told when to, given nothing where there is nothing to paint. */
export type OverlayTarget = (painters: readonly OverlayPainter[], frame: PageFrame) => void;

/** The painters of a page. */
export class Overlay {
  readonly #beforeFrame: (callback: () => void) => void;
  readonly #painters = new Map<string, { order: number; painter: OverlayPainter }>();
  readonly #listeners = new Set<() => void>();
  #frame: PageFrame | undefined;
  #target: OverlayTarget | undefined;
  #isWaiting = false;

  /** @param beforeFrame Calls back before the browser puts its next frame together. */
  constructor(beforeFrame: (callback: () => void) => void) {
    this.#beforeFrame = beforeFrame;
  }

  /** The page on the canvas; undefined before the first. */
  get frame(): PageFrame | undefined {
    return this.#frame;
  }

  /**
   * Sets, replaces or takes away one painter; the overlay is painted again before the next frame, once.
   *
   * @param order Lower ones are painted first; equal ones in the order they came.
   */
  paint(name: string, order: number, painter: OverlayPainter | undefined): void {
    if (painter === undefined) {
      if (!this.#painters.delete(name)) return;
    } else this.#painters.set(name, { order, painter });
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#beforeFrame(() => {
      // A page that was drawn meanwhile has painted everything.
      if (this.#isWaiting) this.#repaint();
    });
  }

  /** Another page is on the canvas: paints at once, so that both change in one frame. */
  show(frame: PageFrame): void {
    this.#frame = frame;
    this.#repaint();
    for (const listener of this.#listeners) listener();
  }

  /** Tells whenever another page is on the canvas; returns the way to stop that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Says where to paint; returns the way to end that. */
  mount(target: OverlayTarget): () => void {
    this.#target = target;
    this.#repaint();
    return () => {
      if (this.#target === target) this.#target = undefined;
    };
  }

  #repaint(): void {
    this.#isWaiting = false;
    if (this.#frame === undefined) return;
    const ordered = [...this.#painters.values()].sort((a, b) => a.order - b.order);
    this.#target?.(ordered.map(({ painter }) => painter), this.#frame);
  }
}
