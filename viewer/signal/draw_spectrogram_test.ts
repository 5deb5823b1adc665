import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { spectrogramImage } from "./draw_spectrogram.ts";

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
