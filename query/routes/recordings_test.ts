import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { sampleRate } from "@wavekeep/core/time";
import { RecordingDetail, RecordingList } from "@wavekeep/core/wire";
import { memoryQuery } from "../testing/memory_query.ts";

const crops = {
  patientCode: "chb01",
  recordingCode: "chb01_03",
  segments: [
    {
      streams: [{
        sequences: [0, 1],
        statedEnd: 8,
        channels: [{ label: "T8-P8" }, { label: "T8-P8" }],
      }],
    },
    {
      start: "2995",
      uncertainty: "1",
      streams: [
        { sequences: [0, [1, 3] as const, 2], channels: [{ label: "T8-P8" }, { label: "T8-P8" }] },
        { sequences: [0, 2], rate: sampleRate(1), channels: [{ label: "Temp", unit: "DegC" }] },
      ],
    },
  ],
  annotations: [
    { onset: "2996", duration: "40", kind: "seizure" },
    { onset: "3", kind: "button" },
  ],
};

Deno.test("GET /recordings tells durations, channels, rates, segments and holes", async () => {
  const query = await memoryQuery(crops);
  const body = RecordingList.parse(await (await query.get("/recordings?patient_id=chb01")).json());
  const [entry] = body.recordings;
  deepStrictEqual(entry, {
    patient_id: "chb01",
    recording_id: "chb01_03",
    status: "open",
    started_at: { civil: "2076-11-06T13:43:04", zone: null },
    duration_seconds: "2998",
    complete: false,
    channel_count: 2,
    channels: ["T8-P8", "T8-P8#2"],
    rates: [{ samples: "4", seconds: "1" }, { samples: "1", seconds: "1" }],
    segment_count: 2,
    holes: entry!.holes,
    annotation_count: 2,
    seizure_count: 1,
    last_received_at: "2026-11-21T00:00:00.000000Z",
  });
  deepStrictEqual(
    entry!.holes.map((hole) =>
      `${hole.kind} ${hole.start}-${hole.end} \u00b1${hole.uncertainty} ${hole.stream ?? "all"}`
    ),
    [
      "not-recorded 2-2995 \u00b11 all",
      "pending 2996-2997 \u00b10 1",
      "not-recorded 2996.75-2997 \u00b10 0",
    ],
  );
  strictEqual(body.next, null);
});

Deno.test("GET /recordings lists a damaged recording as such, and the others as ever", async () => {
  const query = await memoryQuery();
  for (const recordingCode of ["a", "b", "c", "d"]) await query.add({ ...crops, recordingCode });
  const [descriptor, mark, key] = query.store.recordings;
  const damaged = (bytes: Uint8Array) => bytes.with(30, bytes[30]! ^ 1);
  const [stream] = descriptor!.streams;
  descriptor!.streams[0] = { ...stream!, descriptorSealed: damaged(stream!.descriptorSealed) };
  const [seizure, button] = mark!.annotations;
  mark!.annotations[0] = { ...seizure!, bodySealed: button!.bodySealed };
  Object.assign(key!.recording, { wrappedKey: damaged(key!.recording.wrappedKey) });
  const { recordings } = RecordingList.parse(await (await query.get("/recordings")).json());
  deepStrictEqual(
    recordings.map((entry) => [
      entry.recording_id,
      entry.damaged,
      entry.started_at?.civil,
      entry.duration_seconds,
      entry.channel_count,
      entry.channels.length,
      entry.annotation_count,
      [...new Set(entry.holes.map(({ kind }) => kind))],
    ]),
    [
      ["a", true, undefined, "2998", 2, 0, 0, ["not-recorded", "pending"]],
      ["b", true, "2076-11-06T13:43:04", "2998", 2, 2, 1, ["not-recorded", "pending"]],
      ["c", true, undefined, "2998", 2, 0, 0, ["not-recorded", "pending"]],
      ["d", undefined, "2076-11-06T13:43:04", "2998", 2, 2, 2, ["not-recorded", "pending"]],
    ],
  );
  deepStrictEqual(query.audit.findings.map(({ detail }) => detail["thing"]), [
    "descriptor",
    "annotation",
    "data key",
  ]);
  const codes = ["a", "b", "c", "d"].map((code) => `/patients/chb01/recordings/${code}`);
  const statuses = await Promise.all(codes.map(async (path) => (await query.get(path)).status));
  deepStrictEqual(statuses, [500, 500, 500, 200]);
});

Deno.test("GET /recordings goes through pages without skipping or repeating one", async () => {
  const query = await memoryQuery();
  const codes: string[] = [];
  for (const patientCode of ["P2", "P10", "p1"]) {
    for (const recordingCode of ["b", "a", "C"]) {
      await query.add({ patientCode, recordingCode, segments: [] });
      codes.push(`${patientCode}/${recordingCode}`);
    }
  }
  const seen: string[] = [];
  let next: string | null = "";
  while (next !== null) {
    const after: string = next === "" ? "" : `&after=${encodeURIComponent(next)}`;
    const page = RecordingList.parse(await (await query.get(`/recordings?limit=2${after}`)).json());
    seen.push(...page.recordings.map((entry) => `${entry.patient_id}/${entry.recording_id}`));
    next = page.next;
  }
  deepStrictEqual(seen, codes.sort());
});

Deno.test("GET /recordings refuses positions and limits that no answer gave", async () => {
  const query = await memoryQuery();
  for (const parameter of ["after=x", "limit=0", "limit=1000", "patient_id=a%20b"]) {
    strictEqual((await query.get(`/recordings?${parameter}`)).status, 422, parameter);
  }
});

Deno.test("GET a recording tells its segments and streams", async () => {
  const query = await memoryQuery(crops);
  const response = await query.get("/patients/chb01/recordings/chb01_03");
  const body = RecordingDetail.parse(await response.json());
  deepStrictEqual(
    body.segments.map((segment) => [
      segment.start_seconds,
      segment.end_seconds,
      segment.start_uncertainty_seconds,
      segment.clock,
      segment.streams.map((s) => [s.chunk_count, s.end_sequence, s.end_sample, s.channels.length]),
    ]),
    [
      ["0", "2", "0", "zone-unknown", [[2, 2, 8, 2]]],
      ["2995", "2998", "1", "zone-unknown", [[3, 3, 12, 2], [2, 3, 3, 1]]],
    ],
  );
});

Deno.test("GET a recording counts what is whole only once", async () => {
  const query = await memoryQuery({ segments: [{ streams: [{ sequences: [0, 1, 2] }] }] });
  const path = "/patients/p1/recordings/r1";
  const first = await (await query.get(path)).json();
  const { recording, chunks } = query.store.recordings[0]!;
  const name = `${recording.recordingId}/0/0`;
  deepStrictEqual(query.deps.known.get(name, "1"), [{ start: 0, end: 3 }]);
  const late = chunks.splice(0, 2);
  deepStrictEqual(
    await (await query.get(path)).json(),
    first,
    "what is known was not counted again",
  );
  chunks.push(...late);
});

Deno.test("GET a recording has a tag, and keeps its moment while nothing changes", async () => {
  const query = await memoryQuery({ segments: [] });
  const path = "/patients/p1/recordings/r1";
  const first = await query.get(path);
  query.store.asOf = "2026-11-21T09:00:00.000000Z";
  const etag = first.headers.get("etag")!;
  strictEqual((await query.get(path, { headers: { "if-none-match": etag } })).status, 304);
  strictEqual((await (await query.get(path)).json()).as_of, (await first.json()).as_of);
});

Deno.test("GET a recording of an erased patient keeps its shape and names nothing", async () => {
  const query = await memoryQuery(crops);
  await query.keys.destroyPatientKey(query.store.recordings[0]!.recording.patientUuid);
  const response = await query.get("/patients/chb01/recordings/chb01_03");
  strictEqual(response.status, 200);
  const body = RecordingDetail.parse(await response.json());
  deepStrictEqual([body.started_at, body.channels, body.channel_count], [null, [], 2]);
  deepStrictEqual(body.segments[0]!.streams[0]!.channels, []);
  strictEqual(body.annotation_count, 0);
  deepStrictEqual([...new Set(body.holes.map(({ kind }) => kind))].sort(), [
    "erased",
    "not-recorded",
    "pending",
  ]);
});
