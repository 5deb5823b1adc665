/**
 * What every ingest store must do with chunks and the parameter sets that they name.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { prng } from "./prng.ts";
import {
  bytes,
  chunkOf,
  endAt,
  hexText,
  openRecording,
  openSegment,
  senderOf,
  sequencesOf,
  setOf,
  type StoreCase,
} from "./store_rows.ts";

/** Every case by name. */
export const CHUNK_STORE_CASES: Readonly<Record<string, StoreCase>> = {
  "putChunks() stores once and gives the same receipt again": async (under) => {
    const { store, siteId } = under;
    const segment = await openSegment(under);
    const chunk = chunkOf(segment, 0);
    const [first] = await store.putChunks(senderOf(siteId), [chunk]);
    const [again] = await store.putChunks(senderOf(siteId), [{ ...chunkOf(segment, 0) }]);
    ok(first?.outcome === "stored" && again?.outcome === "found");
    deepStrictEqual(again.chunk.chunkDigest, chunk.chunkDigest);
    deepStrictEqual(again.chunk.storedDigest, chunk.storedDigest);
    deepStrictEqual(again.chunk.leafHash, chunk.leafHash);
    strictEqual(again.chunk.receivedAtMicros, chunk.receivedAtMicros);
    strictEqual(again.chunk.incarnation, first.chunk.incarnation);
  },
  "putChunks() answers in the order of the chunks, with one event each": async (under) => {
    const { store, siteId } = under;
    const segment = await openSegment(under);
    const before = await under.countEvents("chunk.stored");
    await store.putChunks(senderOf(siteId), [chunkOf(segment, 2)]);
    const chunks = [0, 1, 2, 3].map((sequence) => chunkOf(segment, sequence));
    const results = await store.putChunks(senderOf(siteId), chunks);
    deepStrictEqual(results.map(({ outcome }) => outcome), ["stored", "stored", "found", "stored"]);
    deepStrictEqual(
      results.map((result) => result.outcome === "beyond-end" ? -1 : result.chunk.sequence),
      [0, 1, 2, 3],
    );
    strictEqual(await under.countEvents("chunk.stored") - before, 4);
  },
  "putChunks() lets one of sixteen win": async (under) => {
    const { store, siteId } = under;
    const segment = await openSegment(under);
    const before = await under.countEvents("chunk.stored");
    const results = await Promise.all(
      Array.from({ length: 16 }, () => store.putChunks(senderOf(siteId), [chunkOf(segment, 7)])),
    );
    const outcomes = results.map(([result]) => result!.outcome);
    strictEqual(outcomes.filter((outcome) => outcome === "stored").length, 1);
    strictEqual(outcomes.filter((outcome) => outcome === "found").length, 15);
    const digests = results.map(([result]) =>
      result!.outcome === "beyond-end" ? "" : hexText(result!.chunk.chunkDigest)
    );
    strictEqual(new Set(digests).size, 1);
    strictEqual(await under.countEvents("chunk.stored") - before, 1);
  },
  "putChunks() takes batches that overlap, in any order, at once": async (under) => {
    const { store, siteId } = under;
    const segment = await openSegment(under);
    const sequences = Array.from({ length: 40 }, (_, sequence) => sequence);
    const batch = (from: number) =>
      sequences.slice(from, from + 20).map((sequence) => chunkOf(segment, sequence));
    await Promise.all(
      [0, 5, 10, 15, 20, 20, 10, 0].map((from) => store.putChunks(senderOf(siteId), batch(from))),
    );
    const { streams } = await store.segmentProgress(siteId, segment);
    deepStrictEqual(streams[0]!.runs, [{ start: 0, end: 40 }]);
  },
  "putChunks() stores nothing at or beyond a stated end": async (under) => {
    const { store, siteId } = under;
    const segment = await openSegment(under);
    await store.putStatements(senderOf(siteId), segment, [endAt(2)]);
    const results = await store.putChunks(
      senderOf(siteId),
      [0, 1, 2, 3].map((sequence) => chunkOf(segment, sequence)),
    );
    deepStrictEqual(
      results.map(({ outcome }) => outcome),
      ["stored", "stored", "beyond-end", "beyond-end"],
    );
    const other = await store.putChunks(senderOf(siteId), [chunkOf(segment, 2, 1)]);
    strictEqual(other[0]!.outcome, "stored");
  },
  "putChunks() stores the sets that chunks name, once and with an event": async (under) => {
    const { store, siteId, otherSiteId } = under;
    const segment = await openSegment(under);
    const { recordingId } = segment;
    const before = await under.countEvents("parameter-set.stored");
    const [a, b] = [setOf(segment), setOf(segment)];
    const results = await store.putChunks(senderOf(siteId), [chunkOf(segment, 0)], [a, b]);
    strictEqual(results[0]!.outcome, "stored");
    strictEqual(await under.countEvents("parameter-set.stored") - before, 2);
    deepStrictEqual(await store.findParameterSet(siteId, recordingId, a.digest), {
      body: a.body,
      copy: a.copy,
    });
    // Sealed anew, with other nonces: what was stored first stays.
    const again = setOf(segment, a.digest);
    await store.putChunks(senderOf(siteId), [chunkOf(segment, 1)], [again]);
    strictEqual(await under.countEvents("parameter-set.stored") - before, 2);
    const found = await store.findParameterSet(siteId, recordingId, a.digest);
    deepStrictEqual(found?.body, a.body);
    strictEqual(await store.findParameterSet(otherSiteId, recordingId, a.digest), undefined);
  },
  "putChunks() with one set lets one of sixteen store it, and all store their chunks": async (
    under,
  ) => {
    const { store, siteId } = under;
    const segment = await openSegment(under);
    const before = await under.countEvents("parameter-set.stored");
    const digests = [bytes(32), bytes(32), bytes(32)];
    const results = await Promise.all(Array.from({ length: 16 }, (_, sequence) => {
      // In any order: two writers that hold one set each and want the other's would wait for ever.
      const sets = digests.map((digest) => setOf(segment, digest));
      if (sequence % 2 === 1) sets.reverse();
      return store.putChunks(senderOf(siteId), [chunkOf(segment, sequence)], sets);
    }));
    ok(results.every(([result]) => result!.outcome === "stored"));
    strictEqual(await under.countEvents("parameter-set.stored") - before, 3);
  },
  "putChunkGroup() stores what several requests hold, and answers each": async (under) => {
    const { store, siteId } = under;
    const [one, other] = [await openSegment(under), await openSegment(under)];
    const before = await under.countEvents("chunk.stored");
    const setsBefore = await under.countEvents("parameter-set.stored");
    await store.putChunks(senderOf(siteId), [chunkOf(other, 1)]);
    await store.putStatements(senderOf(siteId), one, [endAt(5)]);
    const set = setOf(one);
    const results = await store.putChunkGroup([
      { sender: senderOf(siteId, "device-1"), chunks: [chunkOf(one, 4)], sets: [set] },
      {
        sender: senderOf(siteId, "device-2"),
        chunks: [2, 1, 0].map((k) => chunkOf(other, k)),
        sets: [],
      },
      // The same set, sealed anew by the next request.
      {
        sender: senderOf(siteId, "device-1"),
        chunks: [5, 3].map((k) => chunkOf(one, k)),
        sets: [setOf(one, set.digest)],
      },
    ]);
    deepStrictEqual(results.map((own) => own.map(({ outcome }) => outcome)), [
      ["stored"],
      ["stored", "found", "stored"],
      ["beyond-end", "stored"],
    ]);
    deepStrictEqual(
      results.map((own) =>
        own.map((result) => result.outcome === "beyond-end" ? null : result.chunk.sequence)
      ),
      [[4], [2, 1, 0], [null, 3]],
    );
    strictEqual(await under.countEvents("chunk.stored") - before, 5);
    strictEqual(await under.countEvents("parameter-set.stored") - setsBefore, 1);
    const found = await store.findParameterSet(siteId, one.recordingId, set.digest);
    deepStrictEqual(found?.body, set.body);
  },
  "putChunkGroup() and putChunks() over the same positions, at once, in any order": async (
    under,
  ) => {
    const { store, siteId } = under;
    const segment = await openSegment(under);
    const before = await under.countEvents("chunk.stored");
    const request = (sequences: readonly number[]) => ({
      sender: senderOf(siteId),
      chunks: sequences.map((sequence) => chunkOf(segment, sequence)),
      sets: [],
    });
    await Promise.all([
      store.putChunkGroup([request([9, 8, 7]), request([0, 1])]),
      store.putChunkGroup([request([1, 0]), request([7, 8, 9])]),
      store.putChunks(senderOf(siteId), [8, 0, 5].map((sequence) => chunkOf(segment, sequence))),
      store.putChunkGroup([request([5]), request([4, 3, 2, 6])]),
    ]);
    const { streams } = await store.segmentProgress(siteId, segment);
    deepStrictEqual(streams[0]!.runs, [{ start: 0, end: 10 }]);
    strictEqual(await under.countEvents("chunk.stored") - before, 10);
  },
  "putParameterSet() tells new from repeated, and keeps recordings apart": async (under) => {
    const { store, siteId } = under;
    const [one, other] = [await openRecording(under), await openRecording(under)];
    const set = setOf(one);
    strictEqual(await store.putParameterSet(senderOf(siteId), set), "stored");
    strictEqual(await store.putParameterSet(senderOf(siteId), setOf(one, set.digest)), "repeated");
    strictEqual(await store.findParameterSet(siteId, other.recordingId, set.digest), undefined);
    strictEqual(await store.putParameterSet(senderOf(siteId), setOf(other, set.digest)), "stored");
  },
  "parameterSetRoom() gives 64, and one more for every 30 chunks": async (under) => {
    const { store, siteId } = under;
    const segment = await openSegment(under);
    const { recordingId } = segment;
    const room = (wanted: number) => store.parameterSetRoom(siteId, recordingId, wanted);
    deepStrictEqual([await room(1), await room(64), await room(65)], [1, 64, 64]);
    const sets = Array.from({ length: 64 }, () => setOf(segment));
    await store.putChunks(senderOf(siteId), [chunkOf(segment, 0)], sets);
    deepStrictEqual([await room(1), await room(9)], [0, 0]);
    const chunks = (from: number, end: number) =>
      Array.from({ length: end - from }, (_, i) => chunkOf(segment, from + i));
    await store.putChunks(senderOf(siteId), chunks(1, 29));
    strictEqual(await room(1), 0);
    await store.putChunks(senderOf(siteId), chunks(29, 61));
    deepStrictEqual([await room(1), await room(2), await room(9)], [1, 2, 2]);
  },
  "segmentProgress() tells runs, count, high water and end": async (under) => {
    const { store, siteId } = under;
    const segment = await openSegment(under);
    const chunks = [0, 1, 2, 5, 6, 9].map((sequence) => chunkOf(segment, sequence));
    await store.putChunks(senderOf(siteId), chunks);
    await store.putStatements(senderOf(siteId), segment, [endAt(12)]);
    const { streams } = await store.segmentProgress(siteId, segment);
    deepStrictEqual(streams, [
      {
        stream: 0,
        runs: [{ start: 0, end: 3 }, { start: 5, end: 7 }, { start: 9, end: 10 }],
        chunkCount: 6,
        highWaterDigest: chunks[2]!.chunkDigest,
        endSequence: 12,
      },
      { stream: 1, runs: [], chunkCount: 0, highWaterDigest: null, endSequence: null },
    ]);
  },
  "segmentProgress() has no high water when the first chunk is missing": async (under) => {
    const { store, siteId } = under;
    const segment = await openSegment(under);
    await store.putChunks(senderOf(siteId), [chunkOf(segment, 4)]);
    const { streams } = await store.segmentProgress(siteId, segment);
    deepStrictEqual(streams[0]!.runs, [{ start: 4, end: 5 }]);
    strictEqual(streams[0]!.highWaterDigest, null);
  },
  "segmentProgress() asked again and again says what is stored, in any order of arrival": async (
    under,
  ) => {
    const { store, siteId } = under;
    const segment = await openSegment(under);
    const random = prng(4);
    const left = Array.from({ length: 300 }, (_, sequence) => ({ sequence, at: random.u32() }))
      .sort((a, b) => a.at - b.at).map(({ sequence }) => sequence);
    const stored = new Map<number, Uint8Array>();
    while (left.length > 40) {
      const batch = left.splice(0, 1 + random.below(30))
        .map((sequence) => chunkOf(segment, sequence));
      const [, { streams }] = await Promise.all([
        store.putChunks(senderOf(siteId), batch),
        store.segmentProgress(siteId, segment),
      ]);
      const told = new Set(streams[0]!.runs.flatMap(sequencesOf));
      ok([...stored.keys()].every((sequence) => told.has(sequence)), "what was there stays");
      for (const { sequence, chunkDigest } of batch) stored.set(sequence, chunkDigest);
      const { streams: [after] } = await store.segmentProgress(siteId, segment);
      deepStrictEqual(after!.runs.flatMap(sequencesOf), [...stored.keys()].sort((a, b) => a - b));
      strictEqual(after!.chunkCount, stored.size);
      const [first] = after!.runs;
      const highWater = first?.start === 0 ? first.end : 0;
      deepStrictEqual(after!.highWaterDigest, stored.get(highWater - 1) ?? null);
    }
  },
  "quarantineChunk() leaves what is stored and writes an event each time": async (under) => {
    const { store, siteId } = under;
    const segment = await openSegment(under);
    const chunk = chunkOf(segment, 0);
    await store.putChunks(senderOf(siteId), [chunk]);
    const before = await under.countEvents("chunk.conflict");
    for (let i = 0; i < 5; i++) {
      await store.quarantineChunk(senderOf(siteId), {
        ...chunkOf(segment, 0),
        quarantineId: crypto.randomUUID(),
        byteLength: 200,
      });
    }
    strictEqual(await under.countEvents("chunk.conflict") - before, 5);
    const [again] = await store.putChunks(senderOf(siteId), [chunkOf(segment, 0)]);
    ok(again?.outcome === "found");
    deepStrictEqual(again.chunk.chunkDigest, chunk.chunkDigest);
  },
};
