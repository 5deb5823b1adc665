import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { type RunPart, runsOfParts } from "./run_parts.ts";

const SCOPE = { recordingId: "r", segmentNumber: 0, stream: 0, start: 0, end: 20_000 };
const part = (start: number, end: number, count = end - start): RunPart => ({
  start,
  end,
  count,
  sampleCount: 256 * count,
});
const run = (start: number, end: number) => ({ start, end, sampleCount: 256 * (end - start) });

Deno.test("runsOfParts() joins parts without a hole, and ranks nothing then", async () => {
  const rank = () => {
    throw new Error("nothing has to be ranked");
  };
  const parts = [[part(8_192, 9_000), part(7, 4_096), part(4_096, 8_192)], []];
  deepStrictEqual(await runsOfParts([SCOPE, SCOPE], parts, rank), [[run(7, 9_000)], []]);
});

Deno.test("runsOfParts() ranks the parts that have holes, each for its own scope", async () => {
  const other = { ...SCOPE, stream: 1 };
  const parts = [[part(0, 4_096), part(4_096, 8_192, 4_000), part(8_192, 8_200)], [part(5, 9, 2)]];
  const found = await runsOfParts([SCOPE, other], parts, (broken) => {
    deepStrictEqual(broken, [{ ...SCOPE, start: 4_096, end: 8_192 }, {
      ...other,
      start: 5,
      end: 9,
    }]);
    return Promise.resolve([[run(4_096, 5_000), run(5_096, 8_192)], [run(5, 6), run(8, 9)]]);
  });
  deepStrictEqual(found, [[run(0, 5_000), run(5_096, 8_200)], [run(5, 6), run(8, 9)]]);
});

Deno.test("runsOfParts() keeps a hole that lies between two parts", async () => {
  const parts = [[part(0, 4_095), part(4_096, 8_000)]];
  const [runs] = await runsOfParts([SCOPE], parts, () => Promise.resolve([]));
  strictEqual(runs!.length, 2);
});
