import { deepStrictEqual, ok } from "node:assert/strict";
import { viridis } from "./viridis.ts";

Deno.test("viridis() gives the ends of the scale outside of it", () => {
  deepStrictEqual(viridis(-3), [68, 1, 84]);
  deepStrictEqual(viridis(9), [253, 231, 37]);
});

Deno.test("viridis() grows lighter all the way", () => {
  let before = 0;
  for (let level = 0; level <= 1; level += 0.05) {
    const [r, g, b] = viridis(level);
    const lightness = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    ok(lightness >= before, `level ${level}`);
    before = lightness;
  }
});
