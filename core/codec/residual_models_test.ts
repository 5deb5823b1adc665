/** Frequency tables and scales: sums, shapes and ends. @module */

import { ok, strictEqual } from "node:assert/strict";
import {
  ESCAPE,
  FREQUENCY_TOTAL,
  getFrequencyTables,
  getSlotTables,
  lowBitsOfScale,
  nextScale,
  SCALE_INDEX_MAX,
  scaleIndex,
  startScale,
  SYMBOL_COUNT,
  TABLE_COUNT,
  tableOfScale,
} from "./residual_models.ts";

Deno.test("the frequencies of every table add up, and an escape is always there", () => {
  const { frequencies, starts } = getFrequencyTables();
  for (let table = 0; table < TABLE_COUNT; table++) {
    const row = table * SYMBOL_COUNT;
    let sum = 0;
    for (let symbol = 0; symbol < SYMBOL_COUNT; symbol++) {
      strictEqual(starts[row + symbol], sum);
      sum += frequencies[row + symbol]!;
    }
    strictEqual(sum, FREQUENCY_TOTAL);
    strictEqual(frequencies[row + ESCAPE], 3);
    ok(frequencies[row]! < FREQUENCY_TOTAL && frequencies[row]! > 300);
  }
});

Deno.test("tables widen with the scale, and each has the mean that its scale says", () => {
  const { frequencies } = getFrequencyTables();
  for (let table = 9; table < 25; table++) {
    let mean = 0;
    for (let symbol = 0; symbol < ESCAPE; symbol++) {
      const magnitude = (symbol + 1) >> 1;
      mean += magnitude * frequencies[table * SYMBOL_COUNT + symbol]! / FREQUENCY_TOTAL;
    }
    const low = startScale(table - 1) / 512;
    ok(mean > 0.95 * low && mean < 1.45 * low, `table ${table}: ${mean} at ${low}`);
  }
});

Deno.test("slots hold their symbols in order", () => {
  const { frequencies, starts } = getFrequencyTables();
  const slots = getSlotTables();
  strictEqual(slots.length, TABLE_COUNT * FREQUENCY_TOTAL);
  for (let i = 0; i < slots.length; i += 7) {
    const entry = slots[i]!;
    const symbol = Math.floor(i / FREQUENCY_TOTAL) * SYMBOL_COUNT + (entry & 63);
    strictEqual((entry >>> 6) & 0xfff, frequencies[symbol]);
    strictEqual((entry >>> 18) + starts[symbol]!, i % FREQUENCY_TOTAL);
  }
});

Deno.test("scaleIndex() inverts startScale(), and scales never leave 16 to 2^29", () => {
  for (let index = 0; index <= SCALE_INDEX_MAX; index++) {
    strictEqual(scaleIndex(startScale(index) / 512), index);
  }
  strictEqual(scaleIndex(0), 0);
  strictEqual(scaleIndex(1e12), SCALE_INDEX_MAX);
  let low = startScale(0);
  let high = startScale(SCALE_INDEX_MAX);
  for (let i = 0; i < 2000; i++) {
    low = nextScale(low, 0);
    high = nextScale(high, -0x80000000);
  }
  ok(low >= 16 && tableOfScale(low) === 0 && lowBitsOfScale(low) === 0);
  ok(high <= 2 ** 29 && tableOfScale(high) < TABLE_COUNT && lowBitsOfScale(high) <= 19);
});
