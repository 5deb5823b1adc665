/**
 * What is true of the page on screen, always in view.
 *
 * @module
 */

import type { RefObject, VNode } from "preact";
import { elapsedText } from "../../../signal/clock_text.ts";
import { damagedStretches } from "../../../signal/damaged_stretches.ts";
import type { DrawnPage } from "../../../signal/draw_page.ts";
import { holesOfPage } from "../../../signal/holes.ts";
import { holesOfDrawnPage } from "../../../signal/page_holes.ts";
import type { LiveState } from "../../../signal/live_status.ts";
import type { MontageModel } from "../../../signal/montage_model.ts";
import type { PageData } from "../../../signal/page_data.ts";
import {
  hertzText,
  impossibleFilters,
  lowFilterText,
  MONTAGE_NAMES,
  notchText,
  recordedBandText,
} from "../../../signal/page_view.ts";
import { ownRows } from "../../../signal/tools/row_settings.ts";
import { speedText } from "../../../signal/tools/display_settings.ts";
import { type ReadingState, viewOf } from "../(_islands)/reading_state.ts";
import type { Renderer } from "../(_islands)/use_renderer.ts";
import { RendererButton } from "./RendererButton.tsx";

/** What the strip says. */
export interface TruthStripProps {
  readonly state: ReadingState;
  readonly page: PageData | undefined;
  /** Of the page that is drawn. */
  readonly montage: MontageModel;
  readonly drawn: DrawnPage | undefined;
  readonly live: LiveState;
  readonly isCalibrated: boolean;
  readonly shownRowCount: number;
  readonly renderer: Renderer;
  readonly onCalibrate: () => void;
  /** Of the plot on this screen; undefined before the first page. */
  readonly widthMm: number | undefined;
  /** Where what lies under the pointer is written. */
  readonly pointer: RefObject<HTMLElement | null>;
}

/** The strip. Two lines on a laptop: what is as it always is (rows overlap, offset as recorded) is not said. */
export function TruthStrip(props: TruthStripProps): VNode {
  const { state, page, montage, drawn } = props;
  const { model } = state;
  const shown = page ?? state.viewport;
  const view = page?.view ?? viewOf(state);
  const { filters } = view;
  const impossible = impossibleFilters(filters, model);
  const filter = (name: "low" | "high" | "notch", text: string) =>
    impossible.has(name) ? `off: ${text} is above half the sample rate` : text;
  const derived = montage.paths.filter((path) => path !== "").length;
  const unassessable = page?.notes.some(({ kind }) => kind === "unassessable") ?? false;
  const holes = page === undefined
    ? holesOfPage(model, { ...shown, end: model.endSeconds })
    : holesOfDrawnPage(model, page);
  const pending = holes.filter(({ kind }) => kind === "pending").length;
  const gaps = holes.filter(({ kind }) => kind !== "pending" && kind !== "beyond-end").length;
  const ownCount = ownRows(montage.rows, state.display.rows).length;
  const isLive = props.live.kind === "live" && shown.start + shown.seconds >= model.endSeconds - 2;
  return (
    <dl class="truth" aria-label="What is on screen">
      <Fact name="Sensitivity">{state.sensitivity} µV/mm</Fact>
      <Fact name="Page">{pageText(shown.seconds, state.display.speed, props.widthMm)}</Fact>
      <Fact name="Polarity">{state.display.isPositiveUp ? "positive up" : "negative up"}</Fact>
      <Fact name="Low filter">{filter("low", lowFilterText(filters.lowHz))}</Fact>
      <Fact name="High filter">{filter("high", hertzText(filters.highHz))}</Fact>
      <Fact name="Notch">{filter("notch", notchText(filters))}</Fact>
      <Fact name="Phase">
        {filters.phase === state.filters.phase
          ? filters.phase
          : `${filters.phase}: too near the live edge for ${state.filters.phase}`}
      </Fact>
      <Fact name="Recorded band">{recordedBandText(model)}</Fact>
      <Fact name="Montage" isBad={unassessable}>
        {MONTAGE_NAMES[view.montage.kind]}
        {state.isPeeking && ", peeking"}
        {montage.missing.length > 0 &&
          `, ${montage.missing.length} of ${montage.missing.length + derived} cannot be derived`}
        {montage.average.length > 0 && `, average of ${montage.average.length}`}
        {view.montage.isRightFirst && ", right above left"}
        {unassessable && ", in part not assessable"}
      </Fact>
      {view.montage.bad.length > 0 && <Fact name="Bad" isBad>{view.montage.bad.join(", ")}</Fact>}
      {ownCount > 0 && (
        <Fact name="Own settings">{ownCount} {ownCount === 1 ? "row" : "rows"}, at the labels</Fact>
      )}
      {state.display.isClipped && <Fact name="Traces">clipped at rows</Fact>}
      {state.isOffsetRemoved && <Fact name="Offset">page mean removed</Fact>}
      <Fact name="Channels">{props.shownRowCount} of {montage.rows.length}</Fact>
      <Fact name="Samples per pixel">{drawn === undefined ? "–" : ratioText(drawn)}</Fact>
      <Fact name="Gaps on page" isBad={gaps > 0}>
        {gaps === 0 ? "none" : gaps}
        {pending > 0 && `, ${pending} pending`}
      </Fact>
      <Fact name="Integrity" isBad={(page?.damagedChunkCount ?? 0) > 0}>
        {page === undefined
          ? "–"
          : page.damagedChunkCount > 0
          ? `failed: ${countText(page.damagedChunkCount)} not shown, at ${
            damagedStretches(page).map(({ start }) => elapsedText(start)).join(", ")
          }`
          : `verified here, ${countText(page.verifiedChunkCount)}`}
      </Fact>
      <Fact name="Screen">
        <button type="button" class="link" onClick={props.onCalibrate}>
          {props.isCalibrated ? "calibrated" : "µV/mm not calibrated"}
        </button>
      </Fact>
      <Fact name="Renderer">
        <RendererButton renderer={props.renderer} />
      </Fact>
      <Fact name="Source">{isLive ? "live" : "recorded"}</Fact>
      <Fact name="Colours">blue left, red right</Fact>
      {state.display.isPointerRead && (
        <div class="pointer">
          <dt>Pointer</dt>
          <dd ref={props.pointer as RefObject<HTMLElement>}>–</dd>
        </div>
      )}
    </dl>
  );
}

/** A chunk is a second of a stream. */
function countText(count: number): string {
  return count === 1 ? "1 chunk" : `${count} chunks`;
}

function Fact(
  { name, isBad, children }: { name: string; isBad?: boolean; children: unknown },
): VNode {
  return (
    <div class={isBad ? "bad" : ""}>
      <dt>{name}</dt>
      <dd>{children as VNode}</dd>
    </div>
  );
}

/** What is held first, what follows from it second. */
function pageText(seconds: number, speed: number | null, widthMm: number | undefined): string {
  if (widthMm === undefined) return `${seconds} s`;
  const drawn = speedText(seconds, widthMm);
  return speed === null ? `${seconds} s, ${drawn}` : `${drawn}, ${seconds} s`;
}

function ratioText({ samplesPerPixel }: DrawnPage): string {
  if (samplesPerPixel === 0) return "no samples";
  const ratio = samplesPerPixel.toFixed(samplesPerPixel < 10 ? 2 : 0);
  return samplesPerPixel > 1 ? `${ratio}, all peaks kept` : `${ratio}, every sample drawn`;
}
