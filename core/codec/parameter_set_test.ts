/** Parameter sets: bytes and back, and every rule of theirs. @module */

import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { BitWriter } from "../bytes/mod.ts";
import { isCoreError } from "../error.ts";
import { prng, randomParameterSet } from "../testing/mod.ts";
import {
  PARAMETER_SET_BYTES_MAX,
  type ParameterSet,
  readParameterSet,
  writeParameterSet,
} from "./parameter_set.ts";

function content({ bytes: _bytes, ...rest }: ParameterSet) {
  return rest;
}

Deno.test("readParameterSet() gives back what writeParameterSet() wrote", () => {
  const random = prng(11);
  for (let i = 0; i < 100; i++) {
    const channelCount = 1 + random.below(40);
    const modelCount = 1 + random.below(channelCount);
    const set = randomParameterSet(random, { channelCount, modelCount });
    const again = readParameterSet(set.bytes);
    deepStrictEqual(content(again), content(set));
    deepStrictEqual(writeParameterSet(again).bytes, set.bytes);
    strictEqual(again.channels.length, modelCount);
  }
});

Deno.test("readParameterSet() rejects every proper prefix, and a byte more", () => {
  const { bytes } = randomParameterSet(prng(12), { channelCount: 6 });
  for (let length = 0; length < bytes.byteLength; length++) {
    throws(() => readParameterSet(bytes.subarray(0, length)), (err) => isCoreError(err));
  }
  const longer = new Uint8Array(bytes.byteLength + 1);
  longer.set(bytes);
  throws(() => readParameterSet(longer), (err) => isCoreError(err, "CorruptInputError"));
});

Deno.test("readParameterSet() reads or refuses every set with one bit flipped", () => {
  const { bytes } = randomParameterSet(prng(13), { channelCount: 4, lags: 2 });
  let refused = 0;
  for (let bit = 0; bit < bytes.byteLength * 8; bit++) {
    const flipped = bytes.slice();
    flipped[bit >>> 3]! ^= 0x80 >>> (bit & 7);
    try {
      deepStrictEqual(readParameterSet(flipped).bytes, flipped);
    } catch (err) {
      ok(isCoreError(err));
      refused++;
    }
  }
  ok(refused > 0);
});

/** A set of two channels, with one field of its own. */
function handmade(field: Partial<Record<string, number>>): Uint8Array {
  const writer = new BitWriter();
  const put = (name: string, value: number, width: number) =>
    writer.bits(field[name] ?? value, width);
  put("version", 1, 8);
  put("channel count", 2, 16);
  put("fraction bits", 2, 3);
  put("lags", 1, 3);
  put("group size", 2, 10);
  put("adaptation", 8, 4);
  put("filter count", 0, 3);
  put("filter order", 1, 6);
  put("reflection", 16_384, 16);
  for (let channel = 0; channel < 2; channel++) {
    put("in the model", 1, 1);
    if (field["in the model"] === 0) continue;
    put("right shift", 0, 4);
    put("low bits", 0, 4);
    put("scale default", 40, 7);
  }
  for (let row = 0; field["in the model"] !== 0 && row < 2; row++) {
    put("row shift", 8, 4);
    put("row parameter", 0, 4);
    // A coefficient of 0 takes one bit.
    for (let i = 0; i < 2 + row; i++) writer.bits(1, 1);
  }
  return writer.finish();
}

Deno.test("readParameterSet() names the field that breaks a rule", () => {
  strictEqual(readParameterSet(handmade({})).channels.length, 2);
  const broken: [string, number][] = [
    ["channel count", 0],
    ["fraction bits", 5],
    ["lags", 0],
    ["lags", 5],
    ["group size", 0],
    ["group size", 513],
    ["filter order", 33],
    ["reflection", 0x8000],
    ["in the model", 0],
    ["right shift", 13],
    ["scale default", 96],
  ];
  for (const [name, value] of broken) {
    const field = name === "in the model" ? "model channel count" : name;
    throws(
      () => readParameterSet(handmade({ [name]: value })),
      (err) => isCoreError(err, "CorruptInputError") && err.field === field,
      `${name} ${value}`,
    );
  }
  throws(
    () => readParameterSet(handmade({ version: 2 })),
    (err) => isCoreError(err, "UnsupportedError") && err.value === 2,
  );
});

Deno.test("readParameterSet() refuses a set above its limit before reading it", () => {
  throws(
    () => readParameterSet(new Uint8Array(PARAMETER_SET_BYTES_MAX + 1)),
    (err) => isCoreError(err, "LimitExceededError") && err.limit === PARAMETER_SET_BYTES_MAX,
  );
});

Deno.test("a coefficient outside 16 bits is corruption", () => {
  const writer = new BitWriter();
  const bytes = handmade({});
  // The rows follow 8 + 16 + 3 + 3 + 10 + 4 + 3 + 6 + 16 + 2 × 16 = 101 bits; the first code is at 109.
  for (let bit = 0; bit < 109; bit++) writer.bits((bytes[bit >>> 3]! >>> (7 - (bit & 7))) & 1, 1);
  writer.bits(0, 24);
  writer.bits(65_536, 32);
  writer.bits(1, 1);
  writer.bits(0b1000_0000_111, 11);
  throws(
    () => readParameterSet(writer.finish()),
    (err) => isCoreError(err, "CorruptInputError") && err.field === "coefficient",
  );
});
