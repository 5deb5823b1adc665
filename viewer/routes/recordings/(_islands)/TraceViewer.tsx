/**
 * The reading screen: puts the parts of the page together and says where each of them stands.
 *
 * Old pixels stay until the new page has landed; everything printed on the canvas belongs to the page
 * that is drawn. Substance lives in the hooks beside this file: `use_reading` the state, `use_pages`
 * asking and landing, `use_keys` keys, `use_live` the live edge. A feature adds its hook, its handlers
 * and its panel, a line each. Rendered on the server too, so nothing outside effects touches the document.
 *
 * @module
 */

import type { VNode } from "preact";
import { useCallback, useMemo, useRef, useState } from "preact/hooks";
import type { AccountMenuProps } from "../../../components/AccountMenu.tsx";
import type { PageSource } from "../../../api/page_source.ts";
import { CSS_PIXELS_PER_MM } from "../../../signal/amplitude_scale.ts";
import type { DrawnPage } from "../../../signal/draw_page.ts";
import { placeText } from "../../../signal/go_to_time.ts";
import type { Action } from "../../../signal/keymap.ts";
import { mayGrow } from "../../../signal/live_status.ts";
import { filterMarks } from "../../../marks/mark_filter.ts";
import { rowLinks } from "../../../signal/linked_rows.ts";
import { displayedModel } from "../../../signal/montage_model.ts";
import { Overlay } from "../../../signal/overlay.ts";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import { CalibrationDialog } from "../(_components)/CalibrationDialog.tsx";
import { ownRows } from "../../../signal/tools/row_settings.ts";
import { rowFacts } from "../../../signal/tools/row_facts.ts";
import { segmentBorders } from "../../../signal/tools/segment_borders.ts";
import { ChannelPanel } from "../(_components)/ChannelPanel.tsx";
import type { Toggle } from "../(_components)/Controls.tsx";
import { ClipPanel } from "../(_components)/ClipPanel.tsx";
import { EvidenceNotice } from "../(_components)/EvidenceNotice.tsx";
import { Later } from "../(_components)/Later.tsx";
import { HelpDialog } from "../(_components)/HelpDialog.tsx";
import { MarkBar, MarkNotices } from "../(_components)/MarkBar.tsx";
import { IdeasDialogs } from "../(_components)/IdeasDialogs.tsx";
import { MarkPanel } from "../(_components)/MarkPanel.tsx";
import { Navigator } from "../(_components)/Navigator.tsx";
import { PageCanvas } from "../(_components)/PageCanvas.tsx";
import { PaletteDialog } from "../(_components)/PaletteDialog.tsx";
import { PageSummary } from "../(_components)/PageSummary.tsx";
import { PageTools } from "../(_components)/PageTools.tsx";
import { PrintDialog } from "../(_components)/PrintDialog.tsx";
import { PrintSheets } from "../(_components)/PrintSheets.tsx";
import { RestrictedNotice } from "../(_components)/RestrictedNotice.tsx";
import { RecordingBanner } from "../(_components)/RecordingBanner.tsx";
import { SecondPagePanel } from "../(_components)/SecondPagePanel.tsx";
import { Toolbar } from "../(_components)/Toolbar.tsx";
import { TruthStrip } from "../(_components)/TruthStrip.tsx";
import { WallDialog } from "../(_components)/WallDialog.tsx";
import { AutoplayBar } from "../(_components)/AutoplayBar.tsx";
import { answeredActions, type Handlers, perform } from "./handlers.ts";
import { paletteEntries } from "./palette_entries.ts";
import { type OpenAt, rowsOfView, viewOf } from "./reading_state.ts";
import { useLater } from "./load_later.ts";
import { useAddress } from "./use_address.ts";
import { useAssessed } from "./use_assessed.ts";
import { useAutoplay } from "./use_autoplay.ts";
import { useCalipers } from "./use_calipers.ts";
import { plotMillimetres, usePaperSpeed } from "./use_paper_speed.ts";
import { useStable } from "./use_stable.ts";
import { useClips } from "./use_clips.ts";
import { useDays } from "./use_days.ts";
import { usePlaces } from "./use_places.ts";
import { useEpochs } from "./use_epochs.ts";
import { useIdeas } from "./use_ideas.ts";
import { useKept } from "./use_kept.ts";
import { useKeySettings } from "./use_key_settings.ts";
import { useKeys } from "./use_keys.ts";
import { useLedger } from "./use_ledger.ts";
import { useLive } from "./use_live.ts";
import { useMarks } from "./use_marks.ts";
import { usePages } from "./use_pages.ts";
import { mayComeBack } from "./use_retry.ts";
import { usePrint } from "./use_print.ts";
import { useReading } from "./use_reading.ts";
import { useReviewed } from "./use_reviewed.ts";
import { useRenderer } from "./use_renderer.ts";
import { useRowWindow } from "./use_row_window.ts";
import { useSecondPage } from "./use_second_page.ts";
import { useWheel } from "./use_wheel.ts";

/** What the island is opened with. */
export interface TraceViewerProps extends AccountMenuProps {
  readonly model: RecordingModel;
  /** Where the address says to open; the start or the newest samples otherwise. */
  readonly place: OpenAt;
}

/** The island. */
export function TraceViewer({ model, place, ...account }: TraceViewerProps): VNode {
  const reading = useReading(model, place);
  const { state, dispatch } = reading;
  const pages = usePages(reading);
  const { page, problem } = pages;
  const renderer = useRenderer(page !== undefined);
  useLater(page !== undefined);
  const overlay = useMemo(() => new Overlay((paint) => requestAnimationFrame(paint)), []);
  useAddress(state, page);
  const [drawn, setDrawn] = useState<DrawnPage>();
  const [dialog, setDialog] = useState<"help" | "palette" | "calibration" | "print" | "wall">();
  const [cssPixelsPerMm, setPixelsPerMm] = useKept("wavekeep.pixels_per_mm", CSS_PIXELS_PER_MM);
  // A dialog that closes may already have opened another one.
  const leave = (name: typeof dialog) => () => setDialog((now) => now === name ? undefined : now);
  const [hasSide, setSide] = useKept<boolean>("wavekeep.side_column", true);
  const keys = useKeySettings();

  const ideas = useIdeas(reading, pages, {
    opened: place.evidence,
    pixelsPerMm: cssPixelsPerMm,
  });

  // The rows of the page that is drawn; those of the one asked for come with it.
  const view = page?.view ?? viewOf(state);
  const rows = useMemo(() => rowsOfView(state, view), [state.model, state.hiddenRows, view]);
  const shown = useMemo(() => displayedModel(state.model, rows.montage), [rows]);
  const { display } = state;
  const facts = useStable(
    useMemo(() => rowFacts(rows.montage, view, display.rows, shown), [rows, shown, display.rows]),
  );
  const borders = useStable(
    useMemo(() => segmentBorders(state.model), [state.model.segments, state.model.rows]),
  );
  const calipers = useCalipers(overlay);
  const autoplay = useAutoplay(reading, page);
  const second = useSecondPage(reading, pages.source);
  const epochs = useEpochs(reading, overlay);
  const [menuRow, setMenuRow] = useState<string>();
  const widthMm = plotMillimetres(drawn, cssPixelsPerMm);
  usePaperSpeed(reading, widthMm);
  const pointer = useRef<HTMLElement>(null);
  const onPointer = useCallback((text: string) => {
    // Written past the renderer: a pointer moves more often than a page changes.
    if (pointer.current !== null) pointer.current.textContent = text || "–";
  }, []);

  const days = useDays(reading);
  const assessed = useAssessed(state.model, page !== undefined);
  const reviewed = useReviewed(state.model, page !== undefined);
  const events = filterMarks(state.model.marks, state.events.filter);
  const overviewed = useMemo(() => ({ ...state.model, marks: events }), [
    state.model,
    events,
  ]);
  const places = usePlaces(reading);
  const rowWindow = useRowWindow(
    useMemo(() => rows.shownRows, [rows.shownRows.join(), view]),
    pages.ahead,
  );
  const shownRows = rowWindow.rows;
  const links = useMemo(() => rowLinks(state.model, rows.montage), [rows.montage]);
  const [goesOn, setGoesOn] = useKept<boolean>("wavekeep.review_goes_on", true);
  const reader = account.reader?.subject ?? "";
  const marks = useMarks(reading, { overlay, links, reader, goesOn, setGoesOn });
  const clips = useClips(reading, marks.book);
  const printing = usePrint(reading, pages.source, clips.clips);
  const live = useLive(state.model, dispatch, marks.refresh);
  const notePainted = useLedger({
    model: state.model,
    cssPixelsPerMm,
    lagMs: live.lagMs,
  }, page !== undefined);

  // What answers actions, in the order it is asked. A feature adds `feature.handlers` at the top.
  const handlers: readonly Handlers[] = [
    autoplay.handlers,
    epochs,
    calipers.handlers,
    days.handlers,
    places.handlers,
    rowWindow.handlers,
    clips.handlers,
    second.handlers,
    ideas.handlers,
    marks.handlers,
    {
      help: () => setDialog("help"),
      print: () => setDialog("print"),
      palette: () => setDialog("palette"),
      wall: () => setDialog("wall"),
      "side-column": () => setSide(!hasSide),
      "go-to": () => document.getElementById("go-to")?.focus(),
      escape: () => {
        setMenuRow(undefined);
        // Nothing else to leave: the focus goes back to the traces.
        document.getElementById("traces")?.focus();
      },
      peek: (isPressed) => dispatch({ type: "peek", isPeeking: isPressed }),
    },
  ];
  const actions = answeredActions(handlers)
    .filter((action) => action !== "follow" || mayGrow(state.model));
  const act = (action: Action, isPressed = true) =>
    perform(action, { handlers, dispatch }, isPressed);
  useKeys(actions, act, keys);
  const acting = { act, actions, own: keys.own };
  // Lines of the menu of panels and tools.
  const toggles: readonly Toggle[] = [
    { action: "overview", isOn: days.isOpen },
    { action: "spectrogram", isOn: state.spectrogram !== null },
    { action: "second-page", isOn: second.choice !== undefined },
    { action: "wall", isOn: dialog === "wall" },
    { action: "epochs", isOn: state.isEpochs },
    { action: "autoplay", isOn: autoplay.isPlaying },
    { action: "calipers", isOn: calipers.place !== undefined },
    { action: "side-column", isOn: hasSide },
    { action: "peek", isOn: state.isPeeking },
  ];

  const onDrawn = useCallback((facts: DrawnPage) => {
    setDrawn((before) => isSame(before, facts) ? before : facts);
    ideas.noteDrawn(facts);
    notePainted("first", facts);
    pages.noteDrawn(renderer.host?.drawnWith ?? "");
  }, [pages.noteDrawn, renderer.host]);
  const onWheel = useWheel(act, rowWindow.move);
  const openFromWall = (id: string) => {
    setDialog(undefined);
    const clip = clips.clips.find((one) => one.id === id);
    if (clip !== undefined) clips.open(clip);
    else dispatch({ type: "focus", id, isShown: true });
  };
  const askSpectrogram = useCallback(
    (request: Parameters<PageSource["spectrogram"]>[0], signal: AbortSignal) =>
      pages.source.current!.spectrogram(request, signal),
    [],
  );

  // Put away it keeps its pixels and is not rendered: opening it again draws nothing.
  const daysPanel = useRef<VNode | undefined>(undefined);
  if (days.isOpen) {
    daysPanel.current = (
      <Later
        part="DaysPanel"
        props={{ days, model: overviewed, viewport: state.viewport, dispatch }}
        place="days"
      />
    );
  }

  return (
    <div class="viewer">
      <RecordingBanner model={state.model} live={live.state} {...account} />
      <Toolbar
        state={state}
        dispatch={dispatch}
        acting={acting}
        toggles={toggles}
        isLoading={pages.isLoading}
        rowWindow={rowWindow}
        onCalibrate={() => setDialog("calibration")}
      />
      {live.state.kind === "stale" && (
        <p class="alarm" role="alert">
          <strong>{live.state.text}.</strong> What is on screen is not live any more.
        </p>
      )}
      {problem?.slug === "patient-restricted" && (
        <RestrictedNotice
          patientId={state.model.patientId}
          hasAccount={account.reader?.hasAccount ?? false}
        />
      )}
      {problem !== undefined && problem.slug !== "patient-restricted" && (
        <p class="notice bad" role="alert">
          {problem.status === 401
            ? (
              <>
                The session has ended. <a href="/sign_in">Sign in again</a>
              </>
            )
            : (
              <>
                The page of {placeText(model.startedAt, problem.start)} could not be loaded:{" "}
                {problem.text}. What is shown is the page before
                {mayComeBack(problem.status) && "; it is asked for again by itself"}.
              </>
            )}
          <button type="button" onClick={pages.retry}>Try again</button>
        </p>
      )}
      <MarkNotices marks={marks} />
      <EvidenceNotice evidence={ideas.evidence} />
      {rows.montage.rows.length === 0 && (
        <p class="notice" role="status">
          {view.montage.kind === "own" && view.montage.own.trim() === ""
            ? "Your own montage has no traces yet. View, Your own montage… is where they are written."
            : "No trace of this montage can be derived from what was recorded."}
        </p>
      )}
      <div class="reading">
        <div class="stage">
          <MarkBar state={state} marks={marks} />
          <AutoplayBar autoplay={autoplay} />
          <PageTools
            overlay={overlay}
            calipers={calipers}
            onPointer={display.isPointerRead ? onPointer : undefined}
            onLabel={(row) => setMenuRow(rows.montage.rows[row]?.name)}
          >
            <PageCanvas
              model={shown}
              page={page}
              shownRows={shownRows}
              sensitivity={state.sensitivity}
              cssPixelsPerMm={cssPixelsPerMm}
              isOffsetRemoved={state.isOffsetRemoved}
              isLoading={pages.isLoading}
              host={renderer.host}
              renderer={renderer.state}
              overlay={overlay}
              focusId={state.events.focusId}
              ahead={rowWindow.ahead}
              onDrawn={onDrawn}
              onWheel={onWheel}
              rowFacts={facts}
              isPositiveUp={display.isPositiveUp}
              isClipped={display.isClipped}
              borders={borders}
            />
          </PageTools>
          {menuRow !== undefined && (
            <Later
              key={menuRow}
              part="RowMenu"
              props={{
                row: rows.montage.rows.findIndex(({ name }) => name === menuRow),
                montage: rows.montage,
                state,
                dispatch,
                onClose: () => setMenuRow(undefined),
              }}
            />
          )}
          <PageSummary
            model={shown}
            page={page}
            shownRowCount={shownRows.length}
            sensitivity={state.sensitivity}
            isFollowing={state.isFollowing}
            isPositiveUp={display.isPositiveUp}
            ownRows={ownRows(rows.montage.rows, display.rows)}
          />
          {/* Panels below the page, on its time axis. */}
          {state.spectrogram !== null && (
            <Later
              part="SpectrogramPanel"
              props={{
                choice: state.spectrogram,
                model: state.model,
                viewport: state.viewport,
                ask: askSpectrogram,
                dispatch,
              }}
              place="spectrogram"
            />
          )}
        </div>
        <SecondPagePanel
          second={second}
          onPainted={notePainted}
          state={state}
          renderer={renderer}
          cssPixelsPerMm={cssPixelsPerMm}
          borders={borders}
        />
        <aside class="side" hidden={!hasSide} aria-label="Marks and channels">
          {/* Panels of the side column, top to bottom. */}
          <MarkPanel state={state} marks={marks} assessed={assessed} dispatch={dispatch} />
          <ClipPanel clips={clips} model={state.model} onPrint={() => setDialog("print")} />
          <ChannelPanel
            montage={rows.montage}
            hiddenRows={rows.hiddenRows}
            offPage={drawn?.rowsOffPage ?? []}
            dispatch={dispatch}
            onRow={(row) => setMenuRow(rows.montage.rows[row]?.name)}
          />
        </aside>
      </div>
      {/* Panels over the whole recording. */}
      <div class="days-place" hidden={!days.isOpen}>{daysPanel.current}</div>
      <Navigator
        model={overviewed}
        viewport={state.viewport}
        dispatch={dispatch}
        seen={ideas.seen}
        reviewed={reviewed}
        assessed={assessed}
        acting={acting}
      />
      <TruthStrip
        state={state}
        page={page}
        montage={rows.montage}
        drawn={drawn}
        live={live.state}
        isCalibrated={cssPixelsPerMm !== CSS_PIXELS_PER_MM}
        shownRowCount={shownRows.length}
        renderer={renderer}
        onCalibrate={() => setDialog("calibration")}
        widthMm={widthMm}
        pointer={pointer}
      />
      {/* Dialogs. */}
      <IdeasDialogs ideas={ideas} recording={state.model} host={renderer.host} />
      <HelpDialog
        isOpen={dialog === "help"}
        onClose={leave("help")}
        actions={actions}
        settings={keys}
      />
      <PaletteDialog
        isOpen={dialog === "palette"}
        onClose={leave("palette")}
        entries={() => paletteEntries({ acting, toggles, state, dispatch })}
      />
      <PrintDialog
        isOpen={dialog === "print"}
        onClose={leave("print")}
        printing={printing}
        viewport={state.viewport}
        clipCount={clips.clips.length}
      />
      <WallDialog
        isOpen={dialog === "wall"}
        onClose={leave("wall")}
        state={state}
        book={marks.book}
        source={pages.source.current}
        keys={keys}
        cssPixelsPerMm={cssPixelsPerMm}
        rowHeight={drawn && drawn.frame.layout.rowHeight / drawn.frame.layout.size.scale}
        onOpen={openFromWall}
      />
      <PrintSheets model={state.model} sheets={printing.sheets} />
      <CalibrationDialog
        isOpen={dialog === "calibration"}
        onClose={leave("calibration")}
        cssPixelsPerMm={cssPixelsPerMm}
        onChange={setPixelsPerMm}
      />
    </div>
  );
}

function isSame(a: DrawnPage | undefined, b: DrawnPage): boolean {
  return a?.samplesPerPixel === b.samplesPerPixel &&
    a.frame.layout.plot.width === b.frame.layout.plot.width &&
    a.rowsOffPage.join() === b.rowsOffPage.join();
}
