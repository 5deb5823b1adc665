/**
 * The seizure wall: events beside each other, aligned at their onsets, in the montage and filters of the page.
 *
 * Arrows go from tile to tile, Enter opens the page of one, the keys of a verdict say it of the tile they are
 * on. Everything that is said of the pictures is said in words, too.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { PageSource } from "../../../api/page_source.ts";
import type { MarkBook } from "../../../marks/mark_book.ts";
import { SENSITIVITIES } from "../../../signal/amplitude_scale.ts";
import type { PageScene } from "../../../signal/draw_page.ts";
import { actionOf, type KeyOptions } from "../../../signal/keymap.ts";
import { markName } from "../../../signal/marks.ts";
import type { MarkModel } from "../../../signal/recording_model.ts";
import { displayedModel } from "../../../signal/montage_model.ts";
import { filterSummary, MONTAGE_NAMES } from "../../../signal/page_view.ts";
import { LIGHT } from "../../../signal/surface.ts";
import { rowFacts } from "../../../signal/tools/row_facts.ts";
import {
  ORDER_NAMES,
  reviewText,
  TILES_MAX,
  tileWindow,
  WALL_ORDERS,
  WALL_STRETCH_DEFAULT,
  WALL_STRETCHES,
  wallMarks,
  wallSensitivity,
  type WallSubject,
  wallSubjects,
} from "../../../signal/wall.ts";
import { type ReadingState, rowsOfView, viewOf } from "../(_islands)/reading_state.ts";
import { useTheme } from "../(_islands)/use_theme.ts";
import { useTilePages } from "../(_islands)/use_wall.ts";
import { TILE_AXIS } from "../../../signal/draw_tile.ts";
import { Choice } from "./Controls.tsx";
import { TILE_HEIGHT, WallTile } from "./WallTile.tsx";

/** What the wall needs. */
export interface WallViewProps {
  readonly state: ReadingState;
  readonly book: MarkBook;
  readonly source: PageSource;
  readonly keys: KeyOptions;
  readonly cssPixelsPerMm: number;
  /** Height of a row of the page, CSS pixels. */
  readonly rowHeight: number;
  /** Opens the page of a mark, and closes the wall. */
  readonly onOpen: (id: string) => void;
}

/** The wall. */
export function WallView(props: WallViewProps): VNode {
  const { state, book, source, cssPixelsPerMm } = props;
  const { model, display } = state;
  const [subject, setSubject] = useState<WallSubject>("seizures");
  const [order, setOrder] = useState<typeof WALL_ORDERS[number]>("time");
  const [stretchIndex, setStretch] = useState(WALL_STRETCH_DEFAULT);
  const [chosen, setSensitivity] = useState<number>();
  const [sheet, setSheet] = useState(0);
  const [activeId, setActive] = useState(state.events.focusId);
  const [said, say] = useState("");
  const list = useRef<HTMLUListElement>(null);
  const width = useTileWidth(list);
  const stretch = WALL_STRETCHES[stretchIndex]!;

  const subjects = useMemo(() => wallSubjects(model.marks), [model.marks]);
  const marks = useMemo(() => wallMarks(model.marks, subject, order), [
    model.marks,
    subject,
    order,
  ]);
  const sheets = Math.max(1, Math.ceil(marks.length / TILES_MAX));
  const shownSheet = Math.min(sheet, sheets - 1);
  const shown = marks.slice(shownSheet * TILES_MAX, (shownSheet + 1) * TILES_MAX);
  const viewText = JSON.stringify(viewOf(state));
  const view = useMemo(() => viewOf(state), [viewText]);
  const tiles = shown.map((mark) => {
    const window = tileWindow(mark.onset, stretch);
    const { start, seconds } = window;
    return { id: mark.id, mark, window, wish: { start, seconds, view } };
  });
  const pages = useTilePages(source, tiles);

  const rows = useMemo(() => rowsOfView(state, view), [model.rows, state.hiddenRows, view]);
  const shownModel = useMemo(() => displayedModel(model, rows.montage), [model, rows]);
  const facts = useMemo(() => rowFacts(rows.montage, view, display.rows, shownModel), [
    rows,
    display.rows,
  ]);
  const tileRow = (TILE_HEIGHT - TILE_AXIS) / Math.max(1, rows.shownRows.length);
  // Of the page as it was: behind a wall that is printed it has no height.
  const [pageRow] = useState(props.rowHeight);
  const sensitivity = chosen ??
    wallSensitivity(state.sensitivity, { page: pageRow, tile: tileRow });
  const screenTheme = useTheme();
  const [isPrinting, print] = usePrinting(pages.waiting === 0);
  const theme = isPrinting ? LIGHT : screenTheme;
  const sceneOf = useMemo(() => (page: PageScene["page"], mark: MarkModel): PageScene => ({
    // Of its own event alone: a tile is too small for the others.
    model: { ...shownModel, marks: [mark] },
    page,
    shownRows: rows.shownRows,
    sensitivity,
    cssPixelsPerMm,
    isOffsetRemoved: state.isOffsetRemoved,
    theme,
    // Paths and filters of single rows have no room here; what is bad is struck all the same.
    rowFacts: facts.map((fact) => ({ ...fact, notes: [] })),
    isPositiveUp: display.isPositiveUp,
    // No row buries another one; where a trace is cut, it is marked.
    isClipped: true,
  }), [
    rows,
    facts,
    sensitivity,
    cssPixelsPerMm,
    state.isOffsetRemoved,
    theme,
    display,
    model.marks,
  ]);

  const active = Math.max(0, tiles.findIndex(({ id }) => id === activeId));
  const go = (to: number) => {
    const tile = tiles[Math.min(Math.max(0, to), tiles.length - 1)];
    if (tile === undefined) return;
    setActive(tile.id);
    list.current!.querySelector<HTMLElement>(`[data-mark="${tile.id}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const columns = columnsOf(list.current!);
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: active + 1,
      ArrowLeft: active - 1,
      ArrowDown: active + columns,
      ArrowUp: active - columns,
      Home: 0,
      End: tiles.length - 1,
    };
    const to = event.ctrlKey || event.altKey || event.metaKey ? undefined : steps[event.key];
    const mark = tiles[active]?.mark;
    const action = actionOf(event, props.keys);
    if (to !== undefined) go(to);
    else if (mark !== undefined && (action === "accept" || action === "reject")) {
      const verdict = action === "accept" ? "accepted" : "rejected";
      if (mark.source === "human") say("What a reader marked is not reviewed.");
      else {
        book.review(mark.id, verdict);
        say(`${markName(mark)} ${verdict}.`);
      }
    } else return;
    event.preventDefault();
  };
  useEffect(() => go(active), []);

  const { name = "Seizures" } = subjects.find((one) => one.subject === subject) ?? {};
  const many = `${marks.length} ${marks.length === 1 ? "event" : "events"}`;
  const first = shownSheet * TILES_MAX + 1;
  const problems = tiles.filter((tile) => pages.of(tile).kind === "problem").length;
  return (
    <div class="wall-view">
      <div class="wall-controls group">
        <Choice
          name="What hangs on the wall"
          value={subject}
          steps={subjects.map((one) => one.subject)}
          text={(one) => {
            const { name, count } = subjects.find(({ subject }) => subject === one)!;
            return `${name} (${count})`;
          }}
          on={(one) => {
            setSubject(one);
            setSheet(0);
          }}
        />
        <Choice
          name="Stretch of a tile"
          value={stretchIndex}
          steps={WALL_STRETCHES.map((_, index) => index)}
          text={(index) => {
            const { before, seconds } = WALL_STRETCHES[index]!;
            return `${before} s before to ${seconds - before} s after`;
          }}
          on={setStretch}
        />
        <Choice
          name="Sensitivity of the wall"
          value={sensitivity}
          steps={SENSITIVITIES}
          text={(step) => `${step} µV/mm`}
          on={setSensitivity}
        />
        <Choice
          name="Order"
          value={order}
          steps={WALL_ORDERS}
          text={(one) => ORDER_NAMES[one]}
          on={setOrder}
        />
        {sheets > 1 && (
          <>
            <button
              type="button"
              disabled={shownSheet === 0}
              onClick={() => setSheet(shownSheet - 1)}
            >
              Before
            </button>
            <button
              type="button"
              disabled={shownSheet === sheets - 1}
              onClick={() => setSheet(shownSheet + 1)}
            >
              After
            </button>
          </>
        )}
        <button type="button" disabled={pages.waiting > 0} onClick={print}>Print</button>
        <span class="muted wall-help">arrows · Enter: its page · Y, X: accept, reject</span>
      </div>
      <p class="wall-facts">
        {[
          `Patient ${model.patientId}`,
          `Recording ${model.recordingId}`,
          `${name}: ${many}`,
          ...sheets > 1 ? [`${first} to ${first + shown.length - 1} here`] : [],
          ...marks.length === 0 ? [] : [reviewText(marks)],
          `montage ${MONTAGE_NAMES[view.montage.kind]}`,
          filterSummary(view.filters),
          `${sensitivity} µV/mm, clipped at rows`,
          display.isPositiveUp ? "positive up" : "negative up",
          `${stretch.seconds} s a tile, onset after ${stretch.before} s`,
        ].join(" · ")}
      </p>
      {problems > 0 && (
        <p class="notice bad" role="alert">
          {problems} of {tiles.length} could not be loaded.
          <button type="button" onClick={pages.retry}>Try again</button>
        </p>
      )}
      {marks.length === 0 && <p class="notice">Nothing of this kind is marked in the recording.</p>}
      <p class="sr-only" role="status">{said}</p>
      <ul
        ref={list}
        class="wall"
        aria-label={`${name}, aligned at their onsets`}
        onKeyDown={onKeyDown}
      >
        {tiles.map((tile, index) => (
          <WallTile
            key={tile.id}
            mark={tile.mark}
            model={shownModel}
            window={tile.window}
            stretch={stretch}
            tile={pages.of(tile)}
            sceneOf={sceneOf}
            width={width}
            isActive={index === active}
            onOpen={() => props.onOpen(tile.id)}
            onFocus={() => setActive(tile.id)}
          />
        ))}
      </ul>
    </div>
  );
}

/** Width of a tile, CSS pixels; 0 until it is known. */
function useTileWidth(list: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = list.current!;
    const update = () => setWidth(parseFloat(getComputedStyle(element).gridTemplateColumns) - 14);
    const observer = new ResizeObserver(update);
    observer.observe(element);
    update();
    return () => observer.disconnect();
  }, []);
  return Math.max(0, Math.floor(width));
}

function columnsOf(list: HTMLElement): number {
  return getComputedStyle(list).gridTemplateColumns.split(" ").length;
}

/** Whether tiles are drawn for paper, black on white, and the way to print them. */
function usePrinting(isWhole: boolean): [isPrinting: boolean, print: () => void] {
  const [isPrinting, setPrinting] = useState(false);
  useEffect(() => {
    const end = () => setPrinting(false);
    globalThis.addEventListener("afterprint", end);
    return () => globalThis.removeEventListener("afterprint", end);
  }, []);
  useEffect(() => {
    // Drawn for paper before this, in the layout effects of the same rendering.
    if (isPrinting && isWhole) globalThis.print();
  }, [isPrinting, isWhole]);
  return [isPrinting, () => setPrinting(true)];
}
