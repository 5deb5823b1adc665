import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { getKernel } from "./instance.ts";
import { scanLent } from "./scan_lent.ts";

/** The same samples in the kernel's memory. */
function lend(samples: Int32Array): Int32Array {
  const kernel = getKernel();
  ok(kernel, "this machine has WebAssembly SIMD");
  kernel.openPlain();
  const at = kernel.place(samples.byteLength);
  ok(kernel.isPlaced());
  const lent = kernel.words.subarray(at >> 2, (at >> 2) + samples.length);
  lent.set(samples);
  return lent;
}

function byDefinition(row: Int32Array) {
  const [least, greatest] = [Math.min(...row), Math.max(...row)];
  let hasFourAtExtreme = false;
  for (let i = 0; i + 3 < row.length; i += 4) {
    const four = row.subarray(i, i + 4);
    hasFourAtExtreme ||= [least, greatest].some((end) => four.every((value) => value === end));
  }
  return { least, greatest, hasFourAtExtreme };
}

function checkRows(samples: Int32Array, rowCount: number): void {
  const sampleCount = samples.length / rowCount;
  deepStrictEqual(
    scanLent(lend(samples), rowCount),
    Array.from(
      { length: rowCount },
      (_, row) => byDefinition(samples.subarray(row * sampleCount, (row + 1) * sampleCount)),
    ),
  );
}

Deno.test("scanLent() finds what a loop finds, whatever the shape", () => {
  const value = fc.oneof(
    fc.constantFrom(0, 1, -1, 2 ** 31 - 1, -(2 ** 31)),
    fc.integer({ min: -2, max: 2 }),
  );
  const shape = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 21 }));
  const rows = shape.chain(([rowCount, sampleCount]) =>
    fc.array(value, { minLength: rowCount * sampleCount, maxLength: rowCount * sampleCount })
      .map((values) => [Int32Array.from(values), rowCount] as const)
  );
  fc.assert(fc.property(rows, ([samples, rowCount]) => checkRows(samples, rowCount)));
});

Deno.test("scanLent() finds more rows than one call has room for", () => {
  const samples = Int32Array.from({ length: 300 * 5 }, (_, i) => (i * 7919) % 1000 - 500);
  for (const rowCount of [127, 128, 129, 256, 257, 300]) {
    checkRows(samples.subarray(0, rowCount * 5), rowCount);
  }
});

Deno.test("scanLent() leaves the next set of the kernel and its constants as they are", () => {
  const kernel = getKernel()!;
  const before = kernel.bytes.slice(4096, 8192);
  checkRows(Int32Array.from({ length: 400 * 4 }, (_, i) => i), 400);
  deepStrictEqual(kernel.bytes.slice(4096, 8192), before);
});

Deno.test("scanLent() has nothing to say of samples that lie elsewhere", () => {
  getKernel();
  strictEqual(scanLent(Int32Array.of(1, 2, 3), 1), undefined);
});
