import { deepStrictEqual, match, notDeepStrictEqual, ok } from "node:assert/strict";
import type { IngestStore, StoredSegment } from "../../ingest/store/ingest_store.ts";
import { IngestDisk } from "./ingest_node.ts";
import { Invariants } from "./invariants.ts";
import { runWorld } from "./run_world.ts";
import { runWorlds } from "./run_worlds.ts";

const WORLDS = 2_000;

Deno.test(`${WORLDS} worlds: what was acknowledged is stored, unchanged and once, and all come to their end`, async () => {
  const { violations, figures } = await runWorlds({ seed: 1, count: WORLDS });
  deepStrictEqual(violations, []);
  // A generator that no longer reaches something is a test that no longer tests it.
  for (
    const what of [
      "messages request lost",
      "messages answer lost",
      "messages doubled",
      "messages request cut",
      "messages answer cut",
      "messages bit flipped",
      "messages answered by another",
      "messages process killed",
      "messages timed out",
      "store calls failed",
      "store calls failed-but-persisted",
    ]
  ) {
    ok((figures[what] ?? 0) > WORLDS / 20, `${what}: ${figures[what]}`);
  }
  ok(figures["restores of the database"]! > WORLDS / 20);
  ok(figures["lives of devices"]! > 1.3 * WORLDS && figures["lives of ingest"]! > 1.5 * WORLDS);
});

Deno.test("runWorld() plays a seed again to the last event, and another seed otherwise", async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const first = await runWorld(seed);
    deepStrictEqual(await runWorld(seed), first);
    notDeepStrictEqual((await runWorld(seed + 100)).trace, first.trace);
  }
});

/** Mistakes that stores have made, and what is said of each. */
const MISTAKES: readonly [
  name: string,
  said: RegExp,
  breakStore: (store: IngestStore, disk: IngestDisk) => IngestStore,
][] = [
  [
    "acknowledges before it writes, and forgets some",
    /is lost|did not come to its end/,
    (store, { tables }) => ({
      ...store,
      putChunks: async (...args) => {
        const results = await store.putChunks(...args);
        for (const [key, { sequence }] of tables.chunks) {
          if (sequence === 1) tables.chunks.delete(key);
        }
        return results;
      },
    }),
  ],
  [
    "writes an event for every repeat",
    /events of chunks/,
    (store, { tables }) => ({
      ...store,
      putChunks: (sender, chunks, sets) => {
        const event = { kind: "chunk.stored", actor: sender.actor, requestId: sender.requestId };
        for (const { recordingId, segmentNumber, stream, sequence } of chunks) {
          const key = `${recordingId}/${segmentNumber}/${stream}/${sequence}`;
          if (tables.chunks.has(key)) tables.events.push(event);
        }
        return store.putChunks(sender, chunks, sets);
      },
    }),
  ],
  [
    "stores a body with a bit that flipped",
    /cannot be read/,
    (store) => ({
      ...store,
      putChunks: (sender, chunks, sets) => {
        for (const { body, sequence } of chunks) if (sequence === 0) body[20]! ^= 1;
        return store.putChunks(sender, chunks, sets);
      },
    }),
  ],
];

for (const [name, said, breakStore] of MISTAKES) {
  Deno.test(`runWorld() finds a store that ${name}`, async () => {
    const found: string[] = [];
    for (let seed = 1; seed <= 60 && found.length === 0; seed++) {
      found.push(...(await runWorld(seed, { breakStore })).violations);
    }
    match(found.join("; "), said);
  });
}

Deno.test("Invariants finds a high water that falls, and forgives one of another incarnation", () => {
  const invariants = new Invariants(new IngestDisk());
  const segment = { segmentId: new Uint8Array(16) } as StoredSegment;
  const counted = (end: number, incarnation: number) =>
    invariants.counted(segment, {
      incarnation,
      asOfMicros: 0n,
      streams: [{
        stream: 0,
        runs: [{ start: 0, end }],
        chunkCount: end,
        highWaterDigest: null,
        endSequence: null,
      }],
    });
  for (const [end, incarnation] of [[3, 1], [5, 1], [2, 2], [2, 2]] as const) {
    counted(end, incarnation);
  }
  deepStrictEqual(invariants.violations, []);
  counted(1, 2);
  match(invariants.violations[0]!, /high water of .* fell from 2 to 1/);
});
