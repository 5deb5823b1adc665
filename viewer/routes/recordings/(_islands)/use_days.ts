/**
 * The overview over days: which stretch and which panels are shown, and the numbers behind them.
 *
 * Old pixels stay until new numbers have landed. While a recording grows its newest columns are asked for
 * again at most every ten seconds, and only when there is something that could have changed.
 *
 * @module
 */

import type { TrendsAnswer } from "@wavekeep/core/trend";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { latestOnly } from "../../../signal/latest_only.ts";
import { mayGrow } from "../../../signal/live_status.ts";
import { ActionClock } from "../../../signal/renderer/action_clock.ts";
import {
  type DaySpan,
  type DayWindow,
  panWindow,
  windowOf,
} from "../../../signal/trends/day_window.ts";
import type { EnvelopeColumns } from "../../../signal/trends/envelope_columns.ts";
import {
  FAMILIES_DEFAULT,
  type FamilyId,
  parseFamilies,
} from "../../../signal/trends/trend_layout.ts";
import type { Handlers } from "./handlers.ts";
import { type LaterParts, loadLater } from "./load_later.ts";
import { useKept } from "./use_kept.ts";
import { afterPaint, type Reading } from "./use_reading.ts";

/** Between two looks at what still grows or is still being computed, ms. */
const REFRESH_MS = 10_000;

/** What has landed, for one window. */
export interface DayData {
  /** What was asked for, as something to compare. */
  readonly key: string;
  readonly window: DayWindow;
  readonly row: number;
  readonly trends: TrendsAnswer;
  readonly envelope: EnvelopeColumns | undefined;
}

/** The overview as the page has it. */
export interface Days {
  readonly isOpen: boolean;
  readonly span: DaySpan;
  readonly window: DayWindow;
  /** Row of the envelope, by index into the model's rows. */
  readonly row: number;
  /** Shown families, top to bottom. */
  readonly families: readonly FamilyId[];
  /** Undefined until the first answer; of the window before while another one is on its way. */
  readonly data: DayData | undefined;
  /** What could not be loaded. */
  readonly problem: string | undefined;
  readonly setSpan: (span: DaySpan) => void;
  readonly pan: (direction: -1 | 1) => void;
  readonly setRow: (row: number) => void;
  readonly setFamilies: (families: readonly FamilyId[]) => void;
  readonly close: () => void;
  /** To be called by what draws, with the columns it has room for. */
  readonly setColumns: (columns: number) => void;
  /** To be called when strip and panels show `data`: ends the measure of opening or changing them. */
  readonly noteDrawn: () => void;
  readonly handlers: Handlers;
}

interface Wish {
  readonly key: string;
  readonly window: DayWindow;
  readonly end: number;
  readonly columns: number;
  readonly row: number;
}

/** Opens the hook; the overview itself is closed. */
export function useDays({ state, current }: Reading): Days {
  const { model, viewport } = state;
  const [isOpen, setOpen] = useState(false);
  const [span, keepSpan] = useState<DaySpan>("all");
  const [row, keepRow] = useState(0);
  const [columns, setColumns] = useState(0);
  const [kept, setKept] = useKept<string>("wavekeep.trend_panels", FAMILIES_DEFAULT.join());
  const families = useMemo(() => parseFamilies(kept), [kept]);
  const [data, setData] = useState<DayData>();
  const [problem, setProblem] = useState<string>();
  const [ticks, setTicks] = useState(0);
  const clock = useMemo(() => new ActionClock({ performance, afterPaint }), []);
  const landed = useRef({ isCached: true, atMs: 0 });

  // The window moves when the page has left it, and stays where the reader has put it until then.
  const [shown, setShown] = useState<DayWindow>(() => windowOf(span, viewport));
  const window = span === "all" ? windowOf("all", viewport) : shown;
  useLayoutEffect(() => setShown((before) => windowOf(span, current.current.viewport, before)), [
    span,
    viewport.start,
  ]);

  const { patientId, recordingId } = model;
  const asking = useMemo(() => {
    let client: ReturnType<LaterParts["createTrendClient"]> | undefined;
    return latestOnly<Wish>(async (wish, signal) => {
      const { createTrendClient } = await loadLater();
      const trendClient = client ??= createTrendClient({ patientId, recordingId });
      const positions = positionsOf(current.current.model.rowOfPosition, wish.row);
      const [trends, envelope] = await Promise.all([
        trendClient.trends(wish, signal),
        positions.length === 0 ? undefined : trendClient.envelope(wish, positions, signal),
      ]);
      if (signal.aborted) return;
      const isCached = trends.isCached && envelope?.isCached !== false;
      landed.current = { isCached, atMs: performance.now() };
      setData({
        key: wish.key,
        window: wish.window,
        row: wish.row,
        trends: trends.value,
        envelope: envelope?.value,
      });
      setProblem(undefined);
    }, (error) => {
      const isOver = error instanceof Error && "status" in error && error.status === 401;
      setProblem(isOver ? "the session has ended" : error instanceof Error ? error.message : "");
    });
  }, [patientId, recordingId]);

  // While something may still come, time is a reason to ask again; a window in the past is whole.
  const isMoving = isOpen && (data?.trends.complete === false ||
    (mayGrow(model) && window.start + window.seconds >= model.endSeconds));
  useEffect(() => {
    if (!isMoving) return;
    const timer = setInterval(() => setTicks((count) => count + 1), REFRESH_MS);
    return () => clearInterval(timer);
  }, [isMoving]);

  // The whole of a recording that grows is one wish; time asks for its newest columns.
  const wanted = span === "all" ? "all" : `${window.start}/${window.seconds}`;
  const hasSamples = model.endSeconds > 0;
  useLayoutEffect(() => {
    if (!isOpen || columns === 0 || !hasSamples) return;
    const { viewport, model } = current.current;
    const newest = span === "all" ? windowOf("all", viewport) : window;
    asking.request({ key: wanted, window: newest, end: model.endSeconds, columns, row });
  }, [isOpen, columns, hasSamples, row, wanted, ticks, asking]);

  // The strip takes the focus, so that arrows move the cursor; put away, it gives the focus back.
  const wasOpen = useRef(false);
  useEffect(() => {
    if (isOpen) document.getElementById("day-strip")?.focus({ preventScroll: true });
    else if (wasOpen.current && document.activeElement === document.body) {
      document.getElementById("traces")?.focus();
    }
    wasOpen.current = isOpen;
  }, [isOpen]);

  /** A change by hand that repaints strip and panels. */
  const measured = <T>(change: (value: T) => void) => (value: T) => {
    clock.begin("overview", globalThis.event?.timeStamp ?? performance.now());
    change(value);
  };
  const isCurrent = data?.key === wanted && data.row === row;
  const noteDrawn = () => {
    if (!isCurrent) return;
    const { isCached, atMs } = landed.current;
    clock.drawn({ cached: isCached, renderer: "Canvas 2D" }, atMs);
  };
  return {
    isOpen,
    span,
    window,
    row,
    families,
    data,
    problem,
    setSpan: measured(keepSpan),
    pan: measured((direction: -1 | 1) =>
      setShown((before) => panWindow(before, direction, current.current.viewport.end))
    ),
    setRow: measured(keepRow),
    setFamilies: (families) => setKept(families.join()),
    close: () => setOpen(false),
    setColumns,
    noteDrawn,
    handlers: {
      overview: () => {
        if (isOpen) setOpen(false);
        else measured(setOpen)(true);
      },
    },
  };
}

/** Positions of the channels that a row follows. */
function positionsOf(rowOfPosition: readonly number[], row: number): number[] {
  return rowOfPosition.flatMap((own, position) => own === row ? [position] : []);
}
