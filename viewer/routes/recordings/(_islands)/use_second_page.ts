/**
 * A second page of the same recording: another moment, or the same one in another montage.
 *
 * Asks the worker that the first page asks, so both share what was fetched. Its seconds, filters and scale
 * are those of the first: what differs between the two is in the signal.
 *
 * @module
 */

import type { MontageKind } from "@wavekeep/core/signal";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { latestOnly } from "../../../signal/latest_only.ts";
import type { PageData } from "../../../signal/page_data.ts";
import { goTo, type Viewport } from "../../../signal/viewport.ts";
import { wishesAhead } from "./ahead.ts";
import type { Handlers } from "./handlers.ts";
import { extentOf, viewOf } from "./reading_state.ts";
import type { Pages } from "./use_pages.ts";
import type { Reading } from "./use_reading.ts";

/** What the reader has set of the second page. */
export interface SecondChoice {
  readonly start: number;
  /** It moves as far as the first does. */
  readonly isLinked: boolean;
  /** Null: as the first. */
  readonly montage: MontageKind | null;
}

/** The second page. */
export interface SecondPage {
  /** Undefined while there is none. */
  readonly choice: SecondChoice | undefined;
  readonly viewport: Viewport;
  /** The newest that has landed. */
  readonly page: PageData | undefined;
  readonly problem: string;
  readonly change: (change: Partial<SecondChoice>) => void;
  /** Both change places. */
  readonly swap: () => void;
  readonly close: () => void;
  readonly handlers: Handlers;
}

/** Keeps a second page beside the first. */
export function useSecondPage(
  { state, current, dispatch }: Reading,
  source: Pages["source"],
): SecondPage {
  const [choice, setChoice] = useState<SecondChoice>();
  const [page, setPage] = useState<PageData>();
  const [problem, setProblem] = useState("");
  const { start: first, seconds } = state.viewport;
  const before = useRef(first);
  useLayoutEffect(() => {
    const moved = first - before.current;
    before.current = first;
    if (moved === 0) return;
    setChoice((now) => now?.isLinked ? { ...now, start: now.start + moved } : now);
  }, [first]);

  const viewport = goTo({ start: 0, seconds, end: extentOf(state.model) }, choice?.start ?? 0);
  const base = viewOf(state);
  const view = choice?.montage == null
    ? base
    : viewOf({ ...state, isPeeking: false, montage: { ...state.montage, kind: choice.montage } });
  const asking = useMemo(
    () =>
      latestOnly<Pick<PageData, "start" | "seconds" | "view">>(async (wish, signal) => {
        // What may follow on the first page is fetched ahead all the same.
        const answer = await source.current!.page(wish, wishesAhead(current.current), signal);
        if (signal.aborted) return;
        setPage(answer.page);
        setProblem("");
      }, (error) => setProblem(error instanceof Error ? error.message : String(error))),
    [],
  );
  const isOpen = choice !== undefined;
  // Where samples may still come, they are asked for again.
  const grows = viewport.start + seconds > state.model.endSeconds - 1 ||
    (page?.blanks.length ?? 0) > 0;
  useEffect(() => {
    if (isOpen) asking.request({ start: viewport.start, seconds, view });
    else setPage(undefined);
  }, [isOpen, viewport.start, seconds, JSON.stringify(view), grows ? state.model : undefined]);

  const close = () => {
    setChoice(undefined);
    document.getElementById("traces")?.focus();
  };
  const open = () => {
    const { viewport, isFollowing } = current.current;
    // Beside what is live now, an earlier page stays where it is.
    setChoice({ start: viewport.start, isLinked: !isFollowing, montage: null });
  };
  return {
    choice,
    viewport,
    page,
    problem,
    change: (change) => setChoice((now) => now && { ...now, ...change }),
    swap: () => {
      if (choice === undefined) return;
      const { start } = current.current.viewport;
      dispatch({ type: "go-to", start: viewport.start });
      // Not moved along with the first.
      before.current = current.current.viewport.start;
      setChoice({ ...choice, start });
    },
    close,
    handlers: { "second-page": () => isOpen ? close() : open() },
  };
}
