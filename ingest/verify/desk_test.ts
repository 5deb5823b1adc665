import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SUMMARY_ROWS } from "@wavekeep/core/summary";
import { prng } from "../../core/testing/prng.ts";
import {
  Desk,
  DIGESTS_BYTES,
  type Group,
  GROUP_CHUNKS_MAX,
  type GroupResult,
  PLACE_BYTES,
  placeBytesFor,
} from "./desk.ts";

const random = prng(57);

function groupOf(chunkCount: number, options: { isKeyless?: boolean } = {}): Group {
  return {
    chunks: Array.from({ length: chunkCount }, (_, index) => ({
      bytes: random.bytes(random.below(3_000)),
      identity: { descriptorDigest: random.bytes(32), segmentDigest: random.bytes(32) },
      publicKey: options.isKeyless === true ? undefined : random.bytes(32),
      setNumber: index,
    })),
    newSets: [{ number: 7, bytes: random.bytes(85) }, {
      number: 0xffff_ffff,
      bytes: random.bytes(0),
    }],
    oldSets: [3, 1, 4],
  };
}

function resultOf(chunkCount: number, channelCount: number): GroupResult {
  const valueCount = chunkCount * channelCount * SUMMARY_ROWS;
  return {
    digests: random.bytes(chunkCount * DIGESTS_BYTES),
    summaries: Float64Array.from({ length: valueCount }, () => random.real()),
    channelCounts: new Uint32Array(chunkCount).fill(channelCount),
    failures: [],
  };
}

/** Both sides of one desk. */
function bothSides(): { loop: Desk; worker: Desk } {
  const loop = Desk.create(PLACE_BYTES);
  return { loop, worker: new Desk(loop.memory) };
}

Deno.test("take() finds what lay() was given, in either place", () => {
  const { loop, worker } = bothSides();
  const groups = [groupOf(1), groupOf(GROUP_CHUNKS_MAX), groupOf(2, { isKeyless: true })];
  for (const group of groups) {
    const number = loop.laid;
    loop.lay(group);
    strictEqual(worker.sleepUntilLaid(number), true);
    deepStrictEqual(worker.take(number, new Uint8Array(PLACE_BYTES)), group);
    ok(worker.answer(number, resultOf(group.chunks.length, 4)));
  }
});

Deno.test("take() copies: what lies on the desk may change while a chunk is verified", () => {
  const { loop, worker } = bothSides();
  const group = groupOf(3);
  loop.lay(group);
  const taken = worker.take(0, new Uint8Array(PLACE_BYTES));
  new Uint8Array(loop.memory, 64).fill(0xee);
  deepStrictEqual(taken, group);
});

Deno.test("result() finds what answer() was given, and keeps it when the place is used again", async () => {
  const { loop, worker } = bothSides();
  const kept: [GroupResult, GroupResult | undefined][] = [];
  for (let number = 0; number < 5; number++) {
    const chunkCount = 1 + random.below(GROUP_CHUNKS_MAX);
    loop.lay(groupOf(chunkCount));
    const result = resultOf(chunkCount, 1 + random.below(40));
    ok(worker.answer(number, result));
    await loop.whenDone(number);
    strictEqual(loop.done, number + 1);
    kept.push([result, loop.result(number)]);
  }
  for (const [expected, found] of kept) {
    deepStrictEqual(
      { ...found, channelCounts: [...found!.channelCounts as Uint32Array] },
      { ...expected, channelCounts: [...expected.channelCounts as Uint32Array] },
    );
  }
});

Deno.test("answer() leaves to a message what failed and what does not fit", () => {
  const { loop, worker } = bothSides();
  loop.lay(groupOf(2));
  const failures = [{ index: 1, error: "no" }];
  strictEqual(worker.answer(0, { ...resultOf(1, 4), failures }), false);
  strictEqual(worker.answer(0, resultOf(1, 40 * GROUP_CHUNKS_MAX + 1)), false);
  strictEqual(loop.done, 0);
  worker.finishElsewhere(0);
  strictEqual(loop.done, 1);
  strictEqual(loop.result(0), undefined);
});

Deno.test("numbers of groups wrap round", () => {
  const { loop, worker } = bothSides();
  new Int32Array(loop.memory).set([0x7fff_ffff, 0x7fff_ffff], 1);
  for (const number of [0x7fff_ffff, -0x8000_0000, -0x7fff_ffff]) {
    strictEqual(worker.done, number);
    const group = groupOf(2);
    loop.lay(group);
    strictEqual(worker.sleepUntilLaid(number), true);
    deepStrictEqual(worker.take(number, new Uint8Array(PLACE_BYTES)), group);
    const result = resultOf(2, 3);
    ok(worker.answer(number, result));
    deepStrictEqual(loop.result(number)?.digests, result.digests);
  }
});

Deno.test("leave() sends away whoever has nothing more to do, and not before", () => {
  const { loop, worker } = bothSides();
  loop.lay(groupOf(1));
  loop.leave();
  strictEqual(worker.sleepUntilLaid(0), true);
  strictEqual(worker.sleepUntilLaid(1), false);
});

Deno.test("placeBytesFor() is what lay() needs, and no less", () => {
  for (let round = 0; round < 20; round++) {
    const group = groupOf(1 + random.below(GROUP_CHUNKS_MAX));
    const sum = (parts: readonly { bytes: Uint8Array }[]) =>
      parts.reduce((total, { bytes }) => total + bytes.byteLength, 0);
    const desk = Desk.create(placeBytesFor({
      chunkCount: group.chunks.length,
      chunkBytes: sum(group.chunks),
      newSetCount: group.newSets.length,
      newSetBytes: sum(group.newSets),
      oldSetCount: group.oldSets.length,
    }));
    // What is laid in the first place reaches neither its own result nor the second place.
    const result = resultOf(group.chunks.length, 40);
    ok(desk.answer(0, result));
    desk.lay(group);
    deepStrictEqual(desk.result(0)?.summaries, result.summaries);
    deepStrictEqual(desk.take(0, new Uint8Array(desk.placeBytes)), group);
  }
});
