import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { KnownRuns } from "@wavekeep/core/chunk";
import fc from "fast-check";
import { openRecording } from "../open_recording.ts";
import { MemoryQueryStore } from "../store/memory_store.ts";
import type { SequenceScope } from "../store/query_store.ts";
import { makeRecording, MemoryKeys } from "../testing/sealed_recording.ts";
import { readTimelines } from "./read_timelines.ts";

/** A recording whose chunks appear one after the other, and how many sequences each look costs. */
async function growing(sequences: readonly (readonly [number, number])[]) {
  const keys = new MemoryKeys();
  const rows = await makeRecording({ segments: [{ streams: [{ sequences }] }] }, keys);
  const all = rows.chunks.splice(0);
  const store = new MemoryQueryStore();
  store.recordings.push(rows);
  let asked: SequenceScope[] = [];
  const look = (known?: KnownRuns) =>
    store.read(1, async (view) => {
      const { recording } = rows;
      const shape = (await view.shapes([recording.recordingId])).get(recording.recordingId)!;
      const open = await openRecording(recording, shape, keys);
      const counting = {
        ...view,
        runs: (scopes: readonly SequenceScope[]) => {
          asked = [...scopes];
          return view.runs(scopes);
        },
      };
      const [timeline] = await readTimelines(counting, open, open.streams, known ? { known } : {});
      return { stored: timeline!.stored, cutOffs: timeline!.cutOffs };
    });
  return { rows, all, look, asked: () => asked.map(({ start, end }) => [start, end]) };
}

Deno.test("readTimelines() looks again only into holes and behind the end", async () => {
  const whole = [0, 1, 2, 5, 6, 9].map((k) => [k, 4] as const);
  const { rows, all, look, asked } = await growing(whole);
  const known = new KnownRuns({ shortest: 1 });
  rows.chunks.push(...all);
  await look(known);
  deepStrictEqual(asked(), [[0, 10]]);
  await look(known);
  deepStrictEqual(asked(), [[3, 5], [7, 9]]);
});

Deno.test("readTimelines() takes of what others have seen only what was there when it looked", async () => {
  const { rows, all, look, asked } = await growing([0, 1, 2, 3].map((k) => [k, 4] as const));
  const known = new KnownRuns({ shortest: 1 });
  rows.chunks.push(...all);
  await look(known);
  rows.chunks.pop();
  deepStrictEqual((await look(known)).stored, [{ start: 0, end: 12 }]);
  deepStrictEqual(asked(), []);
});

Deno.test("readTimelines() keeps looking at seconds that were cut off", async () => {
  const { rows, all, look, asked } = await growing([[0, 4], [1, 2], [2, 4]]);
  const known = new KnownRuns({ shortest: 1 });
  rows.chunks.push(...all);
  const first = await look(known);
  deepStrictEqual(first.cutOffs, [{ start: 6, end: 8 }]);
  deepStrictEqual(await look(known), first);
  deepStrictEqual(asked(), [[1, 2]]);
});

Deno.test("readTimelines() with knowledge says what it says without, in any order of arrival", async () => {
  const chunks = fc.uniqueArray(
    fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 4 })),
    { selector: ([sequence]) => sequence, minLength: 1, maxLength: 18 },
  );
  await fc.assert(
    fc.asyncProperty(chunks, fc.integer({ min: 1, max: 4 }), async (sequences, step) => {
      const { rows, all, look } = await growing(sequences);
      const known = new KnownRuns({ shortest: 1 });
      for (let at = 0; at < all.length; at += step) {
        rows.chunks.push(...all.slice(at, at + step));
        deepStrictEqual(await look(known), await look());
      }
      strictEqual(rows.chunks.length, sequences.length);
    }),
    { numRuns: 60 },
  );
});
