/**
 * Every bit of marks, reviews, parameter sets, sources and statements as they are stored, flipped one at a
 * time: 100 % are detected. Chunks have `core/testing/flip_every_bit_test.ts`.
 *
 * | depth | made to fit again | found by |
 * |---|---|---|
 * | disk | nothing: a bit of a sealed column has turned | the seal, which the scrub opens |
 * | row | nothing: a bit of what lies beside it has turned | the keyed digest, and the place in the seal |
 * | key | the seal and every digest in the row | content digest of the leaf; the device's signature of a statement |
 *
 * @module
 */

import { ok, strictEqual } from "node:assert/strict";
import {
  encodeLossRecord,
  lossRecordDigest,
  lossRecordSignatureMessage,
  parameterSetDigest,
} from "@wavekeep/core/chunk";
import {
  annotationPlace,
  keyedDigest,
  nodeSha256,
  parameterSetPlace,
  randomKey,
  reviewPlace,
  seal,
  sourcePlace,
  startedAtPlace,
  verifyEd25519,
} from "@wavekeep/core/crypto";
import { annotationStatement, reviewStatement } from "@wavekeep/core/log";
import { isCoreError } from "@wavekeep/core/error";
import { ed25519Of } from "../../core/testing/ed25519.ts";
import { markDigest } from "../mark_digest.ts";
import { fixtureSet } from "../testing/fixtures.ts";
import { checkNouns } from "./check_nouns.ts";
import type { NounRows, ScrubbedRecording } from "./scrub_store.ts";

const KEY = randomKey();
const SITE = 1;
const RECORDING_ID = "019a0000-0000-7000-8000-000000000000";
const TEXT = new TextEncoder();
const json = (value: unknown) => TEXT.encode(JSON.stringify(value));

const RECORDING: ScrubbedRecording = {
  siteId: SITE,
  recordingId: RECORDING_ID,
  patientUuid: "019a0000-0000-4000-8000-000000000000",
  wrappedKey: new Uint8Array(60),
  reference: new Uint8Array(16),
  startedAtSealed: null,
};
const NO_ROWS: NounRows = {
  segments: [],
  streams: [],
  sets: [],
  annotations: [],
  reviews: [],
  sources: [],
};

/** As the route seals it. */
const MARK_BODY = {
  anchor: { coordinate: "recording", onset: "2996.25" },
  duration: "40",
  text: "left temporal, µV",
  channels: [0, 7],
  author: "reader-1",
  term: "focal",
  detection: { method: "detector", version: "1.2", score: 0.5 },
  kind: "seizure",
  source: "algorithm",
} as const;
const MARK_KEY = { annotationId: "ab".repeat(16), version: 2 };
const MARK = {
  ...MARK_KEY,
  kind: null,
  source: null,
  status: "active",
  bodySealed: seal(KEY, annotationPlace(SITE, RECORDING_ID, MARK_KEY), json(MARK_BODY)),
  contentDigest: markDigest(KEY, { ...MARK_BODY, channels: [0, 7], status: "active" }),
};
const REVIEW_BODY = { verdict: "accepted", author: "reader-2" };
const REVIEW_ID = "cd".repeat(16);
const REVIEW = {
  reviewId: REVIEW_ID,
  annotationId: MARK_KEY.annotationId,
  annotationVersion: 2,
  bodySealed: seal(KEY, reviewPlace(SITE, RECORDING_ID, REVIEW_ID), json(REVIEW_BODY)),
  contentDigest: keyedDigest(
    KEY,
    json([MARK_KEY.annotationId, 2, REVIEW_BODY.verdict, REVIEW_BODY.author]),
  ),
};
const SET_BYTES = fixtureSet(1).set.bytes;
const SET_DIGEST = parameterSetDigest(SET_BYTES, nodeSha256);
const SET_PLACE = parameterSetPlace(SITE, RECORDING_ID, SET_DIGEST.toHex());
const SET = {
  digest: SET_DIGEST,
  body: seal(KEY, SET_PLACE, SET_BYTES),
  copy: seal(KEY, SET_PLACE, SET_BYTES),
};
const SOURCE_BYTES = json({ file_name: "a.edf", header: "AAAA" });
const SOURCE_KEY = "ef".repeat(16);
const SOURCE = {
  fileKey: SOURCE_KEY,
  bodySealed: seal(KEY, sourcePlace(SITE, RECORDING_ID, SOURCE_KEY), SOURCE_BYTES),
  contentDigest: keyedDigest(KEY, SOURCE_BYTES),
};

/** Runs `isDetected` for every single flip; the bytes are as they were between two of them. */
function checkEveryBit(what: string, bytes: Uint8Array, isDetected: () => boolean): void {
  let detected = 0;
  for (let bit = 0; bit < 8 * bytes.byteLength; bit++) {
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    if (isDetected()) detected++;
    bytes[bit >> 3]! ^= 1 << (bit & 7);
  }
  strictEqual(detected, 8 * bytes.byteLength, what);
  ok(bytes.byteLength > 0, what);
}

/** Rows of one kind each; every column with meaning, flipped alone, must give a finding. */
const TABLES: readonly [keyof NounRows, Readonly<Record<string, unknown>>, columns?: string[]][] = [
  ["annotations", MARK],
  // As it was stored before kinds were sealed.
  ["annotations", oldMark(), ["kind", "source"]],
  ["reviews", REVIEW],
  ["sets", SET],
  ["sources", SOURCE],
];

function oldMark(): typeof MARK | Record<string, unknown> {
  const { kind, source, ...body } = MARK_BODY;
  const bodySealed = seal(KEY, annotationPlace(SITE, RECORDING_ID, MARK_KEY), json(body));
  return { ...MARK, kind, source, bodySealed };
}

function findingsOf(table: keyof NounRows, row: Readonly<Record<string, unknown>>): number {
  return checkNouns(RECORDING, KEY, { ...NO_ROWS, [table]: [row] } as NounRows).length;
}

Deno.test("every bit of every column of marks, reviews, sets and sources, flipped alone: the scrub finds it", () => {
  // Stacks of ten thousand errors cost more than what they are about.
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    for (const [table, row, columns = Object.keys(row)] of TABLES) {
      strictEqual(findingsOf(table, row), 0, table);
      for (const column of columns) {
        const value = row[column];
        const what = `${table}.${column}`;
        if (value instanceof Uint8Array) {
          const bytes = value.slice();
          checkEveryBit(what, bytes, () => findingsOf(table, { ...row, [column]: bytes }) > 0);
        } else if (typeof value === "string") {
          const bytes = TEXT.encode(value);
          const text = () => String.fromCharCode(...bytes);
          checkEveryBit(what, bytes, () => findingsOf(table, { ...row, [column]: text() }) > 0);
        } else if (typeof value === "number") {
          const bytes = new Uint8Array(4);
          const view = new DataView(bytes.buffer);
          view.setInt32(0, value);
          const number = () => view.getInt32(0);
          checkEveryBit(what, bytes, () => findingsOf(table, { ...row, [column]: number() }) > 0);
        }
      }
    }
    const started = seal(
      KEY,
      startedAtPlace(SITE, RECORDING_ID),
      json({ civil: "2076-11-06T13:43:04", zone: null }),
    );
    checkEveryBit(
      "start",
      started,
      () => checkNouns({ ...RECORDING, startedAtSealed: started }, KEY, NO_ROWS).length > 0,
    );
  } finally {
    Error.stackTraceLimit = before;
  }
});

/** The text that a leaf commits to, of a body; undefined when it is none. */
function stated(bytes: Uint8Array, say: (body: never) => string): string | undefined {
  try {
    return say(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as never);
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError || isCoreError(error)) {
      return undefined;
    }
    throw error;
  }
}

Deno.test("every bit of what marks and reviews say, with seal and digests made again: the leaf says another text", () => {
  const mark = (body: typeof MARK_BODY) =>
    annotationStatement({
      annotation_id: MARK_KEY.annotationId,
      version: MARK_KEY.version,
      status: "active",
      author_role: "clinician",
      ...body,
    });
  const review = (body: typeof REVIEW_BODY) =>
    reviewStatement({
      review_id: REVIEW_ID,
      annotation_id: MARK_KEY.annotationId,
      annotation_version: 2,
      author_role: "clinician",
      ...body,
    });
  for (
    const [what, body, say] of [["mark", MARK_BODY, mark], ["review", REVIEW_BODY, review]] as const
  ) {
    const bytes = json(body);
    const logged = stated(bytes, say);
    ok(logged !== undefined);
    checkEveryBit(what, bytes, () => stated(bytes, say) !== logged);
  }
});

Deno.test("every bit of a parameter set, with its seal made again: its digest is another", () => {
  const bytes = SET_BYTES.slice();
  const name = SET_DIGEST.toHex();
  checkEveryBit("set", bytes, () => parameterSetDigest(bytes, nodeSha256).toHex() !== name);
});

Deno.test("every bit of a device's statement and of its signature: neither leaf nor signature hold", async () => {
  const device = await ed25519Of(new Uint8Array(32).fill(7));
  const record = encodeLossRecord({
    kind: "loss",
    segmentId: new Uint8Array(16).fill(3),
    stream: 1,
    firstSequence: 40,
    sequenceCount: 2,
    firstSample: 640,
    sampleCount: 32,
    reason: 1,
  });
  const digest = lossRecordDigest(record, nodeSha256);
  const signature = new Uint8Array(await device.sign(lossRecordSignatureMessage(digest)));
  const holds = () =>
    verifyEd25519(
      device.publicKey,
      lossRecordSignatureMessage(lossRecordDigest(record, nodeSha256)),
      signature,
    );
  ok(holds());
  checkEveryBit(
    "statement",
    record,
    () => !holds() && lossRecordDigest(record, nodeSha256).toHex() !== digest.toHex(),
  );
  checkEveryBit("signature", signature, () => !holds());
});
