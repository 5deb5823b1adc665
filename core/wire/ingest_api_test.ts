// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  AnnotationsRequest,
  IngestJsonRequest,
  OpenRecordingRequest,
  OpenSegmentRequest,
  StatementsRequest,
} from "./ingest_api.ts";

const REQUEST = {
  patient_id: "chb01",
  recording_id: "chb01_03.edf",
  channels: ["FP1-F7", "F7-T7"],
  start: 2996,
  sample_rate: 256,
  samples: [[1, 2], [3, 4]],
};

/** Pointers of everything wrong with a value, sorted. */
function failures(
  schema: { safeParse(value: unknown): { error?: { issues: { path: PropertyKey[] }[] } } },
  value: unknown,
): string[] {
  const issues = schema.safeParse(value).error?.issues ?? [];
  return issues.map((issue) => "/" + issue.path.map(String).join("/")).sort();
}

Deno.test("IngestJsonRequest takes the plan's chunk", () => {
  deepStrictEqual(failures(IngestJsonRequest, REQUEST), []);
  deepStrictEqual(failures(IngestJsonRequest, { ...REQUEST, start: "2996.5", unit: "mV" }), []);
});

Deno.test("IngestJsonRequest names every wrong field at once", () => {
  deepStrictEqual(
    failures(IngestJsonRequest, {
      ...REQUEST,
      patient_id: "Jane Doe",
      sample_rate: -1,
      start: "now",
    }),
    ["/patient_id", "/sample_rate", "/start"],
  );
});

Deno.test("IngestJsonRequest refuses a number that JSON made infinite, and points at it", () => {
  const samples = JSON.parse("[[1, 1e999], [3, 4]]");
  deepStrictEqual(failures(IngestJsonRequest, { ...REQUEST, samples }), ["/samples/0/1"]);
});

Deno.test("IngestJsonRequest refuses null, text and missing rows where samples belong", () => {
  for (const samples of [[[1, null], [3, 4]], [["1", 2], [3, 4]], [], {}]) {
    strictEqual(failures(IngestJsonRequest, { ...REQUEST, samples }).length > 0, true);
  }
});

Deno.test("requests refuse members they do not know", () => {
  deepStrictEqual(failures(IngestJsonRequest, { ...REQUEST, sampleRate: 256 }), ["/"]);
  deepStrictEqual(
    failures(OpenRecordingRequest, {
      patient_id: "p",
      recording_id: "r",
      idempotency_key: "0".repeat(32),
      started_at: null,
      patient_name: "Jane Doe",
    }),
    ["/"],
  );
});

Deno.test("AnnotationsRequest fills what is left out and tells duration null from zero", () => {
  const mark = {
    annotation_id: "0".repeat(32),
    kind: "seizure",
    source: "file",
    anchor: { coordinate: "recording", onset: "-1.5" },
    duration: null,
    text: "",
  };
  const parsed = AnnotationsRequest.parse({ annotations: [mark, { ...mark, duration: "0" }] });
  deepStrictEqual(parsed.annotations.map((a) => [a.duration, a.version, a.status, a.channels]), [
    [null, 1, "active", []],
    ["0", 1, "active", []],
  ]);
});

Deno.test("OpenSegmentRequest and StatementsRequest refuse empty lists", () => {
  deepStrictEqual(failures(StatementsRequest, { statements: [] }), ["/statements"]);
  deepStrictEqual(
    failures(OpenSegmentRequest, {
      segment_record: "",
      signature: null,
      start_seconds: "0",
      streams: [],
    }),
    ["/streams"],
  );
});
