/**
 * What every ingest store must do, memory and PostgreSQL alike.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type {
  IngestStore,
  NewChunk,
  NewParameterSet,
  NewSegment,
  NewStatement,
  Sender,
  StoredRecording,
  StoredSegment,
} from "../../ingest/store/ingest_store.ts";
import { sampleRate } from "../time/mod.ts";
import { prng } from "./prng.ts";

/** A store to be tried, and two sites it knows. */
export interface StoreUnderTest {
  readonly store: IngestStore;
  readonly siteId: number;
  readonly otherSiteId: number;
  /** How many event rows of a kind there are, for all sites. */
  countEvents(kind: string): Promise<number>;
}

const HOUR_MS = 3_600_000;
let counter = 0;

const bytes = (byteLength: number) => crypto.getRandomValues(new Uint8Array(byteLength));
const hexText = (value: Uint8Array) => value.toHex();

/** A UUIDv7 of the last hour: partitions of the future are refused. */
function recentUuid(): string {
  const hex = (Date.now() - HOUR_MS).toString(16).padStart(12, "0");
  const random = hexText(bytes(10));
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${
    random.slice(6, 18)
  }`;
}

function senderOf(siteId: number, actor = "device-1"): Sender {
  return { siteId, actor, role: "device", requestId: crypto.randomUUID() };
}

async function openRecording(
  { store, siteId }: StoreUnderTest,
  code = `recording-${++counter}`,
): Promise<StoredRecording> {
  const sender = senderOf(siteId);
  const patientUuid = await store.putPatient(sender, {
    patientUuid: crypto.randomUUID(),
    patientCode: `patient-${counter}`,
  });
  const put = await store.putRecording(sender, {
    recordingId: recentUuid(),
    patientUuid,
    recordingCode: code,
    reference: bytes(16),
    wrappedKey: bytes(60),
    startedAtSealed: null,
    idempotencyKey: bytes(16),
    contentDigest: bytes(32),
    ...logged(),
    startLeaf: logged().leaf,
  });
  ok(put.outcome === "stored");
  return put.recording;
}

/** Time and leaf of a row. */
function logged() {
  return {
    atMicros: BigInt(Date.now()) * 1000n,
    leaf: { entry: bytes(56), content: bytes(97), salt: null },
  };
}

function segmentOf(recording: StoredRecording, changes: Partial<NewSegment> = {}): NewSegment {
  return {
    recordingId: recording.recordingId,
    segmentId: bytes(16),
    segmentDigest: bytes(32),
    clock: 3,
    startSeconds: "0",
    startUncertaintySeconds: "0",
    implicit: false,
    signing: null,
    streams: [0, 1].map((stream) => ({
      stream,
      rate: sampleRate(256),
      kind: 1,
      channelCount: 23,
      descriptorDigest: bytes(32),
    })),
    seal: (segmentNumber) => ({
      record: Uint8Array.of(segmentNumber),
      descriptors: [Uint8Array.of(0, segmentNumber), Uint8Array.of(1, segmentNumber)],
      leaves: [logged().leaf, logged().leaf, logged().leaf],
    }),
    atMicros: 1n,
    ...changes,
  };
}

async function openSegment(under: StoreUnderTest): Promise<StoredSegment> {
  const recording = await openRecording(under);
  const put = await under.store.putSegment(senderOf(under.siteId), segmentOf(recording));
  ok(put.outcome === "stored");
  return put.segment;
}

function annotationOf() {
  return {
    annotationId: hexText(bytes(16)),
    version: 1,
    status: "active",
    bodySealed: bytes(60),
    contentDigest: bytes(32),
    ...logged(),
  };
}

function reviewOf(mark: { annotationId: string; version: number }) {
  return {
    reviewId: hexText(bytes(16)),
    annotationId: mark.annotationId,
    annotationVersion: mark.version,
    bodySealed: bytes(60),
    contentDigest: bytes(32),
    ...logged(),
  };
}

function chunkOf(segment: StoredSegment, sequence: number, stream = 0): NewChunk {
  return {
    recordingId: segment.recordingId,
    segmentNumber: segment.segmentNumber,
    stream,
    sequence,
    firstSample: sequence * 256,
    sampleCount: 256,
    chunkDigest: bytes(32),
    storedDigest: bytes(32),
    // Odd microseconds: a store that rounds to milliseconds loses them.
    receivedAtMicros: BigInt(Date.now()) * 1000n + 123n,
    leafEntry: bytes(56),
    leafHash: bytes(32),
    body: bytes(200),
  };
}

function sequencesOf({ start, end }: { start: number; end: number }): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}

function setOf(
  { recordingId }: { recordingId: string },
  digest: Uint8Array = bytes(32),
): NewParameterSet {
  return { recordingId, digest, byteLength: 72, body: bytes(100), copy: bytes(100), ...logged() };
}

function statementOf(changes: Partial<NewStatement> = {}): NewStatement {
  return {
    statementId: hexText(bytes(16)),
    stream: 0,
    kind: "loss",
    firstSequence: 3,
    sequenceCount: 2,
    firstSample: 768,
    sampleCount: 512,
    reason: 1,
    ...logged(),
    signature: null,
    ...changes,
  };
}

const endAt = (sequence: number) =>
  statementOf({
    kind: "end",
    firstSequence: sequence,
    sequenceCount: 0,
    firstSample: sequence * 256,
    sampleCount: 0,
    reason: 5,
  });

type Case = (under: StoreUnderTest) => Promise<void>;

/** Every case by name. A store's own test file runs each against one fresh store. */
export const STORE_CASES: Readonly<Record<string, Case>> = {
  "putPatient() gives everybody the uuid that was first": async ({ store, siteId }) => {
    const sender = senderOf(siteId);
    const patientCode = `patient-${++counter}`;
    const uuids = await Promise.all(
      Array.from(
        { length: 8 },
        () => store.putPatient(sender, { patientUuid: crypto.randomUUID(), patientCode }),
      ),
    );
    strictEqual(new Set(uuids).size, 1);
    deepStrictEqual(await store.findPatient(siteId, patientCode), {
      patientUuid: uuids[0],
      keyUuid: uuids[0],
    });
  },

  "putPatient() keeps sites apart": async ({ store, siteId, otherSiteId }) => {
    const patientCode = `patient-${++counter}`;
    const patientUuid = crypto.randomUUID();
    await store.putPatient(senderOf(siteId), { patientUuid, patientCode });
    strictEqual(await store.findPatient(otherSiteId, patientCode), undefined);
  },

  "putRecording() finds the recording that has the codes": async (under) => {
    const { store, siteId } = under;
    const first = await openRecording(under, "twice");
    const again = await store.putRecording(senderOf(siteId), {
      recordingId: recentUuid(),
      patientUuid: first.patientUuid,
      recordingCode: "twice",
      reference: bytes(16),
      wrappedKey: bytes(60),
      startedAtSealed: bytes(40),
      idempotencyKey: null,
      contentDigest: bytes(32),
      ...logged(),
      startLeaf: logged().leaf,
    });
    ok(again.outcome === "found");
    strictEqual(again.recording.recordingId, first.recordingId);
    deepStrictEqual(again.recording.wrappedKey, first.wrappedKey);
    strictEqual(again.recording.startedAtSealed, null);
  },

  "putRecording() refuses an idempotency key of another recording": async (under) => {
    const { store, siteId } = under;
    const { patientUuid } = await openRecording(under);
    const idempotencyKey = bytes(16);
    const recording = (recordingCode: string) => ({
      recordingId: recentUuid(),
      patientUuid,
      recordingCode,
      reference: bytes(16),
      wrappedKey: bytes(60),
      startedAtSealed: null,
      idempotencyKey,
      contentDigest: bytes(32),
      ...logged(),
      startLeaf: logged().leaf,
    });
    const first = await store.putRecording(senderOf(siteId), recording("one"));
    strictEqual(first.outcome, "stored");
    const second = await store.putRecording(senderOf(siteId), recording("two"));
    strictEqual(second.outcome, "idempotency-conflict");
  },

  "findRecording() knows nothing of another site": async (under) => {
    const { store, siteId, otherSiteId } = under;
    await openRecording(under, "mine");
    const codes = { patientCode: `patient-${counter}`, recordingCode: "mine" };
    ok(await store.findRecording(siteId, codes));
    strictEqual(await store.findRecording(otherSiteId, codes), undefined);
  },

  "closeRecording() twice is a repeat, and then no segment opens": async (under) => {
    const { store, siteId } = under;
    const sender = senderOf(siteId);
    const recording = await openRecording(under);
    const { recordingId } = recording;
    const before = segmentOf(recording);
    strictEqual((await store.putSegment(sender, before)).outcome, "stored");
    strictEqual(
      await store.closeRecording(sender, { recordingId, idempotencyKey: bytes(16), ...logged() }),
      "stored",
    );
    strictEqual(
      await store.closeRecording(sender, { recordingId, idempotencyKey: bytes(16), ...logged() }),
      "repeated",
    );
    strictEqual((await store.putSegment(sender, segmentOf(recording))).outcome, "recording-closed");
    // A segment from before is confirmed: its device may have missed the first answer.
    strictEqual((await store.putSegment(sender, before)).outcome, "found");
  },

  "putSegment() numbers segments without a gap, also at once": async (under) => {
    const { store, siteId } = under;
    const recording = await openRecording(under);
    await Promise.all(
      Array.from({ length: 8 }, () => store.putSegment(senderOf(siteId), segmentOf(recording))),
    );
    const segments = await store.listSegments(siteId, recording.recordingId);
    deepStrictEqual(segments.map(({ segmentNumber }) => segmentNumber), [0, 1, 2, 3, 4, 5, 6, 7]);
  },

  "putSegment() finds the segment that has the id, also at once": async (under) => {
    const { store, siteId } = under;
    const recording = await openRecording(under);
    const segment = segmentOf(recording);
    const puts = await Promise.all(
      Array.from({ length: 8 }, () => store.putSegment(senderOf(siteId), segment)),
    );
    strictEqual(puts.filter(({ outcome }) => outcome === "stored").length, 1);
    strictEqual(puts.filter(({ outcome }) => outcome === "found").length, 7);
    strictEqual((await store.listSegments(siteId, recording.recordingId)).length, 1);
  },

  "findSegment() gives back what putSegment() was given": async (under) => {
    const { store, siteId, otherSiteId } = under;
    const recording = await openRecording(under);
    const segment = segmentOf(recording, { startSeconds: "2954.5", startUncertaintySeconds: "1" });
    await store.putSegment(senderOf(siteId, "device-9"), segment);
    const found = await store.findSegment(siteId, segment.segmentId);
    ok(found !== undefined);
    strictEqual(found.recording.recordingId, recording.recordingId);
    deepStrictEqual(found.segment, {
      siteId,
      recordingId: recording.recordingId,
      segmentNumber: 0,
      segmentId: segment.segmentId,
      segmentDigest: segment.segmentDigest,
      clock: 3,
      startSeconds: "2954.5",
      startUncertaintySeconds: "1",
      implicit: false,
      actor: "device-9",
      signing: null,
      streams: segment.streams.map((stream, index) => ({
        ...stream,
        descriptorSealed: Uint8Array.of(index, 0),
      })),
    });
    strictEqual(await store.findSegment(otherSiteId, segment.segmentId), undefined);
  },

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

  "putAnnotations() judges repeats within one request against the first": async (under) => {
    const { store, siteId } = under;
    const { recordingId } = await openRecording(under);
    const before = await under.countEvents("annotation.stored");
    const mark = annotationOf();
    const outcomes = await store.putAnnotations(senderOf(siteId), recordingId, [
      mark,
      mark,
      { ...mark, contentDigest: bytes(32) },
      { ...mark, version: mark.version + 1 },
      annotationOf(),
    ]);
    deepStrictEqual(outcomes, ["stored", "repeated", "conflict", "stored", "stored"]);
    strictEqual(await under.countEvents("annotation.stored") - before, 3);
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

  "putAnnotations() tells new, repeated and conflicting versions apart": async (under) => {
    const { store, siteId } = under;
    const { recordingId } = await openRecording(under);
    const annotation = annotationOf();
    const put = (...rows: (typeof annotation)[]) =>
      store.putAnnotations(senderOf(siteId), recordingId, rows);
    deepStrictEqual(await put(annotation), ["stored"]);
    deepStrictEqual(await put({ ...annotation, bodySealed: bytes(60) }), ["repeated"]);
    deepStrictEqual(
      await put(
        { ...annotation, version: 2, contentDigest: bytes(32) },
        { ...annotation, contentDigest: bytes(32) },
      ),
      ["stored", "conflict"],
    );
  },

  "putReviews() tells new, repeated, conflicting and unknown apart, and keeps what it can": async (
    under,
  ) => {
    const { store, siteId } = under;
    const { recordingId } = await openRecording(under);
    const mark = annotationOf();
    await store.putAnnotations(senderOf(siteId), recordingId, [mark]);
    const before = await under.countEvents("annotation.reviewed");
    const review = reviewOf(mark);
    const put = (...rows: (typeof review)[]) =>
      store.putReviews(senderOf(siteId), recordingId, rows);
    deepStrictEqual(
      await put(
        review,
        { ...reviewOf(mark), annotationVersion: 2 },
        review,
        { ...review, contentDigest: bytes(32) },
        reviewOf(mark),
      ),
      ["stored", "unknown", "repeated", "conflict", "stored"],
    );
    deepStrictEqual(await put({ ...review, bodySealed: bytes(60) }, reviewOf(annotationOf())), [
      "repeated",
      "unknown",
    ]);
    deepStrictEqual(await put({ ...review, contentDigest: bytes(32) }), ["conflict"]);
    strictEqual(await under.countEvents("annotation.reviewed") - before, 2);
    const other = await openRecording(under);
    deepStrictEqual(
      await store.putReviews(senderOf(siteId), other.recordingId, [reviewOf(mark)]),
      ["unknown"],
    );
  },

  "putReviews() takes the same reviews in opposite orders at once": async (under) => {
    const { store, siteId } = under;
    const { recordingId } = await openRecording(under);
    const mark = annotationOf();
    await store.putAnnotations(senderOf(siteId), recordingId, [mark]);
    const reviews = Array.from({ length: 24 }, () => reviewOf(mark));
    const orders = Array.from(
      { length: 8 },
      (_, n) => n % 2 === 0 ? reviews : reviews.toReversed(),
    );
    const outcomes = await Promise.all(
      orders.map((rows) => store.putReviews(senderOf(siteId), recordingId, rows)),
    );
    // Each is stored by one of them, and a repeat for the seven others.
    const stored = outcomes.flat().filter((outcome) => outcome === "stored");
    strictEqual(stored.length, reviews.length);
    strictEqual(outcomes.flat().length - stored.length, 7 * reviews.length);
    ok(outcomes.flat().every((outcome) => ["stored", "repeated"].includes(outcome)));
  },

  "putClockObservations() stores all or none": async (under) => {
    const { store, siteId } = under;
    const { recordingId } = await openRecording(under);
    const observation = (observationId = hexText(bytes(16))) => ({
      observationId,
      segmentNumber: null,
      deviceTimeMicros: "-9223372036854775808",
      monotonicNs: "18446744073709551615",
      referenceTimeMicros: "1",
      source: "server",
      uncertaintyMicros: null,
      ...logged(),
    });
    const put = (...rows: ReturnType<typeof observation>[]) =>
      store.putClockObservations(senderOf(siteId), recordingId, rows);
    const [first, second] = [observation(), observation()];
    deepStrictEqual(await put(first), ["stored"]);
    deepStrictEqual(await put(first), ["repeated"]);
    const refused = await put(second, { ...first, source: "ntp" });
    deepStrictEqual(refused, ["stored", "conflict"]);
    deepStrictEqual(await put(second), ["stored"], "the refused request left nothing behind");
  },

  "putStatements() refuses a second end and an end before stored chunks": async (under) => {
    const { store, siteId } = under;
    const segment = await openSegment(under);
    const put = (...rows: NewStatement[]) => store.putStatements(senderOf(siteId), segment, rows);
    await store.putChunks(senderOf(siteId), [chunkOf(segment, 5)]);
    deepStrictEqual(await put(endAt(5)), ["contradiction"]);
    const end = endAt(8);
    deepStrictEqual(await put(end), ["stored"]);
    deepStrictEqual(await put(end), ["repeated"]);
    deepStrictEqual(await put(endAt(9)), ["contradiction"]);
    deepStrictEqual(await put({ ...end, reason: 9 }), ["conflict"]);
    const loss = statementOf();
    deepStrictEqual(await put(loss, endAt(9)), ["stored", "contradiction"]);
    deepStrictEqual(await put(loss), ["stored"], "the refused request left nothing behind");
  },

  "putSource() keeps one per file": async (under) => {
    const { store, siteId } = under;
    const { recordingId } = await openRecording(under);
    const source = {
      fileKey: hexText(bytes(32)),
      fileSha256: hexText(bytes(32)),
      bodySealed: bytes(100),
      contentDigest: bytes(32),
      ...logged(),
    };
    const put = (changes: Partial<typeof source> = {}) =>
      store.putSource(senderOf(siteId), recordingId, { ...source, ...changes });
    strictEqual(await put(), "stored");
    strictEqual(await put({ bodySealed: bytes(100) }), "repeated");
    strictEqual(await put({ contentDigest: bytes(32) }), "conflict");
  },

  "announce() takes any number of numbers": async ({ store }) => {
    await store.announce([]);
    await store.announce(["1", "2"]);
  },
};
