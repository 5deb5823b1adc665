/** Tests of codec 0. @module */

import { deepStrictEqual } from "node:assert/strict";
import { testCodec } from "../testing/codec_conformance.ts";
import { raw } from "./raw.ts";

testCodec(raw);

Deno.test("raw encode() writes little-endian, channel after channel", () => {
  const payload = raw.encode(Int32Array.of(1, -2), {
    kind: "int32",
    channelCount: 2,
    sampleCount: 1,
  });
  deepStrictEqual(payload, Uint8Array.of(1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff));
});
