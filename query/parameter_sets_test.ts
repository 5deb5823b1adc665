import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { formatHex, parseHex } from "@wavekeep/core/bytes";
import { nodeSha256, parameterSetPlace, seal, unwrapKey } from "@wavekeep/core/crypto";
import { recordingKeyPlace, unseal } from "@wavekeep/core/crypto";
import { parameterSetDigest } from "@wavekeep/core/chunk";
import { createLogger } from "@wavekeep/core/service";
import { IntegrityError } from "./integrity_error.ts";
import { ParameterSets, type SetIdentity } from "./parameter_sets.ts";
import { MemoryQueryStore } from "./store/memory_store.ts";
import { crossChannelStream } from "./testing/cross_channel_stream.ts";
import { makeRecording, MemoryKeys } from "./testing/sealed_recording.ts";

/** One stored set, and what opens it. */
async function setUp(options: { bytesMax?: number; nowMs?: () => number } = {}) {
  const keys = new MemoryKeys();
  const store = new MemoryQueryStore();
  const rows = await makeRecording({ segments: [{ streams: [crossChannelStream([0])] }] }, keys);
  store.recordings.push(rows);
  const { siteId, recordingId, patientUuid, wrappedKey } = rows.recording;
  const patientKey = (await keys.patientKey(patientUuid))!;
  const key = unwrapKey(patientKey, recordingKeyPlace(siteId, recordingId), wrappedKey);
  const identity: SetIdentity = { siteId, recordingId, key };
  const log: string[] = [];
  const logger = createLogger({ service: "test", write: (line) => log.push(line) });
  const sets = new ParameterSets(store, logger, options);
  const [hex] = rows.parameterSets.keys();
  const place = parameterSetPlace(siteId, recordingId, hex!);
  const row = rows.parameterSets.get(hex!)!;
  const plain = unseal(key, place, row.body);
  return { sets, store, rows, identity, log, hex: hex!, digest: parseHex(hex!), row, place, plain };
}

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[copy.length >> 1]! ^= 1;
  return copy;
}

function isFailure(step: string, hex: string) {
  return (error: unknown) => {
    ok(error instanceof IntegrityError);
    deepStrictEqual([error.step, error.key.thing], [step, "parameter set"]);
    strictEqual(error.key.parameterSet, hex);
    ok(error.message.includes(hex));
    return true;
  };
}

Deno.test("ParameterSets.get() gives the set that its digest names, and reads it once", async () => {
  const { sets, store, identity, digest, plain, log } = await setUp();
  const set = await sets.get(identity, digest);
  deepStrictEqual(set.bytes, plain);
  deepStrictEqual(parameterSetDigest(set.bytes, nodeSha256), digest);
  strictEqual(await sets.get(identity, digest), set);
  strictEqual(store.setsRead, 1);
  deepStrictEqual(log, []);
});

Deno.test("ParameterSets.get() takes the copy of a damaged body, and says so once", async () => {
  const { sets, rows, identity, digest, hex, row, plain, log } = await setUp();
  rows.parameterSets.set(hex, { ...row, body: flipped(row.body) });
  deepStrictEqual((await sets.get(identity, digest)).bytes, plain);
  await sets.get(identity, digest);
  strictEqual(log.length, 1);
  const line = JSON.parse(log[0]!);
  strictEqual(line.level, "error");
  strictEqual(line.msg, "stored parameter set damaged, its copy was used");
  strictEqual(line.parameterSet, hex);
});

Deno.test("ParameterSets.get() names the check and the digest when both are damaged", async () => {
  const { sets, rows, identity, digest, hex, row, place, plain } = await setUp();
  const fail = async (part: Uint8Array, step: string) => {
    rows.parameterSets.set(hex, { body: part, copy: part });
    await rejects(sets.get(identity, digest), isFailure(step, hex));
  };
  await fail(flipped(row.body), "seal");
  await fail(row.body.subarray(0, 20), "seal");
  await fail(new Uint8Array(0), "seal");
  // Sealed right, but another set: what a wrong row would be.
  await fail(seal(identity.key, place, flipped(plain)), "stored-digest");
  strictEqual(sets.byteLength, 0);
});

Deno.test("ParameterSets tells a set that is not there from one that must be", async () => {
  const { sets, identity } = await setUp();
  const unknown = new Uint8Array(32).fill(7);
  strictEqual(await sets.find(identity, unknown), undefined);
  await rejects(sets.get(identity, unknown), isFailure("present", formatHex(unknown)));
});

Deno.test("ParameterSets gives no set to another recording or site", async () => {
  const { sets, identity, digest } = await setUp();
  await sets.get(identity, digest);
  strictEqual(await sets.find({ ...identity, siteId: 2 }, digest), undefined);
  const other = "01930000-0000-7000-8000-00000000ffff";
  strictEqual(await sets.find({ ...identity, recordingId: other }, digest), undefined);
});

Deno.test("ParameterSets keeps no more bytes than it may, and none for long", async () => {
  const small = await setUp({ bytesMax: 10 });
  ok((await small.sets.get(small.identity, small.digest)).bytes.byteLength > 10);
  strictEqual(small.sets.byteLength, 0);

  let now = 0;
  const { sets, store, identity, digest, plain } = await setUp({ nowMs: () => now });
  await sets.get(identity, digest);
  strictEqual(sets.byteLength, plain.byteLength);
  now = 299_999;
  await sets.get(identity, digest);
  strictEqual(store.setsRead, 1);
  // However often it was used: a patient's key may be gone by then.
  now = 300_001;
  await sets.get(identity, digest);
  strictEqual(store.setsRead, 2);
  strictEqual(sets.byteLength, plain.byteLength);
});
