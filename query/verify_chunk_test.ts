import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { crc32c } from "@wavekeep/core/checksum";
import { chunkPlace, nodeSha256, seal, unseal } from "@wavekeep/core/crypto";
import { createLogger } from "@wavekeep/core/service";
import { IntegrityError } from "./integrity_error.ts";
import { identityOf, openRecording } from "./open_recording.ts";
import { ParameterSets } from "./parameter_sets.ts";
import type { StoredChunk } from "./store/query_store.ts";
import { makeRecording, MemoryKeys } from "./testing/sealed_recording.ts";
import { openChunk, readChunk, type StreamIdentity } from "./verify_chunk.ts";

async function setUp(): Promise<
  { stored: StoredChunk; identity: StreamIdentity; bytes: Uint8Array }
> {
  const keys = new MemoryKeys();
  const rows = await makeRecording(
    { segments: [{ streams: [{ sequences: [0, 1], channels: [{}, {}] }] }] },
    keys,
  );
  const { segments, statements } = rows;
  const streams = rows.streams.map((stream) => ({ ...stream, last: null }));
  const recording = await openRecording(rows.recording, { segments, streams, statements }, keys);
  const identity = identityOf(recording, recording.streams[0]!)!;
  const stored = rows.chunks[1]!;
  const bytes = unseal(identity.key, chunkPlace({ ...identity, sequence: 1 }), stored.body);
  return { stored, identity, bytes };
}

/** The row as if these bytes had been stored, seal and stored digest included. */
function restored(stored: StoredChunk, identity: StreamIdentity, bytes: Uint8Array): StoredChunk {
  const place = chunkPlace({ ...identity, sequence: stored.sequence });
  return { ...stored, storedDigest: nodeSha256(bytes), body: seal(identity.key, place, bytes) };
}

const NO_SETS = new ParameterSets(
  { parameterSet: () => Promise.resolve(undefined) },
  createLogger({ service: "test", write: () => {} }),
);

async function checkStep(
  stored: StoredChunk,
  identity: StreamIdentity,
  step: string,
): Promise<void> {
  await rejects(readChunk(stored, identity, NO_SETS), (error: unknown) => {
    ok(error instanceof IntegrityError);
    strictEqual(error.step, step);
    strictEqual(error.key.sequence, stored.sequence);
    return true;
  });
}

Deno.test("readChunk() gives the samples of a chunk that is what it was", async () => {
  const { stored, identity, bytes } = await setUp();
  deepStrictEqual([...await readChunk(stored, identity, NO_SETS)], [
    4,
    5,
    6,
    7,
    1004,
    1005,
    1006,
    1007,
  ]);
  deepStrictEqual((await openChunk(stored, identity)).bytes, bytes);
});

Deno.test("readChunk() names the seal for any flipped bit of a stored body", async () => {
  const { stored, identity } = await setUp();
  for (let byte = 0; byte < stored.body.length; byte += 7) {
    const body = stored.body.slice();
    body[byte]! ^= 1 << (byte & 7);
    await checkStep({ ...stored, body }, identity, "seal");
  }
});

Deno.test("readChunk() names the check that found it", async () => {
  const { stored, identity, bytes } = await setUp();
  const flipped = bytes.slice();
  flipped[170]! ^= 1;
  await checkStep(restored(stored, identity, flipped), identity, "crc");
  const place = { ...identity, stream: 1 };
  await checkStep(stored, place, "seal");
  await checkStep({ ...stored, storedDigest: new Uint8Array(32) }, identity, "stored-digest");
  await checkStep({ ...stored, firstSample: 0 }, identity, "key");
  await checkStep({ ...stored, sampleCount: 3 }, identity, "key");
  await checkStep({ ...stored, chunkDigest: new Uint8Array(32) }, identity, "chunk-digest");
  await checkStep(stored, { ...identity, descriptorDigest: new Uint8Array(32) }, "chunk-digest");
  await checkStep(stored, { ...identity, segmentDigest: new Uint8Array(32) }, "chunk-digest");
});

Deno.test("readChunk() finds a payload that was changed together with its checksum", async () => {
  const { stored, identity, bytes } = await setUp();
  const changed = bytes.slice();
  changed[162]! ^= 4;
  const view = new DataView(changed.buffer);
  view.setUint32(changed.length - 4, crc32c(changed.subarray(0, -4)), true);
  await checkStep(restored(stored, identity, changed), identity, "decode");
});
