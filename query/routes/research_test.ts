// What a researcher is answered: everything of the samples, and nothing of whose they are.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { openEdf } from "@wavekeep/core/edf";
import {
  COLUMNS_MEDIA_TYPE,
  EDF_MEDIA_TYPE,
  EnvelopeJson,
  ResearchDetail,
  ResearchList,
  ResearchMarks,
  TrendsJson,
  WindowColumns,
} from "@wavekeep/core/wire";
import { type MemoryQuery, memoryQuery } from "../testing/memory_query.ts";

const TOKEN = "researcher.1";

/** Every text of a recording that somebody could have written, marked. */
const CANARY = "Canaria";
const START = "2031-11-06T13:43:04";

async function setUp(): Promise<MemoryQuery> {
  const channel = { reference: `${CANARY}-ref`, prefilter: `HP:0.5Hz ${CANARY} LP:70Hz` };
  const query = await memoryQuery({
    patientCode: `${CANARY}.p1`,
    recordingCode: `${CANARY}.r1`,
    startedAt: { civil: START, zone: "Europe/Zurich" },
    segments: [{
      streams: [{
        sequences: [0, 1, 3],
        channels: [
          { ...channel, label: "EEG Fp1-Ref", unit: "uV" },
          { ...channel, label: `${CANARY}'s arm`, unit: CANARY, type: "other" },
        ],
      }],
    }],
    annotations: [
      {
        onset: "0.5",
        duration: "1",
        kind: "seizure",
        text: CANARY,
        author: CANARY,
        channels: [0],
      },
      { onset: "1", kind: "note", text: CANARY, status: "withdrawn" },
    ],
  });
  const [rows] = query.store.recordings;
  Object.assign(rows!.recording, { isClosed: true });
  query.store.consents.set(`1/${CANARY}.p1`, { care: "allowed", research: "allowed" });
  return query;
}

/** The pseudonymous path of the only recording. */
async function pathOf(query: MemoryQuery): Promise<string> {
  const list = await (await query.get("/research/recordings", { token: TOKEN })).json();
  const [{ patient_id: patient, recording_id: recording }] = ResearchList.parse(list)
    .recordings as [
      ResearchList["recordings"][number],
    ];
  return `/research/patients/${patient}/recordings/${recording}`;
}

Deno.test("no answer to a researcher holds a code, an id, a date or a word of the original", async () => {
  const query = await setUp();
  const path = await pathOf(query);
  const [rows] = query.store.recordings;
  const { recordingId } = rows!.recording;
  const secrets = [CANARY, START.slice(0, 10), "Zurich", rows!.segments[0]!.segmentId, recordingId];
  const window = "start=0&end=4";
  const answers = [
    ["/research/recordings", "application/json"],
    [path, "application/json"],
    [`${path}/annotations`, "application/json"],
    [`${path}/eeg?${window}`, "application/json"],
    [`${path}/eeg?${window}`, COLUMNS_MEDIA_TYPE],
    [`${path}/envelope?${window}&columns=2`, "application/json"],
    [`${path}/trends?${window}&columns=2`, "application/json"],
    [`${path}/export.edf?start=0&end=2`, EDF_MEDIA_TYPE],
    // What is wrong is told in words of ours.
    [`${path}/eeg?${window}&channels=none`, "application/json"],
    [`${path}/eeg?start=3&end=2`, "application/json"],
    [`${path}/export.edf?start=2&end=3`, EDF_MEDIA_TYPE],
  ] as const;
  for (const [asked, accept] of answers) {
    const response = await query.get(asked, { token: TOKEN, headers: { accept } });
    const text = new TextDecoder("latin1").decode(await response.bytes());
    ok(response.status === 200 || response.status === 422, `${asked}: ${text.slice(0, 300)}`);
    const all = JSON.stringify([...response.headers]) + text;
    deepStrictEqual(secrets.filter((secret) => all.includes(secret)), [], asked);
    strictEqual(response.headers.get("etag"), null, asked);
  }
  // Each access is written down, of the recording as it is stored.
  ok(
    query.audit.accesses.some((access) =>
      access.recordingId === recordingId && access.role === "researcher"
    ),
  );
});

Deno.test("a list for researchers leaves out what is damaged, and goes on behind it", async () => {
  const query = await setUp();
  for (const code of ["p2", "p3"]) {
    const rows = await query.add({ patientCode: code, recordingCode: "r", segments: [] });
    Object.assign(rows.recording, { isClosed: true });
    query.store.consents.set(`1/${code}`, { care: "allowed", research: "allowed" });
  }
  const list = async (search = "") => {
    const response = await query.get(`/research/recordings${search}`, { token: TOKEN });
    return ResearchList.parse(await response.json());
  };
  const { recordings: all } = await list();
  strictEqual(all.length, 3);
  // The first of the list, whoever that is.
  for (const { recording } of query.store.recordings) {
    const wrappedKey = recording.wrappedKey;
    Object.assign(recording, { wrappedKey: wrappedKey.with(20, wrappedKey[20]! ^ 1) });
    const { recordings, next } = await list("?limit=1");
    const isFirst = recordings[0]!.recording_id !== all[0]!.recording_id;
    const whole = await list();
    strictEqual(whole.recordings.length, 2);
    if (isFirst) deepStrictEqual([recordings, next !== null], [[all[1]], true]);
    Object.assign(recording, { wrappedKey });
  }
  strictEqual(query.audit.findings.length, 3);
});

Deno.test("a researcher gets the samples, the marks' kinds and times, and a shifted start", async () => {
  const query = await setUp();
  const path = await pathOf(query);
  const ask = async (below: string, accept = "application/json") =>
    await (await query.get(path + below, { token: TOKEN, headers: { accept } })).json();
  const detail = ResearchDetail.parse(await ask(""));
  deepStrictEqual(detail.channels, ["Fp1-REF", "ch 2"]);
  const [first, second] = detail.segments[0]!.streams[0]!.channels;
  deepStrictEqual([first!.reference, first!.prefilter, first!.unit], [
    "",
    "HP:0.5Hz LP:70Hz",
    "uV",
  ]);
  deepStrictEqual([second!.reference, second!.unit, second!.type], ["", "", "other"]);
  const civil = detail.started_at!.civil;
  strictEqual(detail.started_at!.zone, null);
  strictEqual(civil.slice(10), START.slice(10), "the time of day stays");
  const days = (Date.parse(`${START.slice(0, 10)}Z`) - Date.parse(`${civil.slice(0, 10)}Z`)) /
    864e5;
  ok(Number.isInteger(days) && days >= 366 && days < 366 + 7_305);
  deepStrictEqual(ResearchMarks.parse(await ask("/annotations")).annotations, [
    { kind: "seizure", onset_seconds: "0.5", duration_seconds: "1" },
  ]);
  const shown = WindowColumns.parse(await ask("/eeg?start=0&end=4", COLUMNS_MEDIA_TYPE));
  const codes = `patient_id=${CANARY}.p1&recording_id=${CANARY}.r1`;
  const response = await query.get(`/eeg?${codes}&start=0&end=4`, {
    headers: { accept: COLUMNS_MEDIA_TYPE },
  });
  const stored = WindowColumns.parse(await response.json());
  deepStrictEqual(
    shown.runs.map(({ columns }) => Object.values(columns)),
    stored.runs.map(({ columns }) => Object.values(columns)),
  );
  deepStrictEqual(
    shown.gaps.map(({ kind, start, end }) => [kind, start, end]),
    stored.gaps.map(({ kind, start, end }) => [kind, start, end]),
  );
  const envelope = EnvelopeJson.parse(await ask("/envelope?start=0&end=2&columns=2"));
  deepStrictEqual(envelope.streams[0]!.channels.map(({ name }) => name), ["Fp1-REF", "ch 2"]);
  TrendsJson.parse(await ask("/trends?start=0&end=2&columns=2"));
});

Deno.test("an EDF file for a researcher names nobody and has every sample", async () => {
  const query = await setUp();
  const path = await pathOf(query);
  const response = await query.get(`${path}/export.edf?start=0&end=2`, { token: TOKEN });
  strictEqual(response.status, 200);
  const bytes = await response.bytes();
  strictEqual(Number(response.headers.get("content-length")), bytes.byteLength);
  const [, patient, , recording] = path.split("/").slice(2);
  const name = response.headers.get("content-disposition")!;
  strictEqual(name, `attachment; filename="${patient}_${recording}_from0.edf"`);
  const text = new TextDecoder("latin1").decode(bytes);
  strictEqual(text.slice(8, 88).trimEnd(), "X X X X");
  ok(
    /^Startdate \d\d-[A-Z]{3}-\d{4} X X Wavekeep *$/.test(text.slice(88, 168)),
    text.slice(88, 168),
  );
  ok(text.includes("Wavekeep: de-identified"));
  const file = await openEdf({
    byteLength: bytes.byteLength,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
  });
  deepStrictEqual(
    file.signals.filter(({ isAnnotation }) => !isAnnotation).map(({ label }) => label),
    ["Fp1-REF", "ch 2"],
  );
});

Deno.test("a researcher sees nothing of a patient who denies it, is restricted, or still records", async () => {
  const query = await setUp();
  const path = await pathOf(query);
  const isThere = async () => {
    const list = await (await query.get("/research/recordings", { token: TOKEN })).json();
    const response = await query.get(path, { token: TOKEN });
    await response.body?.cancel();
    return [list.recordings.length, response.status];
  };
  deepStrictEqual(await isThere(), [1, 200]);
  const code = `1/${CANARY}.p1`;
  query.clock.aheadMs += 3_000;
  query.store.consents.set(code, { care: "restricted", research: "allowed" });
  deepStrictEqual(await isThere(), [0, 404]);
  query.clock.aheadMs += 3_000;
  query.store.consents.set(code, { care: "allowed", research: "denied" });
  deepStrictEqual(await isThere(), [0, 404]);
  query.clock.aheadMs += 3_000;
  query.store.consents.set(code, { care: "allowed", research: "allowed" });
  Object.assign(query.store.recordings[0]!.recording, { isClosed: false });
  deepStrictEqual(await isThere(), [0, 404]);
});

Deno.test("identified routes refuse researchers, research routes everybody else", async () => {
  const query = await setUp();
  const path = await pathOf(query);
  const status = async (path: string, token: string) => {
    const response = await query.get(path, { token });
    await response.body?.cancel();
    return response.status;
  };
  strictEqual(await status("/recordings", TOKEN), 403);
  strictEqual(await status(path, "clinician.1"), 403);
  strictEqual(await status(path, "researcher.2"), 404, "another site's pseudonyms are others");
  strictEqual(await status(`${path}/export.edf?start=0&end=2`, "custodian.1"), 200);
});
