import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { readWholeEdf } from "../../core/testing/read_edf.ts";
import type { MadeRecording } from "../testing/sealed_recording.ts";
import { memoryQuery } from "../testing/memory_query.ts";

const PATH = "/patients/p1/recordings/r1";
const detection = { method: "line-length", version: "2.1", score: 0.87 };

const recording: MadeRecording = {
  startedAt: { civil: "2076-11-06T13:43:04.5", zone: null },
  segments: [
    {
      start: "0.25",
      streams: [{ sequences: [0], channels: [{ label: "T8-P8" }, { label: "T8-P8" }] }],
    },
    { start: "50", streams: [{ sequences: [0] }] },
  ],
  annotations: [
    { onset: "10.5", duration: "30", kind: "seizure", source: "algorithm", detection },
    { onset: "12", kind: "note", term: "spike", text: 'left, "big"\nthen none', channels: [1] },
    { onset: "-1", text: "=HYPERLINK(1)", source: "file", kind: "file" },
    { onset: "14", text: "gone", status: "withdrawn" },
    { onset: "60", kind: "seizure", term: "seizure-focal-aware", channels: [0, 1] },
  ],
  reviews: [
    { mark: 0, verdict: "rejected", author: "ada" },
    { mark: 4, verdict: "accepted", author: "ben" },
  ],
};

async function textOf(path: string): Promise<string> {
  const { get } = await memoryQuery(recording);
  const response = await get(path);
  strictEqual(response.status, 200, await response.clone().text());
  return await response.text();
}

Deno.test("GET marks.csv has a row for each mark that is not withdrawn, quoted where it must be", async () => {
  const text = await textOf(`${PATH}/marks.csv`);
  const lines = text.split("\r\n");
  strictEqual(lines.length, 6);
  strictEqual(
    lines[0],
    "onset_seconds,duration_seconds,civil_time,kind,term,term_name,text,channels,source,method," +
      "method_version,score,review,reviewer,author,author_role,annotation_id,version,recorded_at",
  );
  ok(lines[1]!.startsWith("-1,,2076-11-06T13:43:03.5,file,,,'=HYPERLINK(1),,file,,,,,,"));
  ok(
    lines[2]!.startsWith(
      "10.5,30,2076-11-06T13:43:15,seizure,,,,,algorithm,line-length,2.1,0.87,rejected,ada,",
    ),
  );
  ok(
    lines[3]!.startsWith(
      '12,,2076-11-06T13:43:16.5,note,spike,Spike,"left, ""big""\nthen none",T8-P8#2,human,',
    ),
  );
  ok(lines[4]!.includes(",Focal aware seizure,,T8-P8;T8-P8#2,human,,,,accepted,ben,"));
  strictEqual(lines[5], "");
});

Deno.test("GET events.tsv counts from the first sample, with n/a for nothing", async () => {
  const rows = (await textOf(`${PATH}/events.tsv`)).split("\n").map((line) => line.split("\t"));
  deepStrictEqual(rows[0], [
    "onset",
    "duration",
    "trial_type",
    "term",
    "text",
    "channel",
    "source",
    "method",
    "method_version",
    "score",
    "review",
    "author_role",
  ]);
  deepStrictEqual(rows.slice(1, -1).map(([onset, duration]) => [onset, duration]), [
    ["-1.25", "n/a"],
    ["10.25", "30"],
    ["11.75", "n/a"],
    ["59.75", "n/a"],
  ]);
  ok(rows.slice(0, -1).every((row) => row.length === 12));
  strictEqual(rows[3]![4], 'left, "big" then none');
  strictEqual(rows[1]![4], "'=HYPERLINK(1)");
});

Deno.test("GET events.tsv of a run counts from its own first sample", async () => {
  const { get, store } = await memoryQuery(recording);
  const { segmentId } = store.recordings[0]!.segments[1]!;
  const text = await (await get(`${PATH}/events.tsv?segment_id=${segmentId}&start=50`)).text();
  deepStrictEqual(text.split("\n").slice(1, -1).map((line) => line.split("\t")[0]), ["10"]);
  strictEqual((await get(`${PATH}/events.tsv?segment_id=${"f".repeat(32)}`)).status, 404);
});

Deno.test("GET events.json describes every column of events.tsv, and a tag for every term", async () => {
  const { get } = await memoryQuery(recording);
  const sidecar = await (await get(`${PATH}/events.json`)).json();
  const [head] = (await textOf(`${PATH}/events.tsv`)).split("\n");
  deepStrictEqual(Object.keys(sidecar), head!.split("\t"));
  deepStrictEqual(Object.keys(sidecar.term.HED), Object.keys(sidecar.term.Levels));
  strictEqual(sidecar.term.HED.spike, "sc:Spike");
});

Deno.test("GET marks.edf counts from the header's start and tells human and algorithm marks apart", async () => {
  const { get } = await memoryQuery(recording);
  const response = await get(`${PATH}/marks.edf`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  strictEqual(response.headers.get("content-length"), String(bytes.length));
  const { annotations } = await readWholeEdf(bytes);
  strictEqual(new TextDecoder().decode(bytes.slice(168, 184)), "06.11.7613.43.04");
  deepStrictEqual(
    annotations.map(({ onsetText, durationText, text }) => [onsetText, durationText, text]),
    [
      ["-0.5", "", "=HYPERLINK(1)"],
      ["+11", "30", "seizure [algorithm line-length 2.1, score 0.87; rejected]"],
      ["+12.5", "", 'Spike: left, "big" then none@@T8-P8'],
      ["+60.5", "", "Focal aware seizure [accepted]@@T8-P8"],
    ],
  );
});

Deno.test("GET marks.edf holds ten thousand marks in records of a size that EDF recommends", async () => {
  const annotations = Array.from({ length: 10_000 }, (_, i) => ({
    onset: String(i * 8.5),
    duration: "3",
    text: `mark ${i}`,
  }));
  const { get } = await memoryQuery({ ...recording, annotations, reviews: [] });
  const bytes = new Uint8Array(await (await get(`${PATH}/marks.edf`)).arrayBuffer());
  const file = await readWholeEdf(bytes);
  strictEqual(file.annotations.length, 10_000);
  strictEqual(file.annotations.at(-1)!.text, "mark 9999");
  const recordBytes = (bytes.length - 512) /
    Number(new TextDecoder().decode(bytes.slice(236, 244)));
  ok(recordBytes <= 61_440, `${recordBytes} bytes`);
});

Deno.test("files of marks are for those who may export, and are never kept by caches", async () => {
  const { get, audit } = await memoryQuery(recording);
  for (const name of ["marks.csv", "events.tsv", "events.json", "marks.edf"]) {
    strictEqual((await get(`${PATH}/${name}`, { token: "device.1" })).status, 403, name);
    strictEqual((await get(`${PATH}/${name}`, { token: "admin.1" })).status, 403, name);
    strictEqual((await get(`${PATH}/${name}`, { token: "clinician.2" })).status, 404, name);
    strictEqual(audit.accesses.length, 0);
  }
  for (const name of ["marks.csv", "events.tsv", "events.json", "marks.edf"]) {
    const { headers } = await get(`${PATH}/${name}`);
    strictEqual(headers.get("cache-control"), "private, no-store");
    strictEqual(headers.get("content-disposition"), `attachment; filename="p1_r1_${name}"`);
    const again = await get(`${PATH}/${name}`, {
      headers: { "if-none-match": headers.get("etag")! },
    });
    strictEqual(again.status, 304, name);
  }
});

Deno.test("marks as of a moment are files, too", async () => {
  const text = await textOf(`${PATH}/marks.csv?as_of=2020-01-01T00:00:00Z`);
  strictEqual(text.split("\r\n").length, 2);
});
