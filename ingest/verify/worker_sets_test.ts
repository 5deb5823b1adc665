import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { ParameterSet } from "@wavekeep/core/codec";
import type { NamedSet } from "../request_sets.ts";
import { OLD_SETS_MAX, WorkerSets } from "./worker_sets.ts";

/** Sets of 100 bytes; what is in them does not matter here. */
function setOf(seed: number): NamedSet {
  const digest = new Uint8Array(32);
  new DataView(digest.buffer).setUint32(0, seed);
  return { digest, set: { bytes: new Uint8Array(100).fill(seed) } as unknown as ParameterSet };
}

Deno.test("a set is told once, and goes by its number from then on", () => {
  const sets = new WorkerSets({ setBytesMax: 1_000, setIdleMs: 1_000 });
  strictEqual(sets.has(setOf(1)), false);
  const number = sets.use(setOf(1), 10);
  ok(number > 0);
  ok(sets.has(setOf(1)));
  strictEqual(sets.use(setOf(1), 10), number);
  deepStrictEqual(sets.changes(10), {
    newSets: [{ number, bytes: setOf(1).set.bytes }],
    oldSets: [],
  });
  strictEqual(sets.use(setOf(1), 20), number);
  deepStrictEqual(sets.changes(20), { newSets: [], oldSets: [] });
});

Deno.test("the sets that were unused for the longest time go when the rest does not fit", () => {
  const sets = new WorkerSets({ setBytesMax: 250, setIdleMs: 1_000 });
  const [first, second, third] = [1, 2, 3].map((seed) => sets.use(setOf(seed), seed));
  sets.use(setOf(1), 4);
  deepStrictEqual(sets.changes(4).oldSets, [second]);
  strictEqual(sets.size, 2);
  deepStrictEqual([setOf(1), setOf(2), setOf(3)].map((set) => sets.has(set)), [true, false, true]);
  // Told again, under another number: the worker may not have let go of the former one yet.
  ok(![first, second, third].includes(sets.use(setOf(2), 5)));
});

Deno.test("a set goes when nobody has named it for a while", () => {
  const sets = new WorkerSets({ setBytesMax: 10_000, setIdleMs: 1_000 });
  const old = sets.use(setOf(1), 0);
  sets.use(setOf(2), 500);
  deepStrictEqual(sets.changes(500).oldSets, []);
  sets.use(setOf(3), 1_000);
  deepStrictEqual(sets.changes(1_000).oldSets, [old]);
});

Deno.test("sets of the group stay, however many they are", () => {
  const sets = new WorkerSets({ setBytesMax: 1, setIdleMs: 1_000 });
  for (let seed = 0; seed < 5; seed++) sets.use(setOf(seed), 10);
  deepStrictEqual(sets.changes(10).oldSets, []);
  strictEqual(sets.size, 5);
});

Deno.test("no more go at a time than a group has room for", () => {
  const sets = new WorkerSets({ setBytesMax: 10_000_000, setIdleMs: 100 });
  for (let seed = 0; seed < OLD_SETS_MAX + 10; seed++) sets.use(setOf(seed), 0);
  sets.changes(0);
  strictEqual(sets.changes(1_000).oldSets.length, OLD_SETS_MAX);
  strictEqual(sets.changes(1_000).oldSets.length, 10);
  strictEqual(sets.size, 0);
});
