/**
 * One family of trends: its name, what it is made of, the value under the cursor, the picture.
 *
 * @module
 */

import type { TrendsAnswer, TrendStream } from "@wavekeep/core/trend";
import type { VNode } from "preact";
import type { CanvasSize } from "../../../signal/layout.ts";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import type { Theme } from "../../../signal/surface.ts";
import { dayTicks } from "../../../signal/trends/day_ticks.ts";
import type { DayWindow } from "../../../signal/trends/day_window.ts";
import { dayTime } from "../../../signal/trends/draw_day_strip.ts";
import { drawTrends } from "../../../signal/trends/draw_trends.ts";
import {
  familyHeight,
  type FamilyId,
  familyOf,
  plotsOf,
} from "../../../signal/trends/trend_layout.ts";
import { spectrumPicture } from "../../../signal/trends/trend_picture.ts";
import { hertzAt } from "../../../signal/trends/trend_scales.ts";
import { shownStreams, type TrendSide } from "../../../signal/trends/trend_state.ts";
import {
  captionOf,
  panelsOf,
  type TrendPoint,
  valueText,
} from "../../../signal/trends/trend_texts.ts";
import { TICK_DISTANCE } from "./DayStrip.tsx";
import { Icon } from "./Icon.tsx";
import { useDayCanvas } from "../(_islands)/use_day_canvas.ts";

/** What a panel needs. */
export interface TrendPanelProps {
  readonly id: FamilyId;
  readonly answer: TrendsAnswer;
  readonly window: DayWindow;
  readonly startedAt: RecordingModel["startedAt"];
  readonly width: number;
  readonly theme: Theme;
  readonly point: TrendPoint;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly onMove: (by: -1 | 1) => void;
  readonly onHide: () => void;
}

/** The panel. */
export function TrendPanel(props: TrendPanelProps): VNode {
  const { id, answer, window, startedAt, width, theme, point } = props;
  const family = familyOf(id);
  const height = familyHeight(family);
  const canvas = useDayCanvas({ width, height }, (surface, size) => {
    const time = dayTime(window, size);
    const ticks = dayTicks(time, startedAt, TICK_DISTANCE * size.scale);
    drawTrends(surface, size, { answer, time, ticks, theme, pictureOf }, id);
  }, [answer, window, theme]);
  const value = valueText(answer, id, point);
  return (
    <section class="trend" aria-label={family.name} data-family={id}>
      <div class="trend-head">
        <h3>{family.name}</h3>
        <span class="trend-value">{value}</span>
        <span class="trend-tools">
          <button
            type="button"
            class="quiet"
            disabled={props.isFirst}
            aria-label={`${family.name}: move up`}
            onClick={() => props.onMove(-1)}
          >
            <Icon name="up" />
          </button>
          <button
            type="button"
            class="quiet"
            disabled={props.isLast}
            aria-label={`${family.name}: move down`}
            onClick={() => props.onMove(1)}
          >
            <Icon name="down" />
          </button>
          <button
            type="button"
            class="quiet"
            aria-label={`${family.name}: hide`}
            onClick={props.onHide}
          >
            <Icon name="close" />
          </button>
        </span>
        <details class="trend-method">
          <summary>{captionOf(answer, id)}</summary>
          <Method answer={answer} id={id} />
        </details>
      </div>
      <canvas ref={canvas} role="img" aria-label={`${family.name}. At the cursor: ${value}`} />
    </section>
  );
}

/** How the numbers were made: method, sources, paths, and what was left out. */
function Method({ answer, id }: Pick<TrendPanelProps, "answer" | "id">): VNode {
  const panels = panelsOf(answer, id);
  const methods = [...new Set(panels.map(({ method }) => method))];
  const sources = [...new Set(panels.flatMap(({ sources }) => sources))];
  const [stream] = shownStreams(answer);
  const paths = stream === undefined
    ? []
    : (["left", "right"] as const).map((side) =>
      `${side}: ${stream.sides[side].derivations.map(({ path }) => path).join(", ") || "none"}`
    );
  return (
    <div class="trend-words">
      {methods.map((method) => <p key={method}>{method}</p>)}
      {paths.map((path) => <p key={path}>{path}</p>)}
      {stream !== undefined && stream["left_out"].length > 0 && (
        <p>
          Left out: {stream["left_out"].map(({ name, reason }) => `${name} (${reason})`).join(", ")}
        </p>
      )}
      {sources.length > 0 && <p class="muted">{sources.join("; ")}</p>}
    </div>
  );
}

/** Frequency under the pointer, where the panel is a spectrum. */
export function hertzUnder(id: FamilyId, answer: TrendsAnswer, y: number): number | undefined {
  if (id !== "spectrogram") return undefined;
  const size: CanvasSize = { width: 1000, height: 0, scale: 1 };
  const lines = { count: answer["bin_count"], hertz: answer["bin_hertz"] };
  for (const box of plotsOf(familyOf(id), size)) {
    const hertz = hertzAt(box, y, lines);
    if (hertz !== undefined) return hertz;
  }
  return undefined;
}

/** Coloured once, for every size and theme. */
const PICTURES = new WeakMap<object, HTMLCanvasElement>();

function pictureOf(stream: TrendStream, side: TrendSide): HTMLCanvasElement | undefined {
  const key = stream.arrays[`spectrum_${side}`];
  if (key === undefined) return undefined;
  const known = PICTURES.get(key);
  if (known !== undefined) return known;
  const picture = spectrumPicture(stream, side);
  const canvas = document.createElement("canvas");
  const surface = canvas.getContext("2d");
  if (picture === undefined || surface === null) return undefined;
  canvas.width = picture.width;
  canvas.height = picture.height;
  surface.putImageData(new ImageData(picture.pixels, picture.width, picture.height), 0, 0);
  PICTURES.set(key, canvas);
  return canvas;
}
