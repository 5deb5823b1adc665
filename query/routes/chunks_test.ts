import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { formatHex } from "@wavekeep/core/bytes";
import { splitRecords } from "@wavekeep/core/chunk";
import { chunksOf, decodeRecords } from "../../core/testing/decode_records.ts";
import { crossChannelStream } from "../testing/cross_channel_stream.ts";
import { memoryQuery } from "../testing/memory_query.ts";

async function setUp() {
  const query = await memoryQuery({ segments: [{ streams: [{ sequences: [0, 2] }] }] });
  const rows = query.store.recordings[0]!;
  const path = `/segments/${rows.segments[0]!.segmentId}/streams/0/chunks`;
  return { query, rows, path };
}

Deno.test("GET a chunk gives its bytes as they were sent, tagged by their digest", async () => {
  const { query, rows, path } = await setUp();
  const response = await query.get(`${path}/2`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  strictEqual(response.headers.get("content-type"), "application/vnd.wavekeep.chunks");
  strictEqual(response.headers.get("content-length"), String(bytes.length));
  strictEqual(response.headers.get("etag"), `"${formatHex(rows.chunks[1]!.storedDigest)}"`);
  const [decoded] = decodeRecords(bytes);
  deepStrictEqual([...decoded!.samples], [8, 9, 10, 11]);
  const etag = response.headers.get("etag")!;
  strictEqual((await query.get(`${path}/2`, { headers: { "if-none-match": etag } })).status, 304);
});

Deno.test("GET a chunk that is not there is 404, by what is missing", async () => {
  const { query, path } = await setUp();
  const typeOf = async (path: string) =>
    (await (await query.get(path)).json()).type.split("/").at(-1);
  strictEqual(await typeOf(`${path}/1`), "chunk-not-found");
  strictEqual(await typeOf(`${path.replace("streams/0", "streams/9")}/0`), "chunk-not-found");
  strictEqual(await typeOf(`/segments/${"0".repeat(32)}/streams/0/chunks/0`), "segment-not-found");
  strictEqual(await typeOf(`/segments/xyz/streams/0/chunks/0`), "validation");
  strictEqual(await typeOf(`${path}/-1`), "validation");
});

Deno.test("GET a chunk of an erased patient is 404", async () => {
  const { query, rows, path } = await setUp();
  await query.keys.destroyPatientKey(rows.recording.patientUuid);
  strictEqual((await query.get(`${path}/0`)).status, 404);
});

Deno.test("GET a chunk never gives a damaged one", async () => {
  const { query, rows, path } = await setUp();
  rows.chunks[0] = { ...rows.chunks[0]!, storedDigest: new Uint8Array(32) };
  const response = await query.get(`${path}/0`);
  strictEqual(response.status, 500);
  strictEqual((await response.json()).failed, "stored-digest");
});

async function crossChannel() {
  const query = await memoryQuery({ segments: [{ streams: [crossChannelStream([0, 1])] }] });
  const rows = query.store.recordings[0]!;
  const [hex] = rows.parameterSets.keys();
  return {
    query,
    rows,
    hex: hex!,
    path: `/segments/${rows.segments[0]!.segmentId}/streams/0/chunks/1`,
  };
}

Deno.test("GET a chunk gives the parameter set that it names before it", async () => {
  const { query, path, hex } = await crossChannel();
  const response = await query.get(path);
  const bytes = await response.bytes();
  strictEqual(response.headers.get("content-length"), String(bytes.length));
  const kinds = [...splitRecords(bytes)].map(({ kind }) => kind);
  deepStrictEqual(kinds, ["parameter-set", "chunk"]);
  const [decoded] = decodeRecords(bytes);
  strictEqual(decoded!.header.codec, "cross-channel");
  strictEqual(formatHex(decoded!.header.parameterSetDigest!), hex);
  deepStrictEqual([...decoded!.samples.subarray(4, 8)], [1004, 1005, 1006, 1007]);
  strictEqual(query.audit.accesses.length, 1);
});

Deno.test("GET a chunk leaves the set out when it is told to", async () => {
  const { query, path } = await crossChannel();
  const whole = await query.get(path);
  const bare = await query.get(`${path}?parameter_sets=omit`);
  const [chunk] = chunksOf(await whole.bytes());
  deepStrictEqual(await bare.bytes(), chunk!.slice());
  strictEqual(bare.headers.get("etag"), whole.headers.get("etag"));
  strictEqual((await query.get(`${path}?parameter_sets=no`)).status, 422);
});

Deno.test("GET a chunk whose set is lost names the set, and still gives the chunk alone", async () => {
  const { query, rows, path, hex } = await crossChannel();
  rows.parameterSets.clear();
  const response = await query.get(path);
  strictEqual(response.status, 500);
  const problem = await response.json();
  ok(problem.type.endsWith("/integrity-failed"));
  deepStrictEqual([problem.failed, problem.parameter_set], ["present", hex]);
  strictEqual((await query.get(`${path}?parameter_sets=omit`)).status, 200);
});
