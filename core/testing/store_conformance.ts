/**
 * What every ingest store must do, memory and PostgreSQL alike; of chunks in `chunk_store_conformance.ts`.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { NewStatement } from "../../ingest/store/ingest_store.ts";
import { CHUNK_STORE_CASES } from "./chunk_store_conformance.ts";
import {
  annotationOf,
  bytes,
  chunkOf,
  endAt,
  hexText,
  logged,
  nextNumber,
  openRecording,
  openSegment,
  recentUuid,
  reviewOf,
  segmentOf,
  senderOf,
  statementOf,
  type StoreCase,
  type StoreUnderTest,
} from "./store_rows.ts";

export type { StoreUnderTest };

/** Every case by name. A store's own test file runs each against one fresh store. */
export const STORE_CASES: Readonly<Record<string, StoreCase>> = {
  "putPatient() gives everybody the uuid that was first": async ({ store, siteId }) => {
    const sender = senderOf(siteId);
    const patientCode = `patient-${nextNumber()}`;
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
    const patientCode = `patient-${nextNumber()}`;
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
    const patientCode = `patient-${nextNumber()}`;
    await openRecording(under, "mine", patientCode);
    const codes = { patientCode, recordingCode: "mine" };
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
    const expected = {
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
      streams: segment.streams,
    };
    deepStrictEqual(found.segment, expected);
    // What describes the streams is a kilobyte each: for who lists them.
    deepStrictEqual(await store.listSegments(siteId, recording.recordingId), [{
      ...expected,
      streams: segment.streams.map((stream, index) => ({
        ...stream,
        descriptorSealed: Uint8Array.of(index, 0),
      })),
    }]);
    strictEqual(await store.findSegment(otherSiteId, segment.segmentId), undefined);
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
  ...CHUNK_STORE_CASES,
};
