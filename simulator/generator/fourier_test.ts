import { ok } from "node:assert/strict";
import { transform } from "./fourier.ts";

function naive(re: Float64Array): [number, number][] {
  return Array.from(re, (_, k) => {
    let [a, b] = [0, 0];
    re.forEach((value, n) => {
      a += value * Math.cos(2 * Math.PI * k * n / re.length);
      b -= value * Math.sin(2 * Math.PI * k * n / re.length);
    });
    return [a, b];
  });
}

Deno.test("transform() equals the definition for lengths of all small factors", () => {
  for (const length of [1, 2, 3, 8, 27, 60, 64]) {
    const re = Float64Array.from({ length }, (_, i) => Math.sin(i * i) + i % 3);
    const { re: a, im: b } = transform({ re, im: new Float64Array(length) });
    naive(re).forEach(([x, y], k) => {
      ok(Math.abs(a[k]! - x) < 1e-9 && Math.abs(b[k]! - y) < 1e-9, `length ${length}, bin ${k}`);
    });
  }
});
