import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { recordingSurface } from "../testing/recording_surface.ts";
import { drawSpectrogram, spectrogramImage } from "./draw_spectrogram.ts";
import { LIGHT } from "./surface.ts";

Deno.test("spectrogramImage() puts high frequencies on top and leaves holes blank", () => {
  const { width, height, pixels } = spectrogramImage({
    startSeconds: 0,
    secondsPerColumn: 1,
    columnCount: 2,
    hertzPerBin: 35,
    binCount: 3,
    power: Float32Array.of(-20, 10, 40, NaN, NaN, NaN),
    frameSeconds: 1,
  });
  deepStrictEqual([width, height], [2, 3]);
  deepStrictEqual([...pixels.subarray(0, 4)], [253, 231, 37, 255]);
  deepStrictEqual([...pixels.subarray(16, 20)], [68, 1, 84, 255]);
  strictEqual(pixels[7], 0);
});

Deno.test("drawSpectrogram() tells two hours of one name apart, with room between its labels", () => {
  const surface = Object.assign(recordingSurface(), { imageSmoothingEnabled: false });
  drawSpectrogram(surface, { width: 1200, height: 190, scale: 1 }, {
    picture: undefined,
    image: undefined,
    // Clocks in Berlin go from 3:00 back to 2:00.
    start: 3 * 3600 - 5,
    seconds: 10,
    page: { start: 3 * 3600 - 5, seconds: 10 },
    startedAt: { civil: "2026-10-25T00:00:00", zone: "Europe/Berlin" },
    unit: "µV²/Hz",
    theme: LIGHT,
  });
  const clocks = surface.texts.filter(({ text }) => text.includes(":"));
  deepStrictEqual(clocks.slice(0, 4).map(({ text }) => text), [
    "02:59:56 UTC+02:00",
    "02:59:58 UTC+02:00",
    "02:00:00 UTC+01:00",
    "02:00:02 UTC+01:00",
  ]);
  strictEqual(clocks[1]!.x - clocks[0]!.x > 120, true);
});
