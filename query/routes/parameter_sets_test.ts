import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { formatHex } from "@wavekeep/core/bytes";
import { decodeParameterSetRecord, parameterSetDigest } from "@wavekeep/core/chunk";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { crossChannelStream } from "../testing/cross_channel_stream.ts";
import { memoryQuery } from "../testing/memory_query.ts";

async function setUp() {
  const query = await memoryQuery({ segments: [{ streams: [crossChannelStream([0, 1])] }] });
  const rows = query.store.recordings[0]!;
  const [hex] = rows.parameterSets.keys();
  return { query, rows, hex: hex!, path: `/patients/p1/recordings/r1/parameter-sets/${hex}` };
}

const slugOf = async (response: Response) => (await response.json()).type.split("/").at(-1);

Deno.test("GET a parameter set gives its record, tagged by its digest", async () => {
  const { query, hex, path } = await setUp();
  const response = await query.get(path);
  strictEqual(response.status, 200);
  strictEqual(response.headers.get("content-type"), "application/vnd.wavekeep.chunks");
  strictEqual(response.headers.get("cache-control"), "private, no-store");
  const record = await response.bytes();
  strictEqual(response.headers.get("content-length"), String(record.byteLength));
  const set = decodeParameterSetRecord(record);
  strictEqual(formatHex(parameterSetDigest(set, nodeSha256)), hex);
  const etag = response.headers.get("etag")!;
  strictEqual(etag, `"${hex}"`);
  strictEqual((await query.get(path, { headers: { "if-none-match": etag } })).status, 304);
});

Deno.test("GET a parameter set is authorised and written down like a chunk", async () => {
  const { query, rows, path } = await setUp();
  strictEqual((await query.app.request(path)).status, 401);
  strictEqual((await query.get(path, { token: "admin.1" })).status, 403);
  strictEqual((await query.get(path, { token: "device.1" })).status, 403);
  strictEqual(await slugOf(await query.get(path, { token: "clinician.2" })), "recording-not-found");
  strictEqual(query.audit.accesses.length, 0);
  await query.get(path);
  deepStrictEqual(
    query.audit.accesses.map(({ recordingId }) => recordingId),
    [rows.recording.recordingId],
  );
  query.audit.fault = new Error("away");
  const other = await query.add({
    recordingCode: "r2",
    segments: [{ streams: [crossChannelStream([0])] }],
  });
  const [hex] = other.parameterSets.keys();
  const refused = await query.get(`/patients/p1/recordings/r2/parameter-sets/${hex}`);
  strictEqual(await slugOf(refused), "store-unavailable");
});

Deno.test("GET a parameter set that is not there, of this recording, is 404", async () => {
  const { query, rows, path } = await setUp();
  const unknown = path.replace(/[^/]+$/, "0".repeat(64));
  strictEqual(await slugOf(await query.get(unknown)), "parameter-set-not-found");
  await query.add({ recordingCode: "r2", segments: [] });
  // Not an oracle for what other recordings hold.
  const others = path.replace("/r1/", "/r2/");
  strictEqual(await slugOf(await query.get(others)), "parameter-set-not-found");
  strictEqual(await slugOf(await query.get(path.slice(0, -1))), "validation");
  await query.keys.destroyPatientKey(rows.recording.patientUuid);
  strictEqual(await slugOf(await query.get(path)), "parameter-set-not-found");
});

Deno.test("GET a parameter set never gives a damaged one", async () => {
  const { query, rows, hex, path } = await setUp();
  const row = rows.parameterSets.get(hex)!;
  const damaged = row.body.slice();
  damaged[20]! ^= 1;
  rows.parameterSets.set(hex, { body: damaged, copy: row.copy });
  strictEqual((await query.get(path)).status, 200);
  ok(query.log.some((line) => line.includes("its copy was used")));

  const { query: second, rows: lost, hex: name, path: at } = await setUp();
  lost.parameterSets.set(name, { body: damaged, copy: damaged });
  const response = await second.get(at);
  strictEqual(response.status, 500);
  const problem = await response.json();
  deepStrictEqual([problem.failed, problem.parameter_set], ["seal", name]);
});
