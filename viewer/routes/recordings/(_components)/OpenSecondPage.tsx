/**
 * The second page beside the first, with its own clock and settings in words.
 *
 * @module
 */

import { MONTAGE_KINDS } from "@wavekeep/core/signal";
import type { VNode } from "preact";
import { useCallback, useEffect, useMemo } from "preact/hooks";
import type { DrawnPage } from "../../../signal/draw_page.ts";
import { placeText } from "../../../signal/go_to_time.ts";
import { displayedModel } from "../../../signal/montage_model.ts";
import { Overlay } from "../../../signal/overlay.ts";
import { filterSummary, MONTAGE_NAMES } from "../../../signal/page_view.ts";
import type { SegmentBorder } from "../../../signal/tools/segment_borders.ts";
import { rowFacts } from "../../../signal/tools/row_facts.ts";
import { type ReadingState, rowsOfView, viewOf } from "../(_islands)/reading_state.ts";
import type { NotePainted } from "../(_islands)/use_ledger.ts";
import type { Ahead } from "../(_islands)/use_pages.ts";
import type { Renderer } from "../(_islands)/use_renderer.ts";
import type { SecondPage } from "../(_islands)/use_second_page.ts";
import { Choice } from "./Controls.tsx";
import { GoTo } from "./GoTo.tsx";
import { PageCanvas } from "./PageCanvas.tsx";

/** What the open panel needs. */
export interface OpenSecondPageProps {
  readonly second: SecondPage;
  readonly choice: NonNullable<SecondPage["choice"]>;
  readonly state: ReadingState;
  readonly renderer: Renderer;
  readonly cssPixelsPerMm: number;
  readonly borders: readonly SegmentBorder[];
  readonly onPainted: NotePainted;
}

/** Nothing is prepared for this page: the first one's come first. */
const NOTHING_AHEAD: Ahead = { scenes: () => [], subscribe: () => () => {} };
const MONTAGES = [null, ...MONTAGE_KINDS] as const;
const nothing = () => {};

/** The open panel. */
export function OpenSecondPage(
  { second, choice, state, renderer, cssPixelsPerMm, borders, onPainted }: OpenSecondPageProps,
): VNode {
  const onDrawn = useCallback((drawn: DrawnPage) => onPainted("second", drawn), []);
  useEffect(() => () => onPainted("second", undefined), []);
  const { page, viewport, change } = second;
  const { display } = state;
  const overlay = useMemo(() => new Overlay((paint) => requestAnimationFrame(paint)), []);
  const view = page?.view ?? viewOf(state);
  const rows = useMemo(() => rowsOfView(state, view), [state.model, state.hiddenRows, view]);
  const shown = useMemo(() => displayedModel(state.model, rows.montage), [rows]);
  const facts = useMemo(() => rowFacts(rows.montage, view, display.rows, shown), [
    rows,
    shown,
    display.rows,
  ]);
  const move = (pages: number) => change({ start: viewport.start + pages * viewport.seconds });
  return (
    <section class="second" aria-label="Second page">
      <div class="reading-bar">
        <button type="button" aria-label="Second page: back" onClick={() => move(-1)}>‹</button>
        <button type="button" aria-label="Second page: on" onClick={() => move(1)}>›</button>
        <button
          type="button"
          aria-pressed={choice.isLinked}
          title="Moves as far as the first page does"
          onClick={() => change({ isLinked: !choice.isLinked })}
        >
          Linked
        </button>
        <Choice
          name="Montage of the second page"
          value={choice.montage}
          steps={MONTAGES}
          text={(kind) => kind === null ? "montage of the first" : MONTAGE_NAMES[kind]}
          on={(montage) => change({ montage })}
        />
        <button type="button" onClick={() => change({ start: state.viewport.start })}>
          Same time
        </button>
        <button type="button" onClick={second.swap}>Exchange</button>
        <button type="button" class="push" onClick={second.close}>Close</button>
        <GoTo
          id="second-go-to"
          model={state.model}
          here={viewport.start}
          dispatch={({ start }) => change({ start })}
        />
        <span role="status">{second.problem === "" ? "" : `Not loaded: ${second.problem}`}</span>
      </div>
      <p class="second-facts">
        {page === undefined ? "–" : [
          placeText(state.model.startedAt, page.start),
          `${page.seconds} s`,
          MONTAGE_NAMES[page.view.montage.kind],
          filterSummary(page.view.filters),
          `${state.sensitivity} µV/mm`,
        ].join(" · ")}
      </p>
      <PageCanvas
        id="second-traces"
        label="Second EEG page"
        model={shown}
        page={page}
        shownRows={rows.shownRows}
        sensitivity={state.sensitivity}
        cssPixelsPerMm={cssPixelsPerMm}
        isOffsetRemoved={state.isOffsetRemoved}
        isLoading={false}
        host={renderer.host}
        renderer={renderer.state}
        overlay={overlay}
        ahead={NOTHING_AHEAD}
        onDrawn={onDrawn}
        onWheel={nothing}
        rowFacts={facts}
        isPositiveUp={display.isPositiveUp}
        isClipped={display.isClipped}
        borders={borders}
        focusId={state.events.focusId}
      />
    </section>
  );
}
