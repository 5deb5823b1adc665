import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { annotationPlace, recordingKeyPlace, seal, unwrapKey } from "@wavekeep/core/crypto";
import { AnnotationList } from "@wavekeep/core/wire";
import { memoryQuery } from "../testing/memory_query.ts";

const PATH = "/patients/p1/recordings/r1/annotations";

const recording = {
  segments: [{ start: "0.5", streams: [{ sequences: [0, 1] }] }],
  annotations: [
    { onset: "10", duration: "90", kind: "seizure", text: "seizure", channels: [1] },
    { onset: "3", text: "point" },
    { onset: "4", duration: "0", text: "zero" },
  ],
};

async function onsets(path: string): Promise<(string | null)[]> {
  const { get } = await memoryQuery(recording);
  const body = AnnotationList.parse(await (await get(path)).json());
  return body.annotations.map(({ onset_seconds }) => onset_seconds);
}

Deno.test("GET annotations gives marks by onset, absent and zero durations apart", async () => {
  const { get } = await memoryQuery(recording);
  const body = AnnotationList.parse(await (await get(PATH)).json());
  deepStrictEqual(
    body.annotations.map((
      mark,
    ) => [mark.onset_seconds, mark.duration_seconds, mark.text, mark.channels]),
    [["3", null, "point", []], ["4", "0", "zero", []], ["10", "90", "seizure", [1]]],
  );
});

Deno.test("GET annotations gives kind and source of marks from before they were sealed", async () => {
  const mark = { onset: "10", kind: "seizure", source: "algorithm" };
  for (const isFromBefore of [true, false]) {
    const { get } = await memoryQuery({ ...recording, annotations: [{ ...mark, isFromBefore }] });
    const { annotations: [found] } = AnnotationList.parse(await (await get(PATH)).json());
    deepStrictEqual([found?.kind, found?.source], ["seizure", "algorithm"]);
  }
});

Deno.test("GET annotations gives marks that touch the range, half-open", async () => {
  deepStrictEqual(await onsets(`${PATH}?start=3&end=4`), ["3"]);
  deepStrictEqual(await onsets(`${PATH}?start=4`), ["4", "10"]);
  deepStrictEqual(await onsets(`${PATH}?start=99&end=100`), ["10"]);
  deepStrictEqual(await onsets(`${PATH}?start=100`), []);
  deepStrictEqual(await onsets(`${PATH}?end=3`), []);
});

Deno.test("GET annotations refuses a range that ends before it starts", async () => {
  const { get } = await memoryQuery(recording);
  const response = await get(`${PATH}?start=4&end=3`);
  strictEqual(response.status, 422);
  strictEqual((await response.json()).errors[0].pointer, "/query/end");
});

Deno.test("GET annotations places marks on the waveform and by the clock", async () => {
  const query = await memoryQuery({ ...recording, annotations: [] });
  const rows = query.store.recordings[0]!;
  const { siteId, recordingId, patientUuid, wrappedKey } = rows.recording;
  const patientKey = await query.keys.patientKey(patientUuid);
  const key = unwrapKey(patientKey!, recordingKeyPlace(siteId, recordingId), wrappedKey);
  const add = (index: number, version: number, anchor: unknown, status = "active") => {
    const row = { annotationId: String(index).padStart(32, "0"), version };
    const body = { anchor, duration: null, text: `v${version}`, channels: [], author: "x" };
    const plaintext = new TextEncoder().encode(JSON.stringify(body));
    rows.annotations.push({
      ...row,
      kind: "button",
      authorRole: "device",
      source: "device",
      status,
      bodySealed: seal(key, annotationPlace(siteId, recordingId, row), plaintext),
      receivedAt: rows.receivedAt,
    });
  };
  add(1, 1, { coordinate: "clock", civil: "2076-11-06T13:43:05.5" });
  add(1, 2, { coordinate: "clock", civil: "2076-11-06T13:43:06.5" });
  const { segmentId } = rows.segments[0]!;
  add(2, 1, { coordinate: "sample", segment_id: segmentId, stream: 0, sample: "2.5" });
  add(
    3,
    1,
    { coordinate: "sample", segment_id: "f".repeat(32), stream: 0, sample: "1" },
    "withdrawn",
  );
  const body = AnnotationList.parse(await (await query.get(PATH)).json());
  deepStrictEqual(
    body.annotations.map((mark) => [mark.onset_seconds, mark.version, mark.status]),
    [["1.125", 1, "active"], ["2.5", 2, "active"], [null, 1, "withdrawn"]],
  );
});

Deno.test("GET annotations never gives a damaged mark", async () => {
  const query = await memoryQuery(recording);
  const { annotations } = query.store.recordings[0]!;
  annotations[0] = { ...annotations[0]!, bodySealed: annotations[1]!.bodySealed };
  const response = await query.get(PATH);
  strictEqual(response.status, 500);
  strictEqual((await response.json()).type, "https://wavekeep.example/problems/integrity-failed");
  ok(query.log.some((line) => line.includes("stored annotation")));
});

Deno.test("GET annotations of an erased patient gives none", async () => {
  const query = await memoryQuery(recording);
  await query.keys.destroyPatientKey(query.store.recordings[0]!.recording.patientUuid);
  deepStrictEqual((await (await query.get(PATH)).json()).annotations, []);
});
