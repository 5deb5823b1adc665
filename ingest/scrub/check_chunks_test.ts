// Every bit of every stored field that means something, flipped one at a time: found (goal B2), and nothing
// is found where nothing was flipped.

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { encodeChunk, gridRange } from "@wavekeep/core/chunk";
import { chunkPlace, nodeSha256, randomKey, seal } from "@wavekeep/core/crypto";
import { makeChunkLeaf } from "@wavekeep/core/log";
import { sampleRate } from "@wavekeep/core/time";
import { secretsOf } from "../recording_key.ts";
import {
  checkChunks as checkChunksOfPage,
  type CheckOptions,
  type OpenedStream,
} from "./check_chunks.ts";
import type { ChunkRow, ScrubbedStream } from "./scrub_store.ts";
import { SignatureWalk } from "./signature_walk.ts";

const RATE = sampleRate(64);
const KEY = randomKey();
const bytes = (byteLength: number) => crypto.getRandomValues(new Uint8Array(byteLength));

const STREAM: ScrubbedStream = {
  recording: {
    siteId: 1,
    recordingId: "019a0000-0000-7000-8000-000000000001",
    patientUuid: "019a0000-0000-4000-8000-000000000002",
    wrappedKey: bytes(60),
    reference: bytes(16),
    startedAtSealed: null,
  },
  segmentNumber: 2,
  segmentId: bytes(16),
  segmentDigest: bytes(32),
  isImplicit: false,
  stream: 1,
  rateSamples: RATE.samples,
  rateSeconds: RATE.seconds,
  kind: 1,
  channelCount: 3,
  descriptorDigest: bytes(32),
  signing: { policy: "none", publicKey: null },
  progress: { passCount: 0, nextSequence: 0, verifiedAtMs: null },
};
const OPENED: OpenedStream = { stream: STREAM, rate: RATE, secrets: secretsOf(KEY) };
const DEEP: Omit<CheckOptions, "signatures"> = {
  isDeep: () => true,
  findSet: () => Promise.resolve(undefined),
};

/** With a walk of its own: each is a whole pass. */
function checkChunks(
  rows: Parameters<typeof checkChunksOfPage>[0],
  opened: OpenedStream,
  options: Omit<CheckOptions, "signatures">,
) {
  const signatures = new SignatureWalk(opened.stream.signing);
  return checkChunksOfPage(rows, opened, { ...options, signatures });
}

/** Rows as ingest stores them, chained; with salts of their own, as before version 12 of the schema. */
function makeRows(count: number, { hasSalt = false } = {}): ChunkRow[] {
  const rows: ChunkRow[] = [];
  let previousDigest = STREAM.segmentDigest;
  for (let sequence = 0; sequence < count; sequence++) {
    const { start, end } = gridRange(RATE, sequence);
    const sampleCount = end - start;
    const made = encodeChunk({
      codec: "predictive",
      kind: "int32",
      clock: "disciplined",
      stream: STREAM.stream,
      channelCount: STREAM.channelCount,
      sequence,
      firstSample: start,
      sampleCount,
      deviceTimeMicros: 1_795_000_000_000_000n,
      monotonicNs: 0n,
      segmentId: STREAM.segmentId,
      previousDigest,
      samples: Int32Array.from({ length: 3 * sampleCount }, (_, i) => (i * i) % 331 - 100),
      descriptorDigest: STREAM.descriptorDigest,
      segmentDigest: STREAM.segmentDigest,
    }, nodeSha256);
    previousDigest = made.chunkDigest;
    const { recording: { siteId, recordingId }, segmentNumber, stream } = STREAM;
    const leafSalt = hasSalt ? bytes(32) : null;
    const digests = { chunkDigest: made.chunkDigest, storedDigest: nodeSha256(made.bytes) };
    const receivedAtMicros = 1_795_000_000_123_456n;
    const { leafHash } = makeChunkLeaf({
      siteId,
      pseudonym: OPENED.secrets.pseudonym,
      segmentId: STREAM.segmentId,
      stream,
      sequence,
      ...digests,
      receivedAtMicros,
      saltOf: leafSalt === null ? OPENED.secrets.saltOf : () => leafSalt,
    }, nodeSha256);
    rows.push({
      sequence,
      firstSample: start,
      sampleCount,
      ...digests,
      receivedAtMicros,
      leafSalt,
      leafHash,
      body: seal(
        KEY,
        chunkPlace({ siteId, recordingId, segmentNumber, stream, sequence }),
        made.bytes,
      ),
    });
  }
  return rows;
}

const flip = (value: Uint8Array, bit: number) => {
  const copy = value.slice();
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
};

/** Each way to flip one bit of a number of so many bits. */
const flips = (value: number | bigint, bits: number) =>
  Array.from({ length: bits }, (_, bit) => BigInt(value) ^ (1n << BigInt(bit)));

Deno.test("checkChunks() finds nothing in rows as ingest stores them, in either depth", async () => {
  for (const hasSalt of [false, true]) {
    const rows = makeRows(5, { hasSalt });
    deepStrictEqual(await checkChunks(rows, OPENED, DEEP), []);
    deepStrictEqual(await checkChunks(rows, OPENED, { ...DEEP, isDeep: () => false }), []);
    deepStrictEqual(await checkChunks(rows.slice(2), OPENED, { ...DEEP, before: rows[1] }), []);
  }
});

Deno.test("checkChunks() finds every flipped bit of every column of a chunk's row", async () => {
  const [before, row] = makeRows(2, { hasSalt: true }) as [ChunkRow, ChunkRow];
  const bytesOf = (name: "chunkDigest" | "storedDigest" | "leafHash" | "leafSalt" | "body") =>
    Array.from(
      { length: 8 * row[name]!.byteLength },
      (_, bit) => ({ ...row, [name]: flip(row[name]!, bit) }),
    );
  const columns: Readonly<Record<string, readonly ChunkRow[]>> = {
    sequence: flips(row.sequence, 31).map((value) => ({ ...row, sequence: Number(value) })),
    // Beyond 2^53 a number is none that a sample can have, and the driver's reader refuses it.
    firstSample: flips(row.firstSample, 52).map((value) => ({
      ...row,
      firstSample: Number(value),
    })),
    sampleCount: flips(row.sampleCount, 31).map((value) => ({
      ...row,
      sampleCount: Number(value),
    })),
    receivedAt: flips(row.receivedAtMicros, 62).map((receivedAtMicros) => ({
      ...row,
      receivedAtMicros,
    })),
    chunkDigest: bytesOf("chunkDigest"),
    storedDigest: bytesOf("storedDigest"),
    leafHash: bytesOf("leafHash"),
    leafSalt: bytesOf("leafSalt"),
    body: bytesOf("body"),
  };
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    for (const [name, damaged] of Object.entries(columns)) {
      const found = await Promise.all(
        damaged.map((one) => checkChunks([one], OPENED, { ...DEEP, before })),
      );
      strictEqual(found.filter((findings) => findings.length === 1).length, damaged.length, name);
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
});

Deno.test("checkChunks() finds every flipped bit of what segment and stream say of a chunk", async () => {
  const rows = makeRows(2);
  const others: OpenedStream["stream"][] = [
    ...Array.from({ length: 128 }, (_, bit) => ({
      ...STREAM,
      segmentId: flip(STREAM.segmentId, bit),
    })),
    ...Array.from({ length: 256 }, (_, bit) => ({
      ...STREAM,
      segmentDigest: flip(STREAM.segmentDigest, bit),
    })),
    ...Array.from({ length: 256 }, (_, bit) => ({
      ...STREAM,
      descriptorDigest: flip(STREAM.descriptorDigest, bit),
    })),
    ...[2, 3].map((kind) => ({ ...STREAM, kind })),
    ...flips(3, 16).map((value) => ({ ...STREAM, channelCount: Number(value) })),
    ...flips(1, 16).map((value) => ({ ...STREAM, stream: Number(value) })),
    ...flips(2, 31).map((value) => ({ ...STREAM, segmentNumber: Number(value) })),
    ...flips(1, 31).map((value) => ({
      ...STREAM,
      recording: { ...STREAM.recording, siteId: Number(value) },
    })),
  ];
  for (const stream of others) {
    const findings = await checkChunks(rows, { ...OPENED, stream }, DEEP);
    strictEqual(findings.length, 2);
  }
});

Deno.test("checkChunks() finds swapped, missing and re-dated rows by their links and leaves", async () => {
  const rows = makeRows(4);
  const found = async (damaged: readonly ChunkRow[]) =>
    (await checkChunks(damaged, OPENED, DEEP)).map(({ place, failed }) => [place, failed]);
  // Whole rows in each other's place.
  deepStrictEqual(
    await found([rows[0]!, { ...rows[2]!, sequence: 1 }, { ...rows[1]!, sequence: 2 }]),
    [["2/1/1", "seal"], ["2/1/2", "seal"]],
  );
  // A chunk of another making, true in itself: the next one names another.
  const other = makeRows(2).map((row) => ({ ...row, chunkDigest: bytes(32) }));
  deepStrictEqual(await found([rows[0]!, other[1]!, rows[2]!]), [
    ["2/1/1", "chunk-digest"],
    ["2/1/2", "chain"],
  ]);
  deepStrictEqual(
    await found([{ ...rows[0]!, receivedAtMicros: rows[0]!.receivedAtMicros - 1n }]),
    [["2/1/0", "leaf"]],
  );
  // A row that is not there breaks no link: what is missing is the log's to tell.
  deepStrictEqual(await found([rows[0]!, rows[2]!, rows[3]!]), []);
});

Deno.test("checkChunks() tells what the database could not read, and goes on", async () => {
  const rows = makeRows(3);
  const findings = await checkChunks(
    [rows[0]!, { sequence: 1, unreadable: new Error("invalid page") }, rows[2]!],
    OPENED,
    DEEP,
  );
  deepStrictEqual(findings.map(({ place, failed, chunk }) => [place, failed, chunk]), [
    ["2/1/1", "storage", { segmentNumber: 2, stream: 1, sequence: 1, segmentSeconds: "1" }],
  ]);
});
