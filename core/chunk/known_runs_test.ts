import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { joinRuns, KnownRuns, type SequenceSpan, unknownSpans } from "./known_runs.ts";

const span = (start: number, end: number): SequenceSpan => ({ start, end });
const all = () => new KnownRuns({ shortest: 1 });

/** Runs by brute force. */
function runsOf(sequences: Iterable<number>): SequenceSpan[] {
  const sorted = [...new Set(sequences)].sort((a, b) => a - b);
  const runs: { start: number; end: number }[] = [];
  for (const sequence of sorted) {
    const last = runs.at(-1);
    if (last?.end === sequence) last.end++;
    else runs.push({ start: sequence, end: sequence + 1 });
  }
  return runs;
}

Deno.test("KnownRuns forgets everything of another era", () => {
  const known = all();
  known.set("a", "1", [span(0, 9)]);
  deepStrictEqual(known.get("a", "2"), []);
  known.set("a", "2", [span(0, 4)]);
  deepStrictEqual(known.get("a", "1"), []);
  deepStrictEqual(known.get("a", "2"), [span(0, 4)]);
});

Deno.test("KnownRuns.add() under an era that has ended is not found in the next", () => {
  const known = all();
  known.set("a", "1", [span(0, 9)]);
  known.add("a", 9);
  deepStrictEqual(known.get("a", "2"), []);
});

Deno.test("KnownRuns.add() keeps nothing of streams that nobody counted", () => {
  const known = all();
  known.add("a", 0);
  deepStrictEqual(known.get("a", "1"), []);
});

Deno.test("KnownRuns tells no run that is quicker read across", () => {
  const known = new KnownRuns({ shortest: 3 });
  known.set("a", "1", [span(0, 2), span(4, 7), span(8, 9)]);
  deepStrictEqual(known.get("a", "1"), [span(4, 7)]);
  for (const sequence of [2, 3]) known.add("a", sequence);
  deepStrictEqual(known.get("a", "1"), [span(0, 7)]);
});

Deno.test("KnownRuns.set() keeps what was added while somebody counted", () => {
  const known = all();
  known.set("a", "1", []);
  known.add("a", 5);
  known.set("a", "1", [span(0, 5)]);
  deepStrictEqual(known.get("a", "1"), [span(0, 6)]);
});

Deno.test("KnownRuns keeps what was used last, within its bound", () => {
  const known = new KnownRuns({ shortest: 1, runsMax: 3 });
  for (const stream of ["a", "b", "c"]) known.set(stream, "1", [span(0, 2)]);
  known.get("a", "1");
  known.set("d", "1", []);
  deepStrictEqual(["a", "b", "c", "d"].map((stream) => known.get(stream, "1").length), [
    1,
    0,
    1,
    0,
  ]);
  known.set("d", "1", [span(0, 1), span(2, 3), span(4, 5), span(6, 7)]);
  deepStrictEqual(["a", "c", "d"].map((stream) => known.get(stream, "1").length), [0, 0, 0]);
  known.set("e", "1", [span(0, 1)]);
  for (const sequence of [2, 4, 6, 8]) known.add("e", sequence);
  deepStrictEqual(known.get("e", "1"), []);
});

Deno.test("KnownRuns.add() in any order comes to the runs of the same set", () => {
  fc.assert(fc.property(fc.array(fc.nat(40)), fc.array(fc.nat(40)), (counted, added) => {
    const known = all();
    known.set("a", "1", runsOf(counted));
    for (const sequence of added) known.add("a", sequence);
    deepStrictEqual(known.get("a", "1"), runsOf([...counted, ...added]));
  }));
});

Deno.test("joinRuns() and unknownSpans() split a range into known and unknown", () => {
  const ranges = fc.array(
    fc.tuple(fc.nat(30), fc.nat(6)).map(([start, n]) => span(start, start + n)),
  );
  fc.assert(fc.property(ranges, (runs) => {
    const joined = joinRuns(runs);
    const sequences = runs.flatMap(({ start, end }) =>
      Array.from({ length: end - start }, (_, i) => start + i)
    );
    deepStrictEqual(joined, runsOf(sequences));
    const whole = span(0, 50);
    const parts = [...joined, ...unknownSpans(whole, joined)];
    strictEqual(parts.reduce((sum, { start, end }) => sum + end - start, 0), 50);
    deepStrictEqual(joinRuns(parts), [whole]);
  }));
});
