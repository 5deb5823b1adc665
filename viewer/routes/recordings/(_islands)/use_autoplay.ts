/**
 * Turns pages by itself, one after the other has been drawn; a hand on the keys stops it.
 *
 * @module
 */

import { useEffect, useRef, useState } from "preact/hooks";
import { AUTOPLAY_SECONDS, AUTOPLAY_SECONDS_DEFAULT, nextTurn } from "../../../signal/autoplay.ts";
import { markText } from "../../../signal/marks.ts";
import type { PageData } from "../../../signal/page_data.ts";
import type { Handlers } from "./handlers.ts";
import { useKept } from "./use_kept.ts";
import type { Reading } from "./use_reading.ts";

/** Autoplay, as its bar sees it. */
export interface Autoplay {
  /** Its bar is there. */
  readonly isOpen: boolean;
  readonly isPlaying: boolean;
  readonly seconds: number;
  readonly setSeconds: (seconds: number) => void;
  readonly stopsAtEvents: boolean;
  readonly setStops: (stops: boolean) => void;
  /** Why it stands still; empty while it plays. */
  readonly said: string;
  readonly toggle: () => void;
  readonly close: () => void;
  readonly handlers: Handlers;
}

/** @param page The page on screen: the next turn waits for it. */
export function useAutoplay(reading: Reading, page: PageData | undefined): Autoplay {
  const { state: { viewport }, current, dispatch } = reading;
  const [isOpen, setOpen] = useState(false);
  const [isPlaying, setPlaying] = useState(false);
  const [said, say] = useState("");
  const [kept, setSeconds] = useKept<number>("wavekeep.autoplay_seconds", AUTOPLAY_SECONDS_DEFAULT);
  const [stopsAtEvents, setStops] = useKept<boolean>("wavekeep.autoplay_stops", true);
  const seconds = AUTOPLAY_SECONDS.find((step) => step === kept) ?? AUTOPLAY_SECONDS_DEFAULT;
  /** Where autoplay has put the page: anywhere else is the reader's doing. */
  const expected = useRef(viewport.start);

  const stop = (why: string) => {
    setPlaying(false);
    say(why);
  };
  const isHere = page?.start === viewport.start && page.seconds === viewport.seconds;
  useEffect(() => {
    if (!isPlaying) return;
    if (viewport.start !== expected.current) return stop("Paused: you moved the page.");
    if (!isHere) return;
    const timer = setTimeout(() => {
      const { viewport, model } = current.current;
      const turn = nextTurn(viewport, model.marks, stopsAtEvents);
      if (turn.kind === "end") return stop("Stopped: the end of the recording.");
      dispatch({ type: "action", action: "next-page" });
      expected.current = current.current.viewport.start;
      if (turn.kind !== "event") return;
      dispatch({ type: "focus", id: turn.mark.id, isShown: false });
      stop(`Stopped at an event to review: ${markText(turn.mark)}.`);
    }, seconds * 1000);
    return () => clearTimeout(timer);
  }, [isPlaying, isHere, viewport.start, seconds, stopsAtEvents]);

  const toggle = () => {
    setOpen(true);
    if (isPlaying) return stop("Paused.");
    expected.current = current.current.viewport.start;
    say("");
    setPlaying(true);
  };
  const close = () => {
    setPlaying(false);
    setOpen(false);
    document.getElementById("traces")?.focus();
  };
  const handlers: Handlers = {
    autoplay: toggle,
    // Space is the key for the next page; while pages come by themselves it is the one for a break.
    "next-page": () => isPlaying ? stop("Paused.") : false,
    escape: () => {
      if (isPlaying) return stop("Paused.");
      return isOpen ? close() : false;
    },
  };
  return {
    isOpen,
    isPlaying,
    seconds,
    setSeconds,
    stopsAtEvents,
    setStops,
    said,
    toggle,
    close,
    handlers,
  };
}
