/** Tests of codec 1. @module */

import { deepStrictEqual, ok, throws } from "node:assert/strict";
import { createHash } from "node:crypto";
import { BitWriter, formatHex, littleEndianBytes } from "../bytes/mod.ts";
import { isCoreError } from "../error.ts";
import { testCodec } from "../testing/codec_conformance.ts";
import { prng } from "../testing/prng.ts";
import { eegChunk, INTEGER_SIGNALS } from "../testing/signals.ts";
import type { SampleShape } from "./codec.ts";
import { predictive } from "./predictive.ts";

testCodec(predictive);

const CHUNK: SampleShape = { kind: "int32", channelCount: 23, sampleCount: 256 };

function bitsPerSample(samples: Int32Array, shape: SampleShape): number {
  return predictive.encode(samples, shape).byteLength * 8 / samples.length;
}

/** Asserts that a hand-made payload of one channel is corrupt, and in which field. */
function checkCorrupt(
  field: string,
  sampleCount: number,
  write: (writer: BitWriter) => void,
): void {
  const writer = new BitWriter();
  write(writer);
  throws(
    () => predictive.decode(writer.finish(), { kind: "int32", channelCount: 1, sampleCount }),
    (err) =>
      isCoreError(err, "CodecStepError") && isCoreError(err.cause, "CorruptInputError") &&
      err.cause.field === field,
    field,
  );
}

Deno.test("predictive encode() writes the bytes that FORMAT.md works out", () => {
  const payload = predictive.encode(Int32Array.of(5, 5, 5, 5), {
    kind: "int32",
    channelCount: 1,
    sampleCount: 4,
  });
  // No predictors (0000), constant (00), value 5 in 32 bits, two bits of padding.
  deepStrictEqual(formatHex(payload), "0000000014");
});

Deno.test("predictive decode() reads a fixed lane worked out by hand", () => {
  const writer = new BitWriter();
  writer.bits(0, 4); // empty table
  writer.bits(2, 2); // fixed
  writer.bits(1, 1); // shifted
  writer.bits(3, 5); // by 3
  writer.bits(1, 3); // order 1
  writer.bits(3, 5); // first sample in 4 bits
  writer.bits(0b1010, 4); // -6
  writer.bits(1, 3); // two partitions: samples 0-1 and 2-4
  writer.bits(0, 5); // k = 0
  writer.unary(3); // -2
  writer.bits(31, 5); // plain
  writer.bits(2, 6); // of 2 bits
  writer.bits(0, 2); // 0
  writer.bits(2, 2); // +1
  writer.bits(1, 2); // -1
  const samples = predictive.decode(writer.finish(), {
    kind: "int32",
    channelCount: 1,
    sampleCount: 5,
  });
  deepStrictEqual(samples, Int32Array.of(-48, -64, -64, -56, -64));
});

Deno.test("predictive decode() adds up wide sums exactly and narrow ones modulo 2^32", () => {
  const decode = (isWide: boolean) => {
    const writer = new BitWriter();
    writer.bits(1, 4); // one predictor
    writer.bits(0, 5); // order 1
    writer.bits(2, 4); // shift 2
    writer.bits(3, 4); // width 4
    writer.bits(7, 4); // coefficient 7
    writer.bits(3, 2); // table
    writer.bits(0, 1); // not shifted
    writer.bits(isWide ? 1 : 0, 1);
    writer.bits(31, 5); // first sample in 32 bits
    writer.bits(0x40000000, 32);
    writer.bits(0, 3); // one partition
    writer.bits(31, 5); // plain
    writer.bits(0, 6); // of no bits: residual 0
    return predictive.decode(writer.finish(), { kind: "int32", channelCount: 1, sampleCount: 2 });
  };
  deepStrictEqual(decode(true)[1], 0x70000000);
  deepStrictEqual(decode(false)[1], -0x10000000);
});

Deno.test("predictive decode() names the field of each broken rule", () => {
  checkCorrupt("fixed order", 2, (writer) => {
    writer.bits(0, 4);
    writer.bits(2, 2);
    writer.bits(0, 1);
    writer.bits(5, 3);
  });
  checkCorrupt("predictor index", 2, (writer) => {
    writer.bits(0, 4);
    writer.bits(3, 2);
    writer.bits(0, 1);
  });
  checkCorrupt("shift", 2, (writer) => {
    writer.bits(0, 4);
    writer.bits(1, 2);
    writer.bits(1, 1);
    writer.bits(0, 5);
  });
  checkCorrupt("partition order", 2, (writer) => {
    writer.bits(0, 4);
    writer.bits(2 << 4, 6); // fixed order 0, not shifted
    writer.bits(0, 6); // first sample 0
    writer.bits(2, 3);
  });
  checkCorrupt("rice parameter", 2, (writer) => {
    writer.bits(0, 4);
    writer.bits(2 << 4, 6);
    writer.bits(0, 6);
    writer.bits(0, 3);
    writer.bits(28, 5);
  });
  checkCorrupt("plain width", 2, (writer) => {
    writer.bits(0, 4);
    writer.bits(2 << 4, 6);
    writer.bits(0, 6);
    writer.bits(0, 3);
    writer.bits(31, 5);
    writer.bits(33, 6);
  });
  checkCorrupt("rice escape", 2, (writer) => {
    writer.bits(0, 4);
    writer.bits(2 << 4, 6);
    writer.bits(0, 6);
    writer.bits(0, 3);
    writer.bits(0, 5);
    writer.bits(0, 24);
    writer.bits(23, 32); // 23 has a code of its own
  });
  checkCorrupt("padding", 1, (writer) => {
    writer.bits(0, 4);
    writer.bits(0, 2);
    writer.bits(5, 32);
    writer.bits(1, 2);
  });
});

Deno.test("predictive decode() rejects a payload longer than any encoder makes", () => {
  throws(
    () => predictive.decode(new Uint8Array(29), { kind: "int32", channelCount: 1, sampleCount: 1 }),
    /29 bytes, at most 28 are allowed/,
  );
});

Deno.test("predictive encode() makes a day of flat lines nearly free", () => {
  ok(bitsPerSample(new Int32Array(23 * 256), CHUNK) < 0.15);
});

Deno.test("predictive encode() spends about the entropy on noise", () => {
  const noise = INTEGER_SIGNALS.find((signal) => signal.name === "noise of 16 bits")!;
  const shape: SampleShape = { kind: "int32", channelCount: 1, sampleCount: 1000 };
  ok(bitsPerSample(noise.make(1000), shape) < 16.1);
});

Deno.test("predictive encode() pays for a spike once, not for its neighbours", () => {
  const samples = eegChunk(prng(9), { channelCount: 23, sampleCount: 256, amplitude: 60 });
  const calm = bitsPerSample(samples, CHUNK);
  samples[100] = 0x7fffffff;
  ok(bitsPerSample(samples, CHUNK) < calm + 0.4, "one spike in 5,888 samples");
});

Deno.test("predictive encode() codes decimal floats as the integers they came from", () => {
  const samples = eegChunk(prng(9), { channelCount: 23, sampleCount: 256, amplitude: 60 });
  const decimals = Float64Array.from(samples, (value) => value / 100);
  const integers = predictive.encode(samples, CHUNK).byteLength;
  const floats = predictive.encode(decimals, { ...CHUNK, kind: "binary64" }).byteLength;
  ok(floats <= integers + 23, `${floats} bytes of floats, ${integers} of integers`);
});

Deno.test("predictive encode() is stable: the bytes of every signal have a known hash", () => {
  const hash = createHash("sha256");
  for (const signal of INTEGER_SIGNALS) {
    for (const sampleCount of [1, 20, 256]) {
      const shape: SampleShape = { kind: "int32", channelCount: 1, sampleCount };
      hash.update(predictive.encode(signal.make(sampleCount), shape));
    }
  }
  const chunk = eegChunk(prng(1), { channelCount: 23, sampleCount: 256, amplitude: 60 });
  hash.update(littleEndianBytes(chunk));
  hash.update(predictive.encode(chunk, CHUNK));
  deepStrictEqual(
    hash.digest("hex"),
    "4f958830a390accbe080b4cb051ec11ef8712164d551fe530c993082900190e9",
  );
});
