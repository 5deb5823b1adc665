/**
 * Overview and trends of hours and days on one axis, with the page marked; any pixel opens its page.
 *
 * The cursor and the page are elements above the pictures: moving them draws nothing again.
 *
 * @module
 */

import type { VNode } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Menu } from "../../../components/Menu.tsx";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import { momentText } from "../../../signal/trends/day_ticks.ts";
import { spanName, spansOf } from "../../../signal/trends/day_window.ts";
import { laneOf } from "../../../signal/trends/mark_columns.ts";
import {
  DAY_GUTTERS,
  type FamilyId,
  moveFamily,
  TREND_FAMILIES,
} from "../../../signal/trends/trend_layout.ts";
import { assessableText, secondsByState } from "../../../signal/trends/trend_state.ts";
import { computedUntil, type TrendPoint, valueText } from "../../../signal/trends/trend_texts.ts";
import { marksOfPage } from "../../../signal/marks.ts";
import { pageEnd, type Viewport } from "../../../signal/viewport.ts";
import type { ReadingEvent } from "../(_islands)/reading_state.ts";
import type { Days } from "../(_islands)/use_days.ts";
import { useTheme } from "../(_islands)/use_theme.ts";
import { Icon } from "./Icon.tsx";
import { DayCounts } from "./DayCounts.tsx";
import { DayStrip } from "./DayStrip.tsx";
import { hertzUnder, TrendPanel } from "./TrendPanel.tsx";

/** What the panel needs. */
export interface DaysPanelProps {
  readonly days: Days;
  readonly model: RecordingModel;
  readonly viewport: Viewport;
  readonly dispatch: (event: ReadingEvent) => void;
}

/** The panel. */
export function DaysPanel({ days, model, viewport, dispatch }: DaysPanelProps): VNode {
  const { data, families } = days;
  const window = data?.window ?? days.window;
  const theme = useTheme();
  const body = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [cursor, setCursor] = useState<TrendPoint>();
  const { startedAt } = model;

  useLayoutEffect(() => {
    const element = body.current!;
    const update = () => {
      // Put away it has no size, and keeps its pixels.
      if (element.clientWidth === 0) return;
      setWidth(element.clientWidth);
      days.setColumns(element.clientWidth - DAY_GUTTERS.left - DAY_GUTTERS.right);
    };
    const observer = new ResizeObserver(update);
    observer.observe(element);
    update();
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (width > 0) days.noteDrawn();
  });
  // Opened before its script was here, nobody else does.
  useLayoutEffect(() => document.getElementById("day-strip")?.focus({ preventScroll: true }), []);

  const plot = Math.max(1, width - DAY_GUTTERS.left - DAY_GUTTERS.right);
  const isInside = (moment: number) =>
    moment >= window.start && moment < window.start + window.seconds;
  const point = cursor !== undefined && isInside(cursor.moment)
    ? cursor
    : { moment: Math.min(Math.max(window.start, viewport.start), window.start + window.seconds) };
  const text = momentText(startedAt, point.moment);
  const open = (moment: number) => dispatch({ type: "show", moment });
  const pointOf = (event: PointerEvent | MouseEvent): TrendPoint | undefined => {
    const { left } = body.current!.getBoundingClientRect();
    const share = (event.clientX - left - DAY_GUTTERS.left) / plot;
    if (share < 0 || share >= 1) return undefined;
    const { target } = event;
    if (!(target instanceof HTMLCanvasElement)) return undefined;
    const id = target.closest<HTMLElement>("[data-family]")?.dataset["family"];
    const y = event.clientY - target.getBoundingClientRect().top;
    const hertz = id === undefined || data === undefined
      ? undefined
      : hertzUnder(id as FamilyId, data.trends, y);
    return { moment: window.start + share * window.seconds, hertz };
  };
  const values = data === undefined
    ? ""
    : families.map((id) => `${nameOf(id)}: ${valueText(data.trends, id, point)}`).join("; ");

  const markers = (
    <>
      <Marker
        class="day-page"
        window={window}
        plot={plot}
        from={viewport.start}
        to={Math.min(pageEnd(viewport), viewport.end)}
      />
      <Marker
        class="day-cursor"
        window={window}
        plot={plot}
        from={point.moment}
        to={point.moment}
      />
    </>
  );

  return (
    <section class="days" aria-label="Overview and trends">
      <Head days={days} model={model} window={window} />
      <div class="days-body">
        <div
          ref={body}
          class="days-axis"
          onPointerMove={(event) => setCursor(pointOf(event) ?? cursor)}
          onPointerLeave={() => setCursor(undefined)}
          onClick={(event) => {
            const clicked = pointOf(event);
            if (clicked !== undefined) open(clicked.moment);
          }}
        >
          <DayStrip
            model={model}
            window={window}
            width={width}
            theme={theme}
            envelope={data?.envelope}
            row={data?.row ?? days.row}
            moment={point.moment}
            momentText={values === "" ? text : `${text}. ${values}`}
            onCursor={(moment) => setCursor({ moment })}
            onOpen={() => open(point.moment)}
          >
            {markers}
          </DayStrip>
          {data !== undefined && data.trends.streams.length === 0 && (
            <p class="trend-words">
              No trends here: {data.trends.unavailable[0]?.reason ?? "nothing was recorded"}.
            </p>
          )}
          {data !== undefined && data.trends.streams.length > 0 &&
            families.map((id, index) => (
              <TrendPanel
                key={id}
                id={id}
                answer={data.trends}
                window={window}
                startedAt={startedAt}
                width={width}
                theme={theme}
                point={point}
                isFirst={index === 0}
                isLast={index === families.length - 1}
                onMove={(by) => days.setFamilies(moveFamily(families, id, by))}
                onHide={() => days.setFamilies(families.filter((other) => other !== id))}
              />
            ))}
          {markers}
        </div>
      </div>
      {data !== undefined && days.span === "all" && (
        <DayCounts
          model={model}
          answer={data.trends}
        />
      )}
      <p class="days-read" aria-hidden="true">
        <strong>{text}</strong>{" "}
        <span class="muted">click, or Enter on the strip: the page there · Backspace: back</span>
      </p>
    </section>
  );
}

/** Controls and the words about the whole window. */
function Head({ days, model, window }: {
  readonly days: Days;
  readonly model: RecordingModel;
  readonly window: Days["window"];
}): VNode {
  const { data, families } = days;
  const trends = data?.trends;
  // A pointer that moves asks for neither again.
  const counted = useMemo(() => countText(model, window), [model.marks, window]);
  const judged = useMemo(
    () => trends && assessableText(secondsByState(trends, window, model)),
    [trends, window],
  );
  const until = trends === undefined ? undefined : computedUntil(trends);
  const clock = until === undefined ? "" : momentText(model.startedAt, until);
  return (
    <div class="panel-head days-head">
      <h2>Overview and trends</h2>
      <div class="group" role="group" aria-label="Stretch">
        {spansOf(model.endSeconds).map((span) => (
          <button
            key={String(span)}
            type="button"
            class="quiet"
            aria-pressed={days.span === span}
            onClick={() => days.setSpan(span)}
          >
            {spanName(span)}
          </button>
        ))}
        {days.span !== "all" && (
          <>
            <button
              type="button"
              class="quiet"
              aria-label="Half a stretch earlier"
              disabled={window.start <= 0}
              onClick={() => days.pan(-1)}
            >
              <Icon name="previous" />
            </button>
            <button
              type="button"
              class="quiet"
              aria-label="Half a stretch later"
              disabled={window.start + window.seconds >= model.endSeconds}
              onClick={() => days.pan(1)}
            >
              <Icon name="next" />
            </button>
          </>
        )}
      </div>
      <label>
        Envelope
        <select
          value={String(days.row)}
          onChange={({ currentTarget }) => days.setRow(currentTarget.selectedIndex)}
        >
          {model.rows.map(({ name }, row) => (
            <option key={name} value={String(row)} selected={row === days.row}>{name}</option>
          ))}
        </select>
      </label>
      <p id="days-summary" class="days-summary">
        {trends !== undefined && trends.streams.length > 0 && (
          <strong>
            {counted} in {judged}
          </strong>
        )}
        {until !== undefined && <span>computed until {clock}</span>}
        {days.problem !== undefined && (
          <span class="field-problem">not refreshed: {days.problem}</span>
        )}
      </p>
      <span class="day-legend muted" aria-hidden="true">
        <i class="not-assessable" /> not assessable
        <i class="not-computed" /> not computed yet
        <i class="missing" /> no data
      </span>
      <span class="group push">
        <Menu label="Trends">
          {TREND_FAMILIES.map(({ id, name }) => (
            <label key={id} class="choice">
              <input
                type="checkbox"
                checked={families.includes(id)}
                onChange={() =>
                  days.setFamilies(
                    families.includes(id)
                      ? families.filter((other) => other !== id)
                      : [...families, id],
                  )}
              />
              {name}
            </label>
          ))}
        </Menu>
        <button type="button" class="quiet" onClick={days.close}>Close</button>
      </span>
    </div>
  );
}

/** A stretch of the axis, above everything. */
function Marker(props: {
  readonly class: string;
  readonly window: Days["window"];
  readonly plot: number;
  readonly from: number;
  readonly to: number;
}): VNode {
  const element = useRef<HTMLDivElement>(null);
  const { window, plot, from, to } = props;
  useLayoutEffect(() => {
    const { style } = element.current!;
    const x = (moment: number) =>
      Math.min(Math.max(0, (moment - window.start) / window.seconds), 1) * plot;
    const isIn = to >= window.start && from <= window.start + window.seconds;
    style.display = isIn ? "" : "none";
    style.left = `${DAY_GUTTERS.left + x(from)}px`;
    style.width = `${Math.max(0, x(to) - x(from))}px`;
  }, [window, plot, from, to]);
  return <div ref={element} class={props.class} />;
}

function nameOf(id: FamilyId): string {
  return TREND_FAMILIES.find((family) => family.id === id)!.name;
}

/** Seizures that people state, and what only an algorithm saw, that touch the window. */
function countText(model: RecordingModel, { start, seconds }: Days["window"]): string {
  const lanes = marksOfPage(model.marks, { start, seconds, end: model.endSeconds }).map(laneOf);
  const count = (lane: string, one: string) => {
    const many = lanes.filter((own) => own === lane).length;
    return `${many} ${one}${many === 1 ? "" : "s"}`;
  };
  const detections = lanes.includes("detection") ? `, ${count("detection", "detection")}` : "";
  return count("seizure", "seizure") + detections;
}
