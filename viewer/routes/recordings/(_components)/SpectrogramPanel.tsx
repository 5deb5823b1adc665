/**
 * Power of one channel over time and frequency, 0 to 70 Hz, below the page.
 *
 * A canvas of our own and not Plotly: under the strict policy Plotly's inline styles are refused, and
 * half a megabyte of script would draw one picture.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { drawSpectrogram, spectrogramImage } from "../../../signal/draw_spectrogram.ts";
import { latestOnly } from "../../../signal/latest_only.ts";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import type { Spectrogram } from "../../../signal/spectrogram.ts";
import type { Viewport } from "../../../signal/viewport.ts";
import type { ReadingEvent, ReadingState } from "../(_islands)/reading_state.ts";
import { useTheme } from "../(_islands)/use_theme.ts";

/** A stretch of one row. */
export interface SpectrogramRequest {
  readonly row: number;
  readonly start: number;
  readonly seconds: number;
  readonly columnsMax: number;
}

/** What the panel needs. */
export interface SpectrogramPanelProps {
  readonly choice: NonNullable<ReadingState["spectrogram"]>;
  readonly model: RecordingModel;
  readonly viewport: Viewport;
  readonly ask: (
    request: SpectrogramRequest,
    signal: AbortSignal,
  ) => Promise<Spectrogram | undefined>;
  readonly dispatch: (event: ReadingEvent) => void;
}

interface Landed {
  readonly picture: Spectrogram | undefined;
  readonly request: SpectrogramRequest;
}

/** The panel. */
export function SpectrogramPanel(props: SpectrogramPanelProps): VNode {
  const { choice, model, viewport, dispatch } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  const [landed, setLanded] = useState<Landed>();
  const [problem, setProblem] = useState<string>();
  const runner = useMemo(() =>
    latestOnly<SpectrogramRequest>(async (request, signal) => {
      const picture = await props.ask(request, signal);
      if (signal.aborted) return;
      setProblem(undefined);
      setLanded({ picture, request });
    }, (error) => setProblem(error instanceof Error ? error.message : String(error))), []);
  const { start, seconds } = stretchOf(choice.span, viewport);
  useEffect(() => {
    const columnsMax = Math.min(1200, Math.max(200, canvas.current!.clientWidth));
    runner.request({ row: choice.row, start, seconds, columnsMax });
  }, [choice.row, start, seconds, model.endSeconds]);
  useEffect(() => {
    const element = canvas.current!;
    if (landed === undefined) return;
    const surface = element.getContext("2d", { alpha: false });
    if (surface === null) return;
    const scale = globalThis.devicePixelRatio || 1;
    element.width = Math.round(element.clientWidth * scale);
    element.height = Math.round(element.clientHeight * scale);
    const { picture, request } = landed;
    drawSpectrogram(surface, { width: element.width, height: element.height, scale }, {
      picture,
      image: picture === undefined ? undefined : toCanvas(picture),
      start: request.start,
      seconds: request.seconds,
      page: viewport,
      startedAt: model.startedAt,
      unit: isVoltage(model, request.row) ? "µV²/Hz" : "unit²/Hz",
      theme,
    });
  }, [landed, viewport, theme]);
  return (
    <section class="spectrogram" aria-label="Spectrogram">
      <div class="panel-head">
        <h2>Spectrogram</h2>
        <label>
          Channel
          <select
            value={String(choice.row)}
            onChange={(event) =>
              dispatch({ ...choice, type: "spectrogram", row: Number(event.currentTarget.value) })}
          >
            {model.rows.map((row, index) => (
              <option key={row.name} value={String(index)}>{row.name}</option>
            ))}
          </select>
        </label>
        <label>
          Stretch
          <select
            value={String(choice.span)}
            onChange={(event) => {
              const { value } = event.currentTarget;
              const span = value === "page" ? "page" : value === "60" ? 60 : 300;
              dispatch({ type: "spectrogram", row: choice.row, span });
            }}
          >
            <option value="page">this page</option>
            <option value="60">1 min around</option>
            <option value="300">5 min around</option>
          </select>
        </label>
        <span class="muted">
          {problem ?? describe(landed?.picture)}
        </span>
        <button
          type="button"
          class="quiet push"
          onClick={() => dispatch({ type: "action", action: "spectrogram" })}
        >
          Close
        </button>
      </div>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Spectrogram of ${model.rows[choice.row]?.name ?? "no channel"}, 0 to 70 Hz`}
      />
    </section>
  );
}

function describe(picture: Spectrogram | undefined): string {
  if (picture === undefined) return "no samples here";
  return `${picture.frameSeconds.toFixed(2)} s Hann frames, ${
    picture.hertzPerBin.toFixed(2)
  } Hz bins, fixed scale`;
}

function isVoltage(model: RecordingModel, row: number): boolean {
  return model.rows[row]?.microvoltsPerUnit != null;
}

function stretchOf(
  span: SpectrogramPanelProps["choice"]["span"],
  viewport: Viewport,
): { start: number; seconds: number } {
  if (span === "page" || span <= viewport.seconds) {
    return { start: viewport.start, seconds: viewport.seconds };
  }
  const middle = viewport.start + viewport.seconds / 2;
  return { start: Math.max(0, Math.round((middle - span / 2) * 1000) / 1000), seconds: span };
}

function toCanvas(picture: Spectrogram): CanvasImageSource {
  const { width, height, pixels } = spectrogramImage(picture);
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, width);
  canvas.height = Math.max(1, height);
  if (width > 0 && height > 0) {
    canvas.getContext("2d")?.putImageData(new ImageData(pixels, width, height), 0, 0);
  }
  return canvas;
}
