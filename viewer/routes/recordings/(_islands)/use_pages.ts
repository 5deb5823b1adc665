/**
 * Pages from the worker: asked for when the state wants another one, kept until the next has landed.
 *
 * Asking happens in a layout effect, so that it does not wait for a frame that shows nothing new.
 *
 * @module
 */

import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { PageSource, SourceError } from "../../../api/page_source.ts";
import { onResumed, tellRefused } from "../../../seat/seat_events.ts";
import { holesOfPage, type PageHole } from "../../../signal/holes.ts";
import { latestOnly } from "../../../signal/latest_only.ts";
import type { PageData } from "../../../signal/page_data.ts";
import { type Habit, habitOf, type SceneAhead, scenesAhead, wishesAhead, wishOf } from "./ahead.ts";
import { isSameView, type ReadingState, viewOf } from "./reading_state.ts";
import { afterPaint, type Reading } from "./use_reading.ts";
import { useRetry } from "./use_retry.ts";

/** A page that takes longer is said to be loading, ms. Sooner, the old pixels do. */
const LOADING_AFTER_MS = 150;

/** A page that has landed. */
export interface Landed {
  readonly page: PageData;
  readonly isCached: boolean;
  /** When, on the clock of the page. */
  readonly atMs: number;
  /** What was asked for. */
  readonly request: ReadingState;
}

/** What could not be loaded; the page before is still there. It is asked for again by itself. */
export interface PageProblem {
  /** Where the page begins that is not there, seconds from recording start. */
  readonly start: number;
  /** Query's, 0 when nothing was answered. */
  readonly status: number;
  /** Of the problem; empty where there is none. */
  readonly slug: string;
  readonly text: string;
}

/** Scenes to prepare while nobody waits. */
export interface Ahead {
  /** Those that can be prepared now, likeliest first. */
  readonly scenes: () => Iterable<SceneAhead>;
  /** Tells when there are more; returns the way to stop that. */
  readonly subscribe: (listener: () => void) => () => void;
}

/** The pages of the recording that is open. */
export interface Pages {
  /** The newest page that has landed. */
  readonly page: PageData | undefined;
  readonly problem: PageProblem | undefined;
  readonly isLoading: boolean;
  /** The worker; undefined before the first effect. */
  readonly source: { readonly current: PageSource | undefined };
  readonly retry: () => void;
  /** What may be drawn next; the same object as long as the page lives. */
  readonly ahead: Ahead;
  /** To be called when the landed page is on the canvas: ends the measure of what asked for it. */
  readonly noteDrawn: (renderer: string) => void;
}

/** Opens a worker and keeps it supplied with what the state wants. */
export function usePages({ state, current, dispatch, clock }: Reading): Pages {
  const [landed, setLanded] = useState<Landed>();
  const [problem, setProblem] = useState<PageProblem>();
  const [isLoading, setLoading] = useState(true);
  const source = useRef<PageSource | undefined>(undefined);
  const page = landed?.page;
  const listeners = useRef(new Set<() => void>());
  const asked = useRef<ReadingState | undefined>(undefined);
  const habit = useRef<Habit>("moves");

  const asking = useMemo(
    () =>
      latestOnly<ReadingState>(async (request, signal) => {
        const late = setTimeout(() => setLoading(true), LOADING_AFTER_MS);
        signal.addEventListener("abort", () => clearTimeout(late));
        habit.current = habitOf(asked.current, request);
        asked.current = request;
        const ahead = wishesAhead(request, habit.current);
        const answer = await source.current!.page(wishOf(request), ahead, signal)
          .finally(() => clearTimeout(late));
        if (signal.aborted) return;
        setLanded({ ...answer, atMs: performance.now(), request });
        setProblem(undefined);
        setLoading(false);
      }, (error) => {
        setLoading(false);
        const { status, slug } = error instanceof SourceError ? error : { status: 0, slug: "" };
        const text = error instanceof Error ? error.message : String(error);
        setProblem({
          status,
          slug,
          text,
          start: (asked.current ?? current.current).viewport.start,
        });
      }, { supersedes }),
    [],
  );

  useLayoutEffect(() => {
    const pageSource = new PageSource({
      onAhead: () => {
        for (const listener of listeners.current) listener();
      },
      afterPaint,
    });
    source.current = pageSource;
    const motion = matchMedia("(prefers-reduced-motion: reduce)");
    dispatch({ type: "stepwise", isStepwise: motion.matches });
    // From the start of the navigation.
    clock.begin("open", 0);
    return () => pageSource.close();
  }, []);

  // The worker knows of no marks: another one is no reason to ask for samples again.
  const { marks: _, ...samples } = state.model;
  useLayoutEffect(
    () => source.current?.update({ ...samples, marks: [] }),
    [samples.asOf, samples.endSeconds, samples.holes, samples.segments],
  );

  const { start, seconds } = state.viewport;
  // A page that is whole stays as it is; one with something still to come is asked for again.
  const isWhole = !holesOfPage(state.model, state.viewport).some(isUnfinished) &&
    page?.blanks.length === 0;
  useLayoutEffect(() => {
    asking.request(state);
  }, [start, seconds, JSON.stringify(viewOf(state)), isWhole ? undefined : state.model]);

  const ahead = useMemo<Ahead>(() => ({
    scenes: () => scenesAhead(current.current, (wish) => source.current?.peek(wish), habit.current),
    subscribe: (listener) => {
      listeners.current.add(listener);
      return () => listeners.current.delete(listener);
    },
  }), []);
  const retry = useCallback(() => asking.request(current.current), []);
  useRetry(problem, retry);
  const isSignedOut = problem?.status === 401;
  const isRestricted = problem?.slug === "patient-restricted";
  useEffect(() => {
    if (isSignedOut) tellRefused();
    // What opens the seat, or the patient, opens the page that was asked for.
    if (isSignedOut || isRestricted) return onResumed(retry);
  }, [isSignedOut, isRestricted]);
  const noteDrawn = useCallback((renderer: string) => {
    // Old pixels that were drawn again are not what was asked for.
    if (landed === undefined || !isSamePage(landed.request, current.current)) return;
    clock.drawn({ cached: landed.isCached, renderer }, landed.atMs);
  }, [landed]);
  return { page, problem, isLoading, source, retry, ahead, noteDrawn };
}

function isUnfinished({ kind }: PageHole): boolean {
  return kind === "pending" || kind === "beyond-end";
}

/** New samples of the same page, or the next step of following, wait; another page does not. */
function supersedes(newer: ReadingState, running: ReadingState): boolean {
  return !isSameView(newer, running) || (!newer.isFollowing && !isSameStretch(newer, running));
}

/** Whether two states want the same traces on screen. */
function isSamePage(a: ReadingState, b: ReadingState): boolean {
  return isSameStretch(a, b) && isSameView(a, b);
}

function isSameStretch(a: ReadingState, b: ReadingState): boolean {
  return a.viewport.start === b.viewport.start && a.viewport.seconds === b.viewport.seconds;
}
