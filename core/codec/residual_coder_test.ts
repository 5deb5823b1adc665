/** Residuals through states, words and low bits. @module */

import { deepStrictEqual, ok, throws } from "node:assert/strict";
import { BitReader, BitWriter, concatBytes } from "../bytes/mod.ts";
import { isCoreError } from "../error.ts";
import { prng } from "../testing/mod.ts";
import { decodeResiduals, encodeResiduals } from "./residual_coder.ts";

function code(residuals: Int32Array, startIndexes: readonly number[]): Uint8Array {
  const writer = new BitWriter();
  const words = encodeResiduals(writer, { residuals, startIndexes });
  return concatBytes(writer.finish(), words);
}

function decode(bytes: Uint8Array, startIndexes: readonly number[], count: number): Int32Array {
  return decodeResiduals(new BitReader(bytes), bytes, startIndexes, count);
}

Deno.test("decodeResiduals() gives back residuals of every size, with one state and with four", () => {
  const random = prng(21);
  for (const times of [0, 1, 2, 50, 255, 1365, 1366, 2000]) {
    for (let size = 0; size <= 32; size += 4) {
      const starts = [0, 40, 95];
      const residuals = Int32Array.from(
        { length: 3 * times },
        () => size === 0 ? 0 : (random.u32() << (32 - size)) >> (32 - size),
      );
      deepStrictEqual(decode(code(residuals, starts), starts, residuals.length), residuals);
    }
  }
});

Deno.test("residuals of a bell curve take at most 0.12 bits more than its entropy", () => {
  const random = prng(22);
  for (const deviation of [1, 4, 20, 300]) {
    const residuals = Int32Array.from(
      { length: 20_000 },
      () => Math.round(deviation * random.gaussian()),
    );
    const bits = 8 * code(residuals, [40]).byteLength / residuals.length;
    // Twelve uniforms have nearly the entropy of a Gaussian: log2(σ √(2πe)).
    const entropy = Math.log2(deviation * Math.sqrt(2 * Math.PI * Math.E));
    ok(bits < entropy + 0.12 && bits > entropy - 0.01, `${deviation}: ${bits} ${entropy}`);
  }
});

Deno.test("decodeResiduals() rejects every proper prefix and every byte more", () => {
  const random = prng(23);
  const residuals = Int32Array.from({ length: 200 }, () => Math.round(9 * random.gaussian()));
  const bytes = code(residuals, [44, 44]);
  for (let length = 0; length < bytes.byteLength; length++) {
    throws(
      () => decode(bytes.subarray(0, length), [44, 44], residuals.length),
      (err) => isCoreError(err),
    );
  }
  throws(
    () => decode(concatBytes(Uint8Array.of(0), bytes), [44, 44], residuals.length),
    (err) => isCoreError(err),
  );
});

Deno.test("a state that begins below 65536 is corruption", () => {
  throws(
    () => decode(Uint8Array.of(0, 0, 0, 0), [0], 1),
    (err) => isCoreError(err, "CorruptInputError") && err.field === "words",
  );
});
