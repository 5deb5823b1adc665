/**
 * A spectrogram on the canvas: picture, frequency and time axes, the page, the colour scale.
 *
 * @module
 */

import { civilText, elapsedText } from "./clock_text.ts";
import type { CanvasSize } from "./layout.ts";
import type { RecordingModel } from "./recording_model.ts";
import { FREQUENCY_MAX, POWER_MAX_DB, POWER_MIN_DB, type Spectrogram } from "./spectrogram.ts";
import type { Surface, Theme } from "./surface.ts";
import { viridis } from "./viridis.ts";

/** Pixels of a picture, one for each frame and bin; blank where there is no frame. */
export interface SpectrogramImage {
  readonly width: number;
  readonly height: number;
  /** RGBA, high frequencies on top. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

/** Colours a spectrogram on the fixed scale. */
export function spectrogramImage(picture: Spectrogram): SpectrogramImage {
  const { columnCount: width, binCount: height, power } = picture;
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let column = 0; column < width; column++) {
    for (let bin = 0; bin < height; bin++) {
      const db = power[column * height + bin]!;
      if (Number.isNaN(db)) continue;
      const [red, green, blue] = viridis((db - POWER_MIN_DB) / (POWER_MAX_DB - POWER_MIN_DB));
      pixels.set([red, green, blue, 255], ((height - 1 - bin) * width + column) * 4);
    }
  }
  return { width, height, pixels };
}

/** What is drawn. */
export interface SpectrogramScene {
  readonly picture: Spectrogram | undefined;
  /** The coloured picture as something a canvas can draw. */
  readonly image: CanvasImageSource | undefined;
  /** The stretch, seconds from recording start. */
  readonly start: number;
  readonly seconds: number;
  /** The page above, marked when it is only a part of the stretch. */
  readonly page: { readonly start: number; readonly seconds: number };
  readonly startedAt: RecordingModel["startedAt"];
  readonly unit: string;
  readonly theme: Theme;
}

type ImageSurface = Surface & Pick<CanvasRenderingContext2D, "drawImage" | "imageSmoothingEnabled">;

/** Draws the panel. Its left edge stands under the left edge of the traces. */
export function drawSpectrogram(
  surface: ImageSurface,
  size: CanvasSize,
  scene: SpectrogramScene,
): void {
  const { theme, picture } = scene;
  const css = (pixels: number) => Math.round(pixels * size.scale);
  const plot = {
    x: css(92),
    y: css(6),
    width: size.width - css(92 + 62),
    height: size.height - css(6 + 20),
  };
  surface.fillStyle = theme.paper;
  surface.fillRect(0, 0, size.width, size.height);
  surface.fillStyle = theme.holeFill;
  surface.fillRect(plot.x, plot.y, plot.width, plot.height);
  const yOf = (hertz: number) => plot.y + plot.height * (1 - hertz / FREQUENCY_MAX);
  const xOf = (moment: number) => plot.x + (moment - scene.start) / scene.seconds * plot.width;
  if (picture !== undefined && scene.image !== undefined && picture.columnCount > 0) {
    surface.imageSmoothingEnabled = false;
    const left = xOf(scene.start + picture.startSeconds - picture.secondsPerColumn / 2);
    const right = left +
      picture.columnCount * picture.secondsPerColumn / scene.seconds * plot.width;
    const half = picture.hertzPerBin / 2;
    const top = yOf((picture.binCount - 1) * picture.hertzPerBin + half);
    surface.save();
    surface.beginPath();
    surface.rect(plot.x, plot.y, plot.width, plot.height);
    surface.clip();
    surface.drawImage(scene.image, left, top, right - left, yOf(-half) - top);
    surface.restore();
  }
  surface.font = `400 ${10 * size.scale}px "Inter", "Segoe UI", system-ui, sans-serif`;
  surface.fillStyle = theme.mutedInk;
  surface.textBaseline = "middle";
  surface.textAlign = "right";
  for (const hertz of [0, 10, 20, 30, 40, 50, 60, 70]) {
    if (hertz % 20 === 10 && plot.height < css(110)) continue;
    surface.fillText(`${hertz} Hz`, plot.x - css(6), Math.max(yOf(hertz), plot.y + css(4)));
  }
  surface.textAlign = "center";
  const isTwice = [scene.start, scene.start + scene.seconds]
    .some((moment) => civilText(scene.startedAt, moment)?.offset !== undefined);
  const every = scene.seconds <= 12 ? (isTwice ? 2 : 1) : scene.seconds <= 60 ? 10 : 60;
  const last = scene.start + scene.seconds;
  for (let moment = Math.ceil(scene.start / every) * every; moment <= last; moment += every) {
    const civil = civilText(scene.startedAt, moment);
    const clock = civil?.time.slice(0, 8) ?? elapsedText(moment);
    // An hour that the clock shows twice says which of the two it is.
    const text = civil?.offset === undefined ? clock : `${clock} ${civil.offset}`;
    surface.fillText(text, xOf(moment), plot.y + plot.height + css(11));
  }
  if (scene.page.seconds < scene.seconds) {
    surface.strokeStyle = "#ffffff";
    surface.lineWidth = 2 * size.scale;
    surface.beginPath();
    const left = xOf(scene.page.start);
    const width = scene.page.seconds / scene.seconds * plot.width;
    surface.rect(left, plot.y + css(1), width, plot.height - css(2));
    surface.stroke();
  }
  drawScale(surface, size, plot, scene);
}

function drawScale(
  surface: Surface,
  size: CanvasSize,
  plot: { x: number; y: number; width: number; height: number },
  { theme, unit }: SpectrogramScene,
): void {
  const css = (pixels: number) => Math.round(pixels * size.scale);
  const x = plot.x + plot.width + css(8);
  const steps = 32;
  for (let step = 0; step < steps; step++) {
    const [red, green, blue] = viridis(1 - step / (steps - 1));
    surface.fillStyle = `rgb(${red}, ${green}, ${blue})`;
    const y = plot.y + plot.height * step / steps;
    surface.fillRect(x, y, css(8), plot.height / steps + 1);
  }
  surface.fillStyle = theme.mutedInk;
  surface.textAlign = "left";
  surface.fillText(`${POWER_MAX_DB} dB`, x + css(12), plot.y + css(6));
  surface.fillText(`${POWER_MIN_DB} dB`, x + css(12), plot.y + plot.height - css(6));
  surface.font = `400 ${9 * size.scale}px "Inter", "Segoe UI", system-ui, sans-serif`;
  surface.fillText("re 1", x + css(12), plot.y + plot.height / 2 - css(6));
  surface.fillText(unit, x + css(12), plot.y + plot.height / 2 + css(6));
}
