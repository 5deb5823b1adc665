/**
 * Signed segments through the real routes: nothing uncovered is stored, nothing covered is lost.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { crc32c } from "@wavekeep/core/checksum";
import { concatBytes } from "@wavekeep/core/bytes";
import { decodeChunk, HEADER_BYTES, readChunkHeader, withSignature } from "@wavekeep/core/chunk";
import { issueDeviceToken, nodeSha256 } from "@wavekeep/core/crypto";
import fc from "fast-check";
import { Fixture, OPEN_RECORDING, withFreshChecksum } from "./testing/fixtures.ts";
import {
  enrol,
  SEGMENTS_PATH,
  signedApp,
  SignedFixture,
  testKey,
} from "./testing/signed_device.ts";
import { send, slugOf, startTestApp, TEST_NOW_MICROS } from "./testing/test_app.ts";

const KEY = testKey(1);
const NOW = Number(TEST_NOW_MICROS / 1_000_000n);

/** Status, or status and slug, of each chunk of a batch. */
async function post(
  app: Parameters<typeof send>[0],
  chunks: readonly Uint8Array[],
  token = "device",
): Promise<(number | string)[]> {
  const { status, json } = await send(app, "POST", "/ingest", {
    body: concatBytes(...chunks),
    token,
  });
  const results = json["results"] as { status: number; problem?: Record<string, unknown> }[];
  if (results === undefined) return [slugOf(json) ?? status];
  return results.map(({ status, problem }) => problem === undefined ? status : slugOf(problem)!);
}

const place = (bytes: Uint8Array) => readChunkHeader(bytes).sequence;

Deno.test("policy chunk: every chunk is signed, alone or in a batch", async () => {
  const test = startTestApp();
  const fixture = await signedApp(test, "chunk");
  const chunks = fixture.run(0, 3, [0, 2]);
  deepStrictEqual(await post(test.app, chunks), [201, "signature-required", 201]);
  const path = fixture.path(1);
  const alone = await send(test.app, "PUT", path, { body: chunks[1] });
  deepStrictEqual([alone.status, slugOf(alone.json)], [409, "signature-required"]);
  const signed = await send(test.app, "PUT", path, { body: fixture.sign(chunks[1]!) });
  strictEqual(signed.status, 201);
  const [{ receipt }] = signed.json["results"] as [{ receipt: Record<string, unknown> }];
  strictEqual(receipt["key_id"], KEY.keyId.toHex());
  // The same chunk without its signature is the same chunk, and still a downgrade.
  deepStrictEqual(await post(test.app, [chunks[1]!]), ["signature-required"]);
});

Deno.test("policy run: a run is stored with its signed end, and not otherwise", async () => {
  const test = startTestApp();
  const fixture = await signedApp(test, "run");
  const run = fixture.run(0, 6, [3]);
  // Behind the signed one nothing covers; a PUT brings no cover.
  deepStrictEqual(await post(test.app, run), [
    201,
    201,
    201,
    201,
    "signature-required",
    "signature-required",
  ]);
  const put = await send(test.app, "PUT", fixture.path(4), { body: run[4] });
  deepStrictEqual([put.status, slugOf(put.json)], [409, "signature-required"]);
  // The device signs whichever it has last: the digest is the same.
  deepStrictEqual(await post(test.app, [run[4]!, fixture.sign(run[5]!)]), [201, 201]);
  // A repeat of a run is a repeat of its chunks, in any order, signed or not where it does not matter.
  deepStrictEqual(await post(test.app, [run[3]!, run[1]!, run[2]!, run[0]!]), [200, 200, 200, 200]);
  const state = await send(test.app, "GET", `/segments/${fixture.hex}/state`);
  deepStrictEqual(
    [state.json["signature_policy"], state.json["key_id"]],
    ["run", KEY.keyId.toHex()],
  );
});

Deno.test("policy run: a hole, a stranger or a changed link in a run uncovers what is before it", async () => {
  const test = startTestApp();
  const fixture = await signedApp(test, "run");
  const run = fixture.run(10, 5, [14]);
  deepStrictEqual(await post(test.app, [run[0]!, run[1]!, run[3]!, run[4]!]), [
    "signature-required",
    "signature-required",
    201,
    201,
  ]);
  const stranger = fixture.chunk(12, { value: 1 });
  deepStrictEqual(await post(test.app, [run[1]!, stranger, run[3]!, run[4]!]), [
    "signature-required",
    "signature-required",
    200,
    200,
  ]);
  deepStrictEqual(await post(test.app, run), [201, 201, 201, 200, 200]);
});

Deno.test("policy run: what conflicts in the middle leaves nothing uncovered behind", async () => {
  const test = startTestApp();
  const fixture = await signedApp(test, "run");
  // The device has signed two different pasts: sequence 21 is another chunk in each.
  const first = fixture.run(20, 4, [23]);
  const other = fixture.run(20, 4, [23], { deviceTimeMicros: 5n });
  deepStrictEqual(await post(test.app, first.slice(1)), [201, 201, 201]);
  deepStrictEqual(await post(test.app, other), [
    "signature-required",
    "signature-required",
    "signature-required",
    "chunk-conflict",
  ]);
  strictEqual(test.tables.chunks.size, 3);
  deepStrictEqual(await post(test.app, first), [201, 200, 200, 200]);
});

Deno.test("policy run: a repeat inside a request counts only as what is stored of it", async () => {
  const test = startTestApp();
  const fixture = await signedApp(test, "run");
  const [a, b] = fixture.run(0, 2, []) as [Uint8Array, Uint8Array];
  // The first of its kind is what is stored: unsigned, and nothing covers it; the second then stands alone.
  deepStrictEqual(await post(test.app, [a, b, fixture.sign(b)]), [
    "signature-required",
    "signature-required",
    201,
  ]);
  deepStrictEqual(await post(test.app, [a, fixture.sign(b), b]), [201, 200, 200]);
});

Deno.test("every covered field of a signed chunk, changed with a checksum that fits, is refused", async () => {
  const test = startTestApp();
  const fixture = await signedApp(test, "chunk");
  const [chunk] = fixture.run(0, 1, [0]) as [Uint8Array];
  const refusals: Record<string, string> = {};
  const FIELDS: Record<string, number> = {
    "sample kind": 6,
    "clock": 7,
    "stream": 8,
    "channel count": 10,
    "sequence": 12,
    "first sample": 16,
    "sample count": 24,
    "device time": 32,
    "monotonic": 40,
    "segment id": 48,
    "previous": 64,
    "sample digest": 96,
    "payload": HEADER_BYTES,
    "signature R": chunk.byteLength - 68,
    "signature S": chunk.byteLength - 5,
  };
  for (const [field, offset] of Object.entries(FIELDS)) {
    const changed = chunk.slice();
    changed[offset]! ^= 4;
    const [answer] = await post(test.app, [withFreshChecksum(changed, crc32c)]);
    refusals[field] = String(answer);
  }
  deepStrictEqual(refusals, {
    "sample kind": "chunk-corrupt",
    "clock": "signature-invalid",
    "stream": "chunk-mismatch",
    "channel count": "chunk-corrupt",
    "sequence": "signature-invalid",
    "first sample": "signature-invalid",
    "sample count": "chunk-corrupt",
    "device time": "signature-invalid",
    "monotonic": "signature-invalid",
    "segment id": "segment-unknown",
    "previous": "chunk-corrupt",
    "sample digest": "sample-digest-mismatch",
    "payload": "sample-digest-mismatch",
    "signature R": "signature-invalid",
    "signature S": "signature-invalid",
  });
  // Stripped: the flag and the 64 bytes taken away, the checksum fits.
  const stripped = concatBytes(chunk.subarray(0, -68), new Uint8Array(4));
  stripped[7]! &= ~1;
  deepStrictEqual(await post(test.app, [withFreshChecksum(stripped, crc32c)]), [
    "signature-required",
  ]);
  // Other samples under the old signature; the signature of another chunk, stream or segment.
  const signature = chunk.slice(-68, -4);
  const forged = fixture.chunk(0, { value: 7 });
  const moved = fixture.chunk(0, { stream: 1 });
  for (const bytes of [forged, moved]) {
    deepStrictEqual(await post(test.app, [withSignature(bytes, signature)]), ["signature-invalid"]);
  }
  const elsewhere = new SignedFixture(KEY, "chunk", 9);
  await send(test.app, "POST", SEGMENTS_PATH, { body: elsewhere.opening() });
  deepStrictEqual(await post(test.app, [withSignature(elsewhere.chunk(0), signature)]), [
    "signature-invalid",
  ]);
  strictEqual(test.tables.chunks.size, 0);
  // A replay of the chunk itself is a repeat.
  deepStrictEqual(await post(test.app, [chunk]), [201]);
  deepStrictEqual(await post(test.app, [chunk]), [200]);
});

Deno.test("a chunk of another key: not-owner from another device, signature-invalid from this one", async () => {
  const test = startTestApp();
  const fixture = await signedApp(test, "chunk");
  const other = testKey(2);
  await enrol(test, other, "amp-2");
  const bytes = fixture.sign(fixture.chunk(0), other);
  deepStrictEqual(await post(test.app, [bytes]), ["signature-invalid"]);
  deepStrictEqual(await post(test.app, [bytes], "other-device"), ["not-owner"]);
  deepStrictEqual(await post(test.app, [fixture.sign(fixture.chunk(0))], "other-device"), [
    "not-owner",
  ]);
});

Deno.test("opening a segment: the key is enrolled here, good, and signs the record", async () => {
  const test = startTestApp();
  await send(test.app, "POST", "/recordings", { body: OPEN_RECORDING });
  const fixture = new SignedFixture(KEY, "run");
  const open = async (body: unknown, token = "device") => {
    const { status, json } = await send(test.app, "POST", SEGMENTS_PATH, { body, token });
    return slugOf(json) ?? status;
  };
  strictEqual(await open(fixture.opening()), "key-unknown");
  await enrol(test, KEY);
  strictEqual(await open(fixture.opening({ signature: null })), "signature-required");
  const { signature } = new SignedFixture(KEY, "run", 8).opening();
  strictEqual(await open(fixture.opening({ signature: signature! })), "signature-invalid");
  strictEqual(
    await open(new SignedFixture({ ...testKey(3), keyId: KEY.keyId }, "run").opening()),
    "signature-invalid",
  );
  strictEqual(await open(fixture.opening()), 201);
  strictEqual(await open(fixture.opening()), 200);
  // The same id under another policy is another segment: there is no way down.
  strictEqual(await open(new SignedFixture(KEY, "chunk").opening()), "segment-conflict");
  strictEqual(await open(new Fixture(7).opening()), "segment-conflict");
});

Deno.test("losses and ends of a signed segment are signed over their record", async () => {
  const test = startTestApp();
  const fixture = await signedApp(test, "run");
  const loss = {
    kind: "loss",
    stream: 0,
    firstSequence: 3,
    sequenceCount: 2,
    firstSample: 12,
    sampleCount: 8,
    reason: 1,
  } as const;
  const state = async (signature: string | null, changes: Record<string, unknown> = {}) => {
    const body = {
      statements: [{
        statement_id: "a".repeat(32),
        stream: loss.stream,
        kind: loss.kind,
        first_sequence: loss.firstSequence,
        sequence_count: loss.sequenceCount,
        first_sample: loss.firstSample,
        sample_count: loss.sampleCount,
        reason: loss.reason,
        signature,
        ...changes,
      }],
    };
    const answer = await send(test.app, "POST", `/segments/${fixture.hex}/statements`, { body });
    return slugOf(answer.json) ?? answer.status;
  };
  const good = fixture.signStatement(loss);
  strictEqual(await state(null), "signature-required");
  strictEqual(await state(good, { reason: 2 }), "signature-invalid");
  strictEqual(await state(good, { sequence_count: 3, sample_count: 12 }), "signature-invalid");
  strictEqual(
    await state(new SignedFixture(KEY, "run", 9).signStatement(loss)),
    "signature-invalid",
  );
  strictEqual(await state(good), 201);
  strictEqual(await state(good), 200);
});

Deno.test("a revoked key: nothing new is taken, what is stored stays and is confirmed no more", async () => {
  const test = startTestApp();
  const fixture = await signedApp(test, "chunk");
  const [first, second] = fixture.run(0, 2, [0, 1]) as [Uint8Array, Uint8Array];
  deepStrictEqual(await post(test.app, [first]), [201]);
  const revoke = `/devices/keys/${KEY.keyId.toHex()}/revoke`;
  const body = { reason: "lost" };
  strictEqual((await send(test.app, "POST", revoke, { token: "admin", body })).status, 201);
  strictEqual((await send(test.app, "POST", revoke, { token: "admin", body })).status, 200);
  deepStrictEqual(await post(test.app, [second]), ["key-revoked"]);
  const reopened = await send(test.app, "POST", SEGMENTS_PATH, {
    body: new SignedFixture(KEY, "run", 8).opening(),
  });
  strictEqual(slugOf(reopened.json), "key-revoked");
  strictEqual(test.tables.chunks.size, 1);
  // A new key of the same device opens a new segment.
  await enrol(test, testKey(2));
  const next = new SignedFixture(testKey(2), "run", 10);
  strictEqual(
    (await send(test.app, "POST", SEGMENTS_PATH, { body: next.opening() })).status,
    201,
  );
});

Deno.test("a device's own token: its key's segments only, no unsigned ones, and not after revocation", async () => {
  const test = startTestApp();
  await send(test.app, "POST", "/recordings", { body: OPEN_RECORDING });
  await enrol(test, KEY);
  await enrol(test, testKey(2), "amp-2");
  const claims = { deviceId: "amp-1", siteId: 1, keyId: KEY.keyId.toHex(), now: NOW };
  const token = issueDeviceToken(KEY, claims);
  const fixture = new SignedFixture(KEY, "run");
  const open = async (body: unknown, by = token) => {
    const { status, json } = await send(test.app, "POST", SEGMENTS_PATH, { body, token: by });
    return slugOf(json) ?? status;
  };
  strictEqual(await open(fixture.opening()), 201);
  strictEqual(await open(new Fixture(9).opening()), "signature-required");
  strictEqual(await open(new SignedFixture(testKey(2), "run", 10).opening()), "not-owner");
  deepStrictEqual(await post(test.app, fixture.run(0, 3, [2]), token), [201, 201, 201]);
  const bad = {
    "another key": issueDeviceToken(testKey(2), claims),
    "another device": issueDeviceToken(KEY, { ...claims, deviceId: "amp-2" }),
    "another site": issueDeviceToken(KEY, { ...claims, siteId: 2 }),
    "an end long ago": issueDeviceToken(KEY, { ...claims, now: NOW - 3_601 }),
    "a life of a day": issueDeviceToken(KEY, { ...claims, lifeSeconds: 86_400 }),
    "a clock of tomorrow": issueDeviceToken(KEY, { ...claims, now: NOW + 86_400 }),
    "a key nobody enrolled": issueDeviceToken(testKey(3), {
      ...claims,
      keyId: testKey(3).keyId.toHex(),
    }),
  };
  for (const [name, by] of Object.entries(bad)) {
    strictEqual(await open(fixture.opening(), by), "unauthenticated", name);
  }
  await send(test.app, "POST", `/devices/keys/${KEY.keyId.toHex()}/revoke`, {
    token: "admin",
    body: { reason: "stolen" },
  });
  strictEqual(await open(fixture.opening()), "unauthenticated");
});

Deno.test("whatever is sent in whatever order, every stored chunk is covered from the stored bytes alone", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          from: fc.nat(8),
          count: fc.integer({ min: 1, max: 5 }),
          signed: fc.uniqueArray(fc.nat(12)),
          dropped: fc.nat(6),
          past: fc.constantFrom(0n, 0n, 0n, 1n),
        }),
        { minLength: 1, maxLength: 5 },
      ),
      async (requests) => {
        const test = startTestApp();
        const fixture = await signedApp(test, "run");
        const sent = new Map<string, Uint8Array>();
        for (const { from, count, signed, dropped, past } of requests) {
          // One chain from 0, or another one: a device that contradicts itself.
          const chain = fixture.run(0, from + count, signed, { deviceTimeMicros: past }).slice(from)
            .filter((_, index) => index !== dropped);
          for (const bytes of chain) sent.set(nodeSha256(bytes).toHex(), bytes);
          if (chain.length > 0) await post(test.app, chain);
        }
        const stored = [...test.tables.chunks.values()].map((row) => ({
          sequence: row.sequence,
          bytes: sent.get(row.storedDigest.toHex())!,
        }));
        for (const { sequence, bytes } of stored) {
          ok(isCovered(sequence, bytes), `sequence ${sequence} is covered`);
        }
        function isCovered(sequence: number, bytes: Uint8Array): boolean {
          strictEqual(place(bytes), sequence);
          decodeChunk(bytes, { sha256: nodeSha256 });
          if (readChunkHeader(bytes).signed) return true;
          const next = stored.find((other) => other.sequence === sequence + 1);
          if (next === undefined) return false;
          const named = readChunkHeader(next.bytes).previousDigest.toHex();
          return named === fixture.digestOf(bytes).toHex() && isCovered(next.sequence, next.bytes);
        }
      },
    ),
    { numRuns: 60 },
  );
});
