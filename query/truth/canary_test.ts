// A patient whose name, labels, annotation text and samples are marked goes through both services, by their
// good ways and by their errors. No log line of either service, no refusal and no table holds a mark.
// The files of the database are searched by ingest/sealed_at_rest_test.ts.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import {
  type AnnotationList,
  CHUNKS_MEDIA_TYPE,
  COLUMNS_MEDIA_TYPE,
  type RecordingDetail,
} from "@wavekeep/core/wire";
import { annotationSignal, edfFromSpec, timekeeping } from "../../core/testing/edf_from_spec.ts";
import { inDatabase } from "../../core/testing/test_database.ts";
import { type Pipeline, startPipeline } from "../testing/pipeline.ts";
import { recordingPath, windowPath } from "./testing/read_back.ts";

const CODES = { patientId: "pseudonym-1", recordingId: "night-1" };
const NAME = "Canaria_Finch";
const LABEL = "CANARY-LABEL";
const TEXT = "canary text of a technologist";
const VALUE = 1234.567890625;
/** Four samples that follow each other nowhere else. */
const SAMPLES = [31_337, -27_182, 31_415, -16_180];

/** Spellings that would give something away: as text, and as bytes in hexadecimal. */
const MARKS: readonly string[] = [
  NAME,
  NAME.toUpperCase(),
  LABEL,
  TEXT,
  String(VALUE),
  SAMPLES.join(","),
  SAMPLES.join(", "),
  new Uint8Array(Int32Array.from(SAMPLES).buffer).toHex(),
  new Uint8Array(Int16Array.from(SAMPLES).buffer).toHex(),
  new TextEncoder().encode(NAME).toHex(),
  new TextEncoder().encode(LABEL).toHex(),
  new TextEncoder().encode(TEXT).toHex(),
  btoa(NAME).replaceAll("=", "").slice(0, -2),
];

function marksIn(text: string): string[] {
  return MARKS.filter((mark) => text.includes(mark));
}

function canaryFile(): Uint8Array {
  const record = Array.from({ length: 64 }, () => SAMPLES).flat();
  return edfFromSpec({
    patientId: `MRN-4711 F 02-MAY-1951 ${NAME}`,
    recordingId: `Startdate 06-NOV-2076 X ${NAME} X`,
    startDate: "06.11.76",
    reserved: "EDF+C",
    signals: [
      { label: LABEL, transducer: NAME, records: [record, record, record] },
      annotationSignal([
        `${timekeeping(0)}+0.5\x15${1}\x14${TEXT}\x14\0`,
        timekeeping(1),
        timekeeping(2),
      ]),
    ],
  });
}

/** Asks everything that query can answer. */
async function readEverything(pipeline: Pipeline): Promise<void> {
  const good = async (path: string, accept = "application/json") => {
    const response = await pipeline.get(path, { headers: { accept } });
    strictEqual(response.status, 200, path);
    return response;
  };
  await (await good("/recordings")).body?.cancel();
  const detail: RecordingDetail = await (await good(recordingPath(CODES))).json();
  deepStrictEqual(detail.channels, [LABEL], "the clinician sees it");
  const window = windowPath(CODES, "0", "3");
  ok((await (await good(window)).text()).includes(LABEL));
  const columns = await (await good(window, COLUMNS_MEDIA_TYPE)).text();
  ok(columns.includes(SAMPLES.join(",")));
  await (await good(window, CHUNKS_MEDIA_TYPE)).bytes();
  const marks: AnnotationList = await (await good(`${recordingPath(CODES)}/annotations`)).json();
  deepStrictEqual(marks.annotations.map(({ text }) => text), [TEXT]);
  ok((await (await good(`${recordingPath(CODES)}/marks.csv`, "text/csv")).text()).includes(TEXT));
  await (await good(`${recordingPath(CODES)}/events.tsv`, "text/tab-separated-values")).bytes();
  const codes = `patient_id=${CODES.patientId}&recording_id=${CODES.recordingId}`;
  await (await good(`/trends?${codes}&start=0&end=3&columns=1`)).bytes();
  const exported = await good(`${recordingPath(CODES)}/export.edf`, "application/octet-stream");
  const text = new TextDecoder("latin1").decode(await exported.bytes());
  ok(text.includes(LABEL) && text.includes(TEXT));
  ok(!text.includes(NAME), "the name was never ours to give out");
  const { segment_id: id } = detail.segments[0]!;
  await (await good(`/segments/${id}/streams/0/chunks/1`, CHUNKS_MEDIA_TYPE)).bytes();
}

/** Requests that fail, each with something marked in it or behind it. */
async function failEverywhere(pipeline: Pipeline): Promise<string[]> {
  const device = async (method: string, path: string, body: string, type = "application/json") => {
    const token = await pipeline.token({ role: "device" });
    return await pipeline.ingest.request(path, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": type },
      body,
    });
  };
  const json = {
    "patient_id": CODES.patientId,
    "recording_id": "json-1",
    channels: [LABEL],
    start: 0,
    "sample_rate": 4,
    samples: [[VALUE, VALUE, VALUE, VALUE]],
  };
  const mark = {
    "annotation_id": "1".repeat(32),
    kind: "note",
    source: "human",
    anchor: { coordinate: "recording", onset: "1" },
    duration: null,
    text: TEXT,
  };
  const ingestJson = (changes: object) =>
    device("POST", "/ingest", JSON.stringify({ ...json, ...changes }));
  const annotate = (changes: object) =>
    device(
      "POST",
      `${recordingPath(CODES)}/annotations`,
      JSON.stringify({ annotations: [{ ...mark, ...changes }] }),
    );
  strictEqual((await ingestJson({})).status, 201);
  strictEqual((await annotate({})).status, 201);
  const window = windowPath(CODES, "0", "3");
  const answers: Response[] = [
    // Another value at the same place; another list; broken text; too long; not a number.
    await ingestJson({ samples: [[1, VALUE, VALUE, VALUE]] }),
    await ingestJson({ start: 1, channels: ["other"] }),
    await ingestJson({ start: 1, channels: [LABEL, LABEL] }),
    await ingestJson({ start: 1, channels: [LABEL.repeat(10)] }),
    await ingestJson({ start: 1, samples: [[TEXT, VALUE]] }),
    await ingestJson({ [NAME]: TEXT }),
    await ingestJson({ "patient_id": NAME + " !" }),
    await device("POST", "/ingest", `{"${LABEL}": ${VALUE} ${TEXT}}`),
    await device("POST", "/ingest", `${TEXT} ${LABEL}`, CHUNKS_MEDIA_TYPE),
    await device("POST", `/${NAME}/${LABEL}`, TEXT),
    await annotate({ text: TEXT + "." }),
    await annotate({ text: TEXT.repeat(1000), "annotation_id": "2".repeat(32) }),
    await annotate({ kind: TEXT, "annotation_id": "3".repeat(32) }),
    await annotate({ anchor: { coordinate: TEXT }, "annotation_id": "4".repeat(32) }),
    await annotate({ term: TEXT, "annotation_id": "5".repeat(32) }),
    await pipeline.post(
      `${recordingPath(CODES)}/reviews`,
      { reviews: [{ "review_id": NAME, "annotation_id": LABEL, verdict: TEXT }] },
      { role: "clinician" },
    ),
    // Query strings that somebody typed a name into.
    await pipeline.get(`${window}&channels=${LABEL},${NAME}`),
    await pipeline.get(windowPath(CODES, NAME, "3")),
    await pipeline.get(`${window}&coordinate=${NAME}`),
    await pipeline.get(`/recordings?patient_id=${NAME}%20!`),
    await pipeline.get(`${recordingPath(CODES)}/annotations?as_of=${NAME}`),
    await pipeline.get(`${recordingPath(CODES)}/annotations/${NAME}/versions`),
    await pipeline.get(`/trends?patient_id=${NAME}%20!&start=${LABEL}&columns=${NAME}`),
    await pipeline.get(`/${NAME}?q=${LABEL}`),
    await pipeline.get(`/patients/${NAME}/recordings/${NAME}`),
    // Physical values have no integers to export.
    await pipeline.get(`/patients/${CODES.patientId}/recordings/json-1/export.edf`),
    await pipeline.get(`${recordingPath(CODES)}/export.edf?start=${NAME}`),
    // Another site knows nothing of it.
    await pipeline.get(window, { site: "other" }),
  ];
  const bodies = await Promise.all(answers.map((answer) => answer.text()));
  return bodies.map((body, i) => `${answers[i]!.status} ${body}`);
}

/** Damages what is stored, as a failing disk or a superuser would, and asks for it. */
async function readDamaged(pipeline: Pipeline): Promise<string[]> {
  await inDatabase(pipeline.database.ownerUrl, async (client) => {
    await client.query("alter table wavekeep.chunk disable trigger all");
    await client.query("alter table wavekeep.annotation disable trigger all");
    await client.query(
      "update wavekeep.chunk set body = set_byte(body, 40, get_byte(body, 40) # 1) where sequence = 1",
    );
    await client.query(
      `update wavekeep.annotation set body_sealed = set_byte(body_sealed, 20, 0) || '\\x00'
        where annotation_id = decode(repeat('1', 32), 'hex')`,
    );
  });
  const window = windowPath(CODES, "0", "3");
  const paths: [string, string][] = [
    [window, "application/json"],
    [window, COLUMNS_MEDIA_TYPE],
    [windowPath(CODES, "1", "2"), CHUNKS_MEDIA_TYPE],
    [`${recordingPath(CODES)}/annotations`, "application/json"],
    [`${recordingPath(CODES)}/export.edf`, "application/octet-stream"],
    [`${recordingPath(CODES)}/marks.csv`, "text/csv"],
  ];
  const bodies: string[] = [];
  for (const [path, accept] of paths) {
    const response = await pipeline.get(path, { headers: { accept } });
    const text = await response.text().catch((error) => String(error));
    strictEqual(response.status, 500, `${path}: ${text.slice(0, 200)}`);
    bodies.push(text);
  }
  return bodies;
}

/** Every row of every table, as PostgreSQL prints it. */
async function tableTexts({ database }: Pipeline): Promise<string[]> {
  return await inDatabase(database.ownerUrl, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `select relname as name from pg_class
        where relnamespace = 'wavekeep'::regnamespace and relkind in ('r', 'p')
          and not relispartition`,
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query(`select t::text as text from wavekeep.${name} t`);
      texts.push(...rows.map(({ text }) => `${name}: ${text}`));
    }
    return texts;
  });
}

Deno.test("neither service writes a patient's name, labels, texts or samples anywhere in the clear", async () => {
  const pipeline = await startPipeline("canary");
  if (pipeline === undefined) return;
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-canary-" });
  try {
    const path = join(folder, "file.edf");
    await Deno.writeFile(path, canaryFile());
    await pipeline.stream([path], CODES);
    await readEverything(pipeline);
    const refusals = await failEverywhere(pipeline);
    deepStrictEqual(refusals.filter((text) => !/^4\d\d |^207 /.test(text)), [], "all are refused");
    const damaged = await readDamaged(pipeline);

    const texts = await tableTexts(pipeline);
    deepStrictEqual(texts.filter((text) => marksIn(text).length > 0), []);
    ok(texts.some((text) => text.includes(CODES.patientId)), "the search finds what is there");
    deepStrictEqual(pipeline.log.filter((line) => marksIn(line).length > 0), []);
    ok(pipeline.log.some((line) => line.includes('"level":"error"')), "errors were logged");
    // What a client typed may be told to that client; what is stored may not.
    deepStrictEqual(damaged.filter((text) => marksIn(text).length > 0), []);
    const told = refusals.filter((text) => marksIn(text).some((mark) => mark !== NAME));
    deepStrictEqual(told.map((text) => text.slice(0, 300)), []);
  } finally {
    await pipeline.close();
    await Deno.remove(folder, { recursive: true });
  }
});
