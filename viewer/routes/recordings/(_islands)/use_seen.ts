/**
 * Notes which pages the reader has had on screen, and knows the way to those that were not.
 *
 * Only what was painted counts, while the tab could be seen and no dialog lay over the traces.
 *
 * @module
 */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { PageFrame } from "../../../signal/overlay.ts";
import { MONTAGE_NAMES } from "../../../signal/page_view.ts";
import { recordedStretches } from "../../../signal/recorded_stretches.ts";
import { LOOK_SECONDS_MIN, SeenMap, type Stretch } from "../../../signal/seen_map.ts";
import type { Handlers } from "./handlers.ts";
import type { Reading } from "./use_reading.ts";

/** What the page knows of what was seen. */
export interface Seen {
  /** In order; a new array when there is more. */
  readonly stretches: readonly Stretch[];
  /** 0 to 1, of the recorded seconds. */
  readonly share: number;
  /** The next stretch that was not seen. */
  readonly next: Stretch | undefined;
  readonly handlers: Handlers;
  /** To be called with every page that is painted. */
  readonly noteDrawn: (frame: PageFrame) => void;
}

/** Keeps the map of one reader and one page: in memory, and gone with it. */
export function useSeen({ state, current, dispatch }: Reading): Seen {
  const seen = useMemo(() => new SeenMap(), []);
  const [stretches, setStretches] = useState(seen.stretches);
  const shown = useRef<{ readonly frame: PageFrame; since: number } | undefined>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const count = () => {
    const look = shown.current;
    if (look === undefined) return;
    const now = performance.now();
    const lookedSeconds = (now - look.since) / 1000;
    look.since = now;
    if (!canBeSeen() || lookedSeconds <= 0) return;
    const { page, sensitivity } = look.frame;
    const montage = MONTAGE_NAMES[page.view.montage.kind];
    seen.add({
      start: page.start,
      end: page.start + page.seconds,
      montage,
      sensitivity,
      lookedSeconds,
    });
    setStretches(seen.stretches);
  };
  const wait = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(count, LOOK_SECONDS_MIN * 1000 + 20);
  };
  useEffect(() => {
    const onVisibility = () => {
      // What was hidden does not count; what comes back counts from now on.
      if (document.visibilityState === "visible" && shown.current !== undefined) {
        shown.current.since = performance.now();
        wait();
      } else count();
    };
    document.addEventListener("visibilitychange", onVisibility);
    return () => {
      clearTimeout(timer.current);
      document.removeEventListener("visibilitychange", onVisibility);
    };
  }, []);

  const { model, viewport } = state;
  const recorded = useMemo(() => recordedStretches(model), [model.segments, model.holes]);
  const share = useMemo(() => seen.shareOf(recorded), [recorded, stretches]);
  const next = useMemo(() => seen.nextUnseen(recorded, viewport.start + viewport.seconds), [
    recorded,
    stretches,
    viewport.start,
    viewport.seconds,
  ]);
  const handlers = useMemo((): Handlers => ({
    "next-unseen": () => {
      const { model, viewport } = current.current;
      const end = viewport.start + viewport.seconds;
      const to = seen.nextUnseen(recordedStretches(model), end);
      if (to !== undefined) dispatch({ type: "go-to", start: to.start });
    },
  }), []);
  const noteDrawn = useMemo(() => (frame: PageFrame) => {
    const before = shown.current?.frame;
    if (
      before?.page === frame.page && before.sensitivity === frame.sensitivity
    ) return;
    count();
    shown.current = { frame, since: performance.now() };
    wait();
  }, []);
  return { stretches, share, next, handlers, noteDrawn };
}

function canBeSeen(): boolean {
  return document.visibilityState === "visible" && document.querySelector("dialog:modal") === null;
}
