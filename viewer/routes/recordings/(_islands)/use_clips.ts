/**
 * The list of clips: keeping the page on screen, opening a kept one as it was looked at.
 *
 * @module
 */

import { useMemo } from "preact/hooks";
import type { MarkBook } from "../../../marks/mark_book.ts";
import { type Clip, clipsOf, clipText } from "../../../signal/clips.ts";
import type { Handlers } from "./handlers.ts";
import { viewOf } from "./reading_state.ts";
import type { Reading } from "./use_reading.ts";

/** Clips, as their panel sees them. */
export interface Clips {
  readonly clips: readonly Clip[];
  readonly save: (comment: string) => void;
  readonly open: (clip: Clip) => void;
  readonly handlers: Handlers;
}

/** @param book Keeps clips as marks. */
export function useClips({ state, current, dispatch }: Reading, book: MarkBook): Clips {
  const { marks } = state.model;
  const clips = useMemo(() => clipsOf(marks), [marks]);
  const save = (comment: string) => {
    const now = current.current;
    const { start, seconds } = now.viewport;
    const text = clipText(comment, {
      view: viewOf(now),
      display: now.display,
      sensitivity: now.sensitivity,
    });
    book.add({ kind: "clip", term: null, text, onset: start, duration: seconds, rows: null });
  };
  const open = ({ start, seconds, view, display, sensitivity }: Clip) => {
    dispatch({ type: "epochs", isOn: false });
    dispatch({ type: "montage", montage: view.montage });
    dispatch({ type: "filters", filters: view.filters });
    dispatch({ type: "sensitivity", sensitivity });
    dispatch({ type: "page-seconds", seconds });
    dispatch({ type: "display", display: { ...display, speed: null } });
    dispatch({ type: "go-to", start });
  };
  const handlers: Handlers = {
    "save-clip": () => save(""),
    "next-clip": () => {
      const { viewport } = current.current;
      const next = clips.find((clip) => clip.start > viewport.start) ?? clips[0];
      if (next === undefined) return false;
      open(next);
    },
  };
  return { clips, save, open, handlers };
}
