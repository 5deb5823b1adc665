/** Tests of the residual coder: bits by hand, exact counting, every scale. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { BitReader, BitWriter, formatHex } from "../bytes/mod.ts";
import { prng } from "../testing/prng.ts";
import { EDGE_LENGTHS, INTEGER_SIGNALS } from "../testing/signals.ts";
import { chooseRice, decodeRice, encodeRice, planRice, type RiceCode } from "./rice.ts";

function code(parameter: number, width = 0): RiceCode {
  return {
    partitionOrder: 0,
    parameters: Uint8Array.of(parameter),
    widths: Uint8Array.of(width),
    bits: 0,
  };
}

/** Encodes with given parameters, checks the bits, decodes. */
function checkBits(residuals: number[], rice: RiceCode, expected: string): void {
  const writer = new BitWriter();
  encodeRice(writer, Int32Array.from(residuals), 0, rice);
  const bytes = writer.finish();
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  const wanted = expected.replaceAll(" ", "");
  strictEqual(bits.slice(0, wanted.length), wanted);
  const decoded = new Int32Array(residuals.length);
  decodeRice(new BitReader(bytes), decoded, 0);
  deepStrictEqual([...decoded], residuals);
}

Deno.test("encodeRice() writes quotient in unary, then k low bits", () => {
  checkBits([0, -1, 1], code(0), "000 00000 1 01 001");
  checkBits([0, -3, 9], code(2), "000 00010 1 00 01 01 00001 10");
});

Deno.test("encodeRice() escapes quotients from 24 on", () => {
  checkBits([-12], code(0), "000 00000 00000000000000000000000 1"); // code 23
  checkBits([12], code(0), "000 00000 000000000000000000000000 00000000000000000000000000011000");
  checkBits([-0x80000000], code(5), "000 00101 " + "0".repeat(24) + "1".repeat(32));
});

Deno.test("encodeRice() stores plain partitions in bits of one width", () => {
  checkBits([0, 0], code(31, 0), "000 11111 000000");
  checkBits([1, -2], code(31, 2), "000 11111 000010 10 11");
  checkBits([0x7fffffff, -0x80000000], code(31, 32), "000 11111 100000 " + "1".repeat(31) + "0");
});

Deno.test("decodeRice() gives back every signal by its own plan, and chooseRice() counts its bits", () => {
  for (const signal of INTEGER_SIGNALS) {
    for (const length of EDGE_LENGTHS) {
      for (const first of [0, 1]) {
        const residuals = signal.make(length);
        const plan = planRice(residuals, first);
        const chosen = chooseRice(residuals, first, plan.partitionOrder);
        const writer = new BitWriter();
        encodeRice(writer, residuals, first, chosen);
        strictEqual(writer.bitLength, chosen.bits, `${signal.name} ${length}`);
        const decoded = new Int32Array(length);
        if (first === 1) decoded[0] = residuals[0]!;
        const reader = new BitReader(writer.finish());
        decodeRice(reader, decoded, first);
        reader.expectEnd();
        deepStrictEqual(decoded, residuals, `${signal.name} ${length}`);
      }
    }
  }
});

Deno.test("decodeRice() gives back noise of every scale, across the one-look limit", () => {
  const random = prng(61);
  for (let scale = 0; scale <= 31; scale++) {
    const residuals = Int32Array.from({ length: 300 }, () => (random.u32() | 0) >> (31 - scale));
    for (let k = 0; k <= 27; k += 3) {
      const writer = new BitWriter();
      encodeRice(writer, residuals, 0, code(k));
      const decoded = new Int32Array(300);
      decodeRice(new BitReader(writer.finish()), decoded, 0);
      deepStrictEqual(decoded, residuals);
    }
  }
});

Deno.test("planRice() cuts where the scale changes", () => {
  const random = prng(62);
  const residuals = Int32Array.from(
    { length: 256 },
    (_, i) => i < 128 ? random.below(3) - 1 : random.below(2001) - 1000,
  );
  ok(planRice(residuals, 0).partitionOrder >= 1);
  const whole = chooseRice(residuals, 0, 0).bits;
  ok(chooseRice(residuals, 0, planRice(residuals, 0).partitionOrder).bits < whole * 0.8);
  strictEqual(formatHex(Uint8Array.of(planRice(new Int32Array(256), 0).partitionOrder)), "00");
});

Deno.test("planRice() estimates EEG residuals within three percent", () => {
  const random = prng(63);
  const residuals = Int32Array.from({ length: 1024 }, () => Math.round(random.gaussian() * 14));
  const plan = planRice(residuals, 0);
  const exact = chooseRice(residuals, 0, plan.partitionOrder).bits;
  ok(Math.abs(plan.estimatedBits - exact) < 0.03 * exact, `${plan.estimatedBits} for ${exact}`);
});
