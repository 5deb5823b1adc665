/**
 * The whole recording in one strip: what is there, holes, marks, and the page; with a slider.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { AssessedSeconds } from "../../../signal/assessed_text.ts";
import { civilText, elapsedText } from "../../../signal/clock_text.ts";
import { drawOverview } from "../../../signal/draw_overview.ts";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import type { Stretch } from "../../../signal/seen_map.ts";
import type { Viewport } from "../../../signal/viewport.ts";
import type { ReadingEvent } from "../(_islands)/reading_state.ts";
import type { Seen } from "../(_islands)/use_seen.ts";
import type { Acting } from "./Controls.tsx";
import { SeenButton, SeenLine } from "./SeenLane.tsx";
import { GoTo } from "./GoTo.tsx";
import { useTheme } from "../(_islands)/use_theme.ts";

/** What the strip needs. */
export interface NavigatorProps {
  readonly model: RecordingModel;
  readonly viewport: Viewport;
  readonly dispatch: (event: ReadingEvent) => void;
  readonly seen: Seen;
  /** By whomever, before this page was opened. */
  readonly reviewed: readonly Stretch[];
  readonly assessed: AssessedSeconds | undefined;
  readonly acting: Acting;
}

/** The strip. */
export function Navigator(
  { model, viewport, dispatch, seen, reviewed, assessed, acting }: NavigatorProps,
): VNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(() => setWidth(canvas.current!.clientWidth));
    observer.observe(canvas.current!);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const element = canvas.current!;
    const surface = element.getContext("2d");
    if (surface === null || width === 0) return;
    const scale = globalThis.devicePixelRatio || 1;
    element.width = Math.round(width * scale);
    element.height = Math.round(element.clientHeight * scale);
    const size = { width: element.width, height: element.height, scale };
    drawOverview(surface, size, { model, viewport, theme });
  }, [model, viewport, width, theme]);
  const clock = civilText(model.startedAt, viewport.start);
  const last = Math.max(0, viewport.end - viewport.seconds);
  return (
    <div class="navigator">
      <output class="position" for="position">
        <strong>{clock?.time.slice(0, 8) ?? elapsedText(viewport.start)}</strong>
        <span class="muted">
          {clock === undefined
            ? "elapsed"
            : `${clock.date} ${clock.offset ?? ""} · +${elapsedText(viewport.start)}`}
        </span>
      </output>
      <GoTo model={model} here={viewport.start} dispatch={dispatch} />
      <div class="strip">
        <canvas ref={canvas} aria-hidden="true" />
        <SeenLine seen={seen} reviewed={reviewed} end={viewport.end} />
        <label class="sr-only" for="position">Position in the recording</label>
        <input
          id="position"
          type="range"
          min="0"
          max={String(last)}
          step={String(viewport.seconds / 10)}
          value={String(Math.min(viewport.start, last))}
          aria-valuetext={`${elapsedText(viewport.start)} of ${elapsedText(viewport.end)}`}
          onInput={(event) => dispatch({ type: "go-to", start: Number(event.currentTarget.value) })}
        />
      </div>
      <span class="muted extent">{elapsedText(viewport.end)}</span>
      <SeenButton
        seen={seen}
        reviewed={reviewed}
        model={model}
        assessed={assessed}
        acting={acting}
      />
    </div>
  );
}
