/**
 * The reading screen: mounts the worker and the live stream, forwards keys and clicks, draws.
 *
 * Old pixels stay until the new page has landed; everything printed on the canvas belongs to the page
 * that is drawn. Asking and drawing happen in layout effects, so that neither waits for a frame that
 * shows nothing new. Each action that repaints leaves a `performance.measure`. Rendered on the server too, so nothing outside effects touches the document.
 *
 * @module
 */

import type { VNode } from "preact";
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
} from "preact/hooks";
import { PageSource, SourceError } from "../../../api/page_source.ts";
import { CSS_PIXELS_PER_MM } from "../../../signal/amplitude_scale.ts";
import { actionOf } from "../../../signal/keymap.ts";
import { holesOfPage, type PageHole } from "../../../signal/holes.ts";
import { latestOnly } from "../../../signal/latest_only.ts";
import { neighbourSeizure } from "../../../signal/marks.ts";
import { displayedModel } from "../../../signal/montage_model.ts";
import { viewQuery } from "../../../signal/page_view.ts";
import type { PageData } from "../../../signal/page_data.ts";
import { pageSummary } from "../../../signal/page_summary.ts";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import type { DrawnPage } from "../../../signal/draw_page.ts";
import { ActionClock } from "../../../signal/renderer/action_clock.ts";
import { showMoment, turnPages, type Viewport } from "../../../signal/viewport.ts";
import { CalibrationDialog } from "../(_components)/CalibrationDialog.tsx";
import { ChannelPanel } from "../(_components)/ChannelPanel.tsx";
import { HelpDialog } from "../(_components)/HelpDialog.tsx";
import { MarkPanel } from "../(_components)/MarkPanel.tsx";
import { Navigator } from "../(_components)/Navigator.tsx";
import { PageCanvas } from "../(_components)/PageCanvas.tsx";
import { RecordingBanner } from "../(_components)/RecordingBanner.tsx";
import { SpectrogramPanel } from "../(_components)/SpectrogramPanel.tsx";
import { Toolbar } from "../(_components)/Toolbar.tsx";
import { TruthStrip } from "../(_components)/TruthStrip.tsx";
import { actionName } from "./action_name.ts";
import {
  isSameView,
  type OpenAt,
  openReading,
  type ReadingEvent,
  type ReadingState,
  reduceReading,
  rowsOfView,
  viewOf,
} from "./reading_state.ts";
import { useKept } from "./use_kept.ts";
import { useLive } from "./use_live.ts";
import { useRenderer } from "./use_renderer.ts";

/** A page that takes longer is said to be loading, ms. Sooner, the old pixels do. */
const LOADING_AFTER_MS = 150;

/** The address follows when the page has stood still, ms: browsers refuse a hundred changes in a row. */
const ADDRESS_AFTER_MS = 300;

/** A page that has landed. */
interface Landed {
  readonly page: PageData;
  readonly isCached: boolean;
  /** When, on the clock of the page. */
  readonly atMs: number;
  /** What was asked for. */
  readonly request: ReadingState;
}

/** What the island is opened with. */
export interface TraceViewerProps {
  readonly model: RecordingModel;
  /** Where the address says to open; the start or the newest samples otherwise. */
  readonly place: OpenAt;
}

/** The island. */
export function TraceViewer({ model, place }: TraceViewerProps): VNode {
  const [state, send] = useReducer(reduceReading, model, () => openReading(model, place));
  const [landed, setLanded] = useState<Landed>();
  const page = landed?.page;
  const [drawn, setDrawn] = useState<DrawnPage>();
  const [problem, setProblem] = useState<{ status: number; text: string }>();
  const [isLoading, setLoading] = useState(true);
  const [dialog, setDialog] = useState<"help" | "calibration">();
  const [cssPixelsPerMm, setPixelsPerMm] = useKept("wavekeep.pixels_per_mm", CSS_PIXELS_PER_MM);
  const [hasLetters, setLetters] = useKept<boolean>("wavekeep.letter_keys", true);
  const source = useRef<PageSource | undefined>(undefined);
  const renderer = useRenderer(page !== undefined);
  const current = useRef(state);
  current.current = state;
  const clock = useMemo(() => new ActionClock({ performance, afterPaint }), []);
  const dispatch = useCallback((event: ReadingEvent) => {
    const next = reduceReading(current.current, event);
    const name = actionName(current.current, next, event);
    // Several events may come before the next rendering.
    current.current = next;
    // The event being handled, whoever listens to it.
    if (name !== undefined) clock.begin(name, globalThis.event?.timeStamp ?? performance.now());
    send(event);
  }, []);
  const live = useLive(state.model, dispatch);
  // The rows of the page that is drawn; those of the one asked for come with it.
  const wanted = viewOf(state);
  const view = page?.view ?? wanted;
  const rows = useMemo(() => rowsOfView(state, view), [state.model, state.hiddenRows, view]);
  const shown = useMemo(() => displayedModel(state.model, rows.montage), [rows]);
  const shownRows = useMemo(() => rows.shownRows, [rows.shownRows.join(), view]);
  const isCalibrated = cssPixelsPerMm !== CSS_PIXELS_PER_MM;

  const pages = useMemo(
    () =>
      latestOnly<ReadingState>(async (request, signal) => {
        const late = setTimeout(() => setLoading(true), LOADING_AFTER_MS);
        signal.addEventListener("abort", () => clearTimeout(late));
        const { start, seconds } = request.viewport;
        // While following, the next page is the one that comes by itself.
        const prefetch = request.isFollowing ? [] : pagesAround(request.viewport, request.model);
        const wanted = { start, seconds, view: viewOf(request), prefetch };
        const answer = await source.current!.page(wanted, signal)
          .finally(() => clearTimeout(late));
        if (signal.aborted) return;
        setLanded({ ...answer, atMs: performance.now(), request });
        setProblem(undefined);
        setLoading(false);
      }, (error) => {
        setLoading(false);
        const status = error instanceof SourceError ? error.status : 0;
        setProblem({ status, text: error instanceof Error ? error.message : String(error) });
      }, { supersedes }),
    [],
  );

  useLayoutEffect(() => {
    const pageSource = new PageSource();
    source.current = pageSource;
    const motion = matchMedia("(prefers-reduced-motion: reduce)");
    dispatch({ type: "stepwise", isStepwise: motion.matches });
    // From the start of the navigation.
    clock.begin("open", 0);
    return () => pageSource.close();
  }, []);

  useLayoutEffect(() => source.current?.update(state.model), [state.model]);

  const { start, seconds } = state.viewport;
  // A page that is whole stays as it is; one with something still to come is asked for again.
  const isWhole = !holesOfPage(state.model, state.viewport).some(isUnfinished) &&
    page?.blanks.length === 0;
  useLayoutEffect(() => {
    pages.request(state);
  }, [start, seconds, JSON.stringify(wanted), isWhole ? undefined : state.model]);

  useEffect(() => {
    if (page === undefined || state.isFollowing) return;
    const timer = setTimeout(() => {
      const query = new URLSearchParams({
        start: String(page.start),
        page: String(page.seconds),
        ...viewQuery(state),
      });
      history.replaceState(null, "", `?${query}`);
    }, ADDRESS_AFTER_MS);
    return () => clearTimeout(timer);
  }, [page?.start, page?.seconds, state.isFollowing, state.montage, state.filters]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isTyping(event)) return;
      const action = actionOf(event, hasLetters);
      if (action === undefined) return;
      event.preventDefault();
      if (action === "help") setDialog("help");
      else if (action === "go-to") document.getElementById("go-to")?.focus();
      else if (action === "peek") dispatch({ type: "peek", isPeeking: true });
      else dispatch({ type: "action", action });
    };
    // Whichever key is let go, or another window: peeking never outlasts the hand.
    const onRelease = () => dispatch({ type: "peek", isPeeking: false });
    document.addEventListener("keydown", onKey);
    document.addEventListener("keyup", onRelease);
    globalThis.addEventListener("blur", onRelease);
    return () => {
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("keyup", onRelease);
      globalThis.removeEventListener("blur", onRelease);
    };
  }, [hasLetters]);

  const summary = useSettled(
    page === undefined ? "" : pageSummary(shown, page, {
      shownRowCount: shownRows.length,
      sensitivity: state.sensitivity,
    }),
    state.isFollowing ? 10_000 : 700,
  );
  const onDrawn = useCallback((facts: DrawnPage) => {
    setDrawn((before) => isSame(before, facts) ? before : facts);
    // Old pixels that were drawn again are not what was asked for.
    if (landed === undefined || !isSamePage(landed.request, current.current)) return;
    const drawnWith = renderer.host?.drawnWith ?? "";
    clock.drawn({ cached: landed.isCached, renderer: drawnWith }, landed.atMs);
  }, [landed, renderer.host]);
  const onWheel = useCallback(
    (tenths: number) =>
      dispatch({ type: "action", action: tenths > 0 ? "step-forward" : "step-back" }),
    [],
  );
  const askSpectrogram = useCallback(
    (request: Parameters<PageSource["spectrogram"]>[0], signal: AbortSignal) =>
      source.current!.spectrogram(request, signal),
    [],
  );

  return (
    <div class="viewer">
      <RecordingBanner model={state.model} live={live.state} />
      <Toolbar
        state={state}
        dispatch={dispatch}
        isLoading={isLoading}
        onHelp={() => setDialog("help")}
        onCalibrate={() => setDialog("calibration")}
      />
      {live.state.kind === "stale" && (
        <p class="alarm" role="alert">
          <strong>{live.state.text}.</strong> What is on screen is not live any more.
        </p>
      )}
      {problem !== undefined && (
        <p class="notice bad" role="alert">
          {problem.status === 401
            ? (
              <>
                The session has ended. <a href="/sign_in">Sign in again</a>
              </>
            )
            : <>This page could not be loaded: {problem.text}. What is shown is the page before.</>}
          <button type="button" onClick={() => pages.request(state)}>Try again</button>
        </p>
      )}
      {rows.montage.rows.length === 0 && (
        <p class="notice" role="status">
          No trace of this montage can be derived from what was recorded.
        </p>
      )}
      <div class="reading">
        <div class="stage">
          <PageCanvas
            model={shown}
            page={page}
            shownRows={shownRows}
            sensitivity={state.sensitivity}
            cssPixelsPerMm={cssPixelsPerMm}
            isOffsetRemoved={state.isOffsetRemoved}
            isLoading={isLoading}
            host={renderer.host}
            renderer={renderer.state}
            onDrawn={onDrawn}
            onWheel={onWheel}
          />
          <p class="sr-only" aria-live="polite" id="page-summary">{summary}</p>
          {state.spectrogram !== null && (
            <SpectrogramPanel
              choice={state.spectrogram}
              model={state.model}
              viewport={state.viewport}
              ask={askSpectrogram}
              dispatch={dispatch}
            />
          )}
        </div>
        <aside class="side" aria-label="Marks and channels">
          <MarkPanel model={state.model} viewport={state.viewport} dispatch={dispatch} />
          <ChannelPanel
            montage={rows.montage}
            hiddenRows={rows.hiddenRows}
            offPage={drawn?.rowsOffPage ?? []}
            dispatch={dispatch}
          />
        </aside>
      </div>
      <Navigator model={state.model} viewport={state.viewport} dispatch={dispatch} />
      <TruthStrip
        state={state}
        page={page}
        montage={rows.montage}
        drawn={drawn}
        live={live.state}
        isCalibrated={isCalibrated}
        shownRowCount={shownRows.length}
        renderer={renderer}
        onCalibrate={() => setDialog("calibration")}
      />
      <HelpDialog
        isOpen={dialog === "help"}
        onClose={() => setDialog(undefined)}
        hasLetters={hasLetters}
        onLetters={setLetters}
      />
      <CalibrationDialog
        isOpen={dialog === "calibration"}
        onClose={() => setDialog(undefined)}
        cssPixelsPerMm={cssPixelsPerMm}
        onChange={setPixelsPerMm}
      />
    </div>
  );
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

function isSame(a: DrawnPage | undefined, b: DrawnPage): boolean {
  return a?.samplesPerPixel === b.samplesPerPixel && a.rowsOffPage.join() === b.rowsOffPage.join();
}

/** Calls back when the frame that holds what was drawn until now has been put together. */
function afterPaint(callback: () => void): void {
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      callback();
    };
    port2.postMessage(undefined);
  });
}

/** Pages worth having before they are asked for: both neighbours, and the seizures around. */
function pagesAround(viewport: Viewport, model: RecordingModel): number[] {
  const seizures = (["next", "previous"] as const).flatMap((direction) => {
    const mark = neighbourSeizure(model.marks, viewport, direction);
    return mark === undefined ? [] : [showMoment(viewport, mark.onset).start];
  });
  const starts = [turnPages(viewport, 1).start, turnPages(viewport, -1).start, ...seizures];
  return [...new Set(starts)].filter((start) => start !== viewport.start);
}

/** Keys belong to whoever is being typed into. */
function isTyping(event: KeyboardEvent): boolean {
  const { target } = event;
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest("dialog") !== null) return true;
  if (target instanceof HTMLInputElement) {
    return target.type !== "checkbox" || event.key === " ";
  }
  const isPressed = event.key === " " || event.key === "Enter";
  return ["TEXTAREA", "SELECT"].includes(target.tagName) ||
    (["BUTTON", "A", "SUMMARY"].includes(target.tagName) && isPressed);
}

/** A text that has stood still: what is read out must not chase every page. */
function useSettled(text: string, afterMs: number): string {
  const [settled, setSettled] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), afterMs);
    return () => clearTimeout(timer);
  }, [text, afterMs]);
  return settled;
}
