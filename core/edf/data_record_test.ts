import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { decodeSamples, encodeSamples } from "./data_record.ts";

Deno.test("decodeSamples() reads little-endian two's complement of 16 bits", () => {
  const bytes = Uint8Array.of(0xff, 0x01, 0x00, 0xff, 0xff, 0x00, 0x80, 0xff, 0x7f);
  const samples = decodeSamples(bytes, 1, { sampleCount: 4, bytesPerSample: 2 });
  deepStrictEqual([...samples], [1, -1, -32768, 32767]);
});

Deno.test("decodeSamples() reads little-endian two's complement of 24 bits", () => {
  const bytes = Uint8Array.of(1, 0, 0, 0xff, 0xff, 0xff, 0, 0, 0x80, 0xff, 0xff, 0x7f, 0, 1, 0);
  const samples = decodeSamples(bytes, 0, { sampleCount: 5, bytesPerSample: 3 });
  deepStrictEqual([...samples], [1, -1, -8388608, 8388607, 256]);
});

for (const bytesPerSample of [2, 3] as const) {
  Deno.test(`encodeSamples() is the inverse of decodeSamples() for ${bytesPerSample} bytes`, () => {
    const rail = 2 ** (bytesPerSample * 8 - 1);
    const samples = Int32Array.from(
      { length: 4096 },
      (_, i) => Math.round((i / 4095) * (2 * rail - 1)) - rail,
    );
    const bytes = new Uint8Array(samples.length * bytesPerSample + 7);
    strictEqual(encodeSamples(samples, bytes, { offset: 7, bytesPerSample }), -1);
    const options = { sampleCount: samples.length, bytesPerSample };
    deepStrictEqual(decodeSamples(bytes, 7, options), samples);
  });
}

Deno.test("encodeSamples() stops at the first sample that is too wide", () => {
  const target = new Uint8Array(6);
  const samples = Int32Array.of(1, 32768, 2);
  strictEqual(encodeSamples(samples, target, { offset: 0, bytesPerSample: 2 }), 1);
  deepStrictEqual(target, Uint8Array.of(1, 0, 0, 0, 0, 0));
});

Deno.test("decodeSamples() never reads past its bytes", () => {
  throws(
    () => decodeSamples(new Uint8Array(7), 0, { sampleCount: 4, bytesPerSample: 2 }),
    /4 samples at 0 fit in 7 bytes/,
  );
});
