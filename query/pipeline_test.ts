/**
 * Query against what the simulator's device sent and ingest stored, on a real database: the golden numbers
 * of EEG_RULES section 4. `query/truth` has every real file.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { formatSeconds } from "@wavekeep/core/time";
import {
  AnnotationList,
  CHUNKS_MEDIA_TYPE,
  COLUMNS_MEDIA_TYPE,
  CoverageEvent,
  RecordingDetail,
  WindowColumns,
  WindowJson,
} from "@wavekeep/core/wire";
import { decodeRecords } from "../core/testing/decode_records.ts";
import { readWholeEdf, samplesAsInt32Bytes, type WholeEdf } from "../core/testing/read_edf.ts";
import { sharedDataDir } from "../core/testing/shared_data.ts";
import { inDatabase } from "../core/testing/test_database.ts";
import { type Pipeline, startPipeline } from "./testing/pipeline.ts";

const data = sharedDataDir();

/** Runs a test on a pipeline of its own; says nothing where data or server are absent. */
function onPipeline(name: string, fn: (pipeline: Pipeline, data: string) => Promise<void>): void {
  Deno.test(`pipeline: ${name}`, async () => {
    if (data === undefined) return;
    const pipeline = await startPipeline("query");
    if (pipeline === undefined) return;
    try {
      await fn(pipeline, data);
    } finally {
      await pipeline.close();
    }
  });
}

async function detailOf(pipeline: Pipeline, recordingId: string): Promise<RecordingDetail> {
  const response = await pipeline.get(`/patients/p/recordings/${recordingId}`);
  return RecordingDetail.parse(await response.json());
}

async function exportOf(pipeline: Pipeline, recordingId: string, range = ""): Promise<WholeEdf> {
  const response = await pipeline.get(`/patients/p/recordings/${recordingId}/export.edf${range}`);
  strictEqual(response.status, 200, response.ok ? "" : await response.text());
  return await readWholeEdf(new Uint8Array(await response.arrayBuffer()));
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const holesOf = ({ holes }: RecordingDetail) =>
  holes.map(({ kind, start, end, uncertainty }) => `${kind} ${start}-${end} \u00b1${uncertainty}`);

onPipeline("chb01_03 has its golden numbers in every form", async (pipeline, data) => {
  await pipeline.stream([`${data}/chbmit/chb01_03_Seizure.edf`], {
    patientId: "p",
    recordingId: "r",
  });
  const path = "/eeg?patient_id=p&recording_id=r&start=0&end=41";
  const json = WindowJson.parse(await (await pipeline.get(path)).json());
  const names = Object.keys(json.channels);
  strictEqual(names.length, 23);
  deepStrictEqual(names.filter((name) => name.startsWith("T8-P8")), ["T8-P8", "T8-P8#2"]);
  const first = json.channels["FP1-F7"]!;
  strictEqual(first.length, 10_496);
  strictEqual(first[0]!.value!.toFixed(6), "50.989011");
  deepStrictEqual(first.slice(0, 2).map(({ timestamp }) => timestamp), [0, 0.00390625]);
  deepStrictEqual([json.gaps, json.units["FP1-F7"]], [[], "uV"]);

  const columns = WindowColumns.parse(
    await (await pipeline.get(path, { headers: { accept: COLUMNS_MEDIA_TYPE } })).json(),
  );
  const digital = names.map((name) => Int32Array.from(columns.runs[0]!.columns[name] as number[]));
  const golden = "156543977d96aae406c2c41d4ead8097682fc53c19bd8bea5d4fd50bfe3703f1";
  strictEqual(sha256(samplesAsInt32Bytes(digital)), golden);
  deepStrictEqual([...digital[0]!.subarray(0, 6)], [130, 135, 127, 119, 121, 119]);

  const answer = await pipeline.get(path, { headers: { accept: CHUNKS_MEDIA_TYPE } });
  const chunks = [...decodeRecords(new Uint8Array(await answer.arrayBuffer()))];
  deepStrictEqual(chunks.map(({ header }) => header.sequence), [...Array(41).keys()]);
  const joined = names.map((_, row) =>
    Int32Array.from(
      chunks.flatMap(({ samples }) => [...samples.subarray(row * 256, row * 256 + 256)]),
    )
  );
  strictEqual(sha256(samplesAsInt32Bytes(joined)), golden);
  ok(
    sha256(samplesAsInt32Bytes([...Array(23).keys()].map((row) => joined[row]!.subarray(0, 256))))
      .startsWith("2cd3e2ae8d226532"),
  );

  const { samples, file } = await exportOf(pipeline, "r");
  strictEqual(sha256(samplesAsInt32Bytes(samples)), golden);
  strictEqual(file.format, "EDF+C");
  const sample = new Uint8Array(
    await (await pipeline.get(`/segments/${columns.runs[0]!.segment_id}/streams/0/chunks/40`))
      .arrayBuffer(),
  );
  const [last] = decodeRecords(sample);
  strictEqual(last!.header.firstSample, 40 * 256);
});

onPipeline(
  "two crops make one recording with a gap of 2954 s, known to a second",
  async (pipeline, data) => {
    await pipeline.stream(
      ["NonSeizure", "Seizure"].map((crop) => `${data}/chbmit/chb01_03_${crop}.edf`),
      { patientId: "p", recordingId: "r" },
    );
    const detail = await detailOf(pipeline, "r");
    deepStrictEqual(holesOf(detail), ["not-recorded 41-2995 \u00b11"]);
    strictEqual(detail.duration_seconds, "3036");
    const body = WindowJson.parse(
      await (await pipeline.get(
        "/eeg?patient_id=p&recording_id=r&start=40.5&end=2995.5&channels=FP1-F7",
      )).json(),
    );
    strictEqual(body.channels["FP1-F7"]!.length, 256);
    strictEqual(body.gaps.length, 1);
    const { file, samples } = await exportOf(pipeline, "r");
    strictEqual(file.format, "EDF+D");
    strictEqual(samples[0]!.length, 2 * 10_496);
    deepStrictEqual(
      (await file.runs()).map(({ onset, recordCount }) => [formatSeconds(onset), recordCount]),
      [["0", 41], ["2995", 41]],
    );
  },
);

onPipeline(
  "EDF+D gaps survive to the description, the window and the export",
  async (pipeline, data) => {
    await pipeline.stream([`${data}/parser-corpus/edfReader_edfPlusD.edf`], {
      patientId: "p",
      recordingId: "d",
    });
    const detail = await detailOf(pipeline, "d");
    const gaps = ["1-2", "3-4", "10-12", "13-15", "16-19"];
    deepStrictEqual(holesOf(detail), gaps.map((gap) => `not-recorded ${gap} \u00b10`));
    strictEqual(detail.duration_seconds, "20");
    const body = WindowJson.parse(
      await (await pipeline.get("/eeg?patient_id=p&recording_id=d&start=0&end=20")).json(),
    );
    deepStrictEqual(body.gaps.map(({ start, end }) => `${start}-${end}`), gaps);
    const [channel] = Object.values(body.channels);
    strictEqual(channel!.length, 11 * 200);
    ok(channel!.every(({ timestamp }) =>
      !gaps.some((gap) => {
        const [start, end] = gap.split("-").map(Number);
        return start! <= timestamp && timestamp < end!;
      })
    ));
    const { file } = await exportOf(pipeline, "d");
    deepStrictEqual((await file.runs()).map(({ onset }) => formatSeconds(onset)), [
      "0",
      "2",
      "4",
      "12",
      "15",
      "19",
    ]);
    const part = await exportOf(pipeline, "d", "?start=9&end=12.5");
    deepStrictEqual((await part.file.runs()).map(({ onset }) => formatSeconds(onset)), ["0", "3"]);
  },
);

onPipeline("a seizure that starts in a gap keeps its place", async (pipeline, data) => {
  const file = "chb01_18_s1710_edfplusD_reencoded.edf";
  await pipeline.stream([`${data}/chbmit/${file}`], { patientId: "p", recordingId: "r" });
  deepStrictEqual(holesOf(await detailOf(pipeline, "r")), ["not-recorded 10-20 \u00b10"]);
  const marks = AnnotationList.parse(
    await (await pipeline.get("/patients/p/recordings/r/annotations?start=50")).json(),
  );
  deepStrictEqual(
    marks.annotations.map((mark) => [mark.kind, mark.onset_seconds, Number(mark.duration_seconds)]),
    [["seizure", "10", 90]],
  );
  const { annotations, samples } = await exportOf(pipeline, "r");
  deepStrictEqual(
    annotations.map((
      { onset, duration },
    ) => [formatSeconds(onset), duration && formatSeconds(duration)]),
    [["10", "90"]],
  );
  ok(sha256(samplesAsInt32Bytes(samples)).startsWith("cedfd5f8189ab296"));
});

onPipeline(
  "a sub-second start is where the header says, and marks count from the header",
  async (pipeline, data) => {
    await pipeline.stream([`${data}/parser-corpus/pyedflib_test_subsecond.edf`], {
      patientId: "p",
      recordingId: "s",
    });
    const body = WindowJson.parse(
      await (await pipeline.get("/eeg?patient_id=p&recording_id=s&start=0&end=0.4")).json(),
    );
    const [channel] = Object.values(body.channels);
    deepStrictEqual(channel!.map(({ timestamp }) => timestamp), [0.3945312]);
    strictEqual(channel![0]!.value!.toFixed(6), "6.247303");
    const { annotations } = await exportOf(pipeline, "s");
    ok(annotations.some(({ onsetText }) => onsetText === "+2.3457031"));
  },
);

onPipeline("a hypnogram has no stream and ends at its last mark", async (pipeline, data) => {
  await pipeline.stream([`${data}/psg/SC4001EC-Hypnogram.edf`], {
    patientId: "p",
    recordingId: "h",
  });
  const detail = await detailOf(pipeline, "h");
  deepStrictEqual(
    [detail.segments.length, detail.annotation_count, detail.duration_seconds],
    [0, 154, "86400"],
  );
  strictEqual((await exportOf(pipeline, "h")).annotations.length, 154);
});

onPipeline("JSON of the plan goes in and comes out, float for float", async (pipeline) => {
  const send = (start: number, samples: number[][]) =>
    pipeline.post("/ingest", {
      patient_id: "p",
      recording_id: "j",
      channels: ["A", "A"],
      start,
      sample_rate: 4,
      samples,
    });
  strictEqual((await send(0, [[0.1, -2.5, 1e-9, 4], [5, 6, 7, 8]])).status, 201);
  strictEqual((await send(2, [[1, 2], [3, 4]])).status, 201);
  const body = WindowJson.parse(
    await (await pipeline.get("/eeg?patient_id=p&recording_id=j&start=0&end=9")).json(),
  );
  deepStrictEqual(body.channels["A"]!.map(({ value }) => value), [0.1, -2.5, 1e-9, 4, 1, 2]);
  deepStrictEqual(body.channels["A#2"]!.map(({ timestamp }) => timestamp), [
    0,
    0.25,
    0.5,
    0.75,
    2,
    2.25,
  ]);
  deepStrictEqual(body.gaps.map(({ kind, start, end }) => `${kind} ${start}-${end}`), [
    "pending 1-2",
  ]);
  const refused = await pipeline.get("/patients/p/recordings/j/export.edf");
  strictEqual(refused.status, 422);
});

onPipeline("a commit wakes who watches, through the database", async (pipeline) => {
  const chunk = (start: number) => ({
    patient_id: "p",
    recording_id: "l",
    channels: ["A"],
    start,
    sample_rate: 4,
    samples: [[1, 2, 3, 4]],
  });
  await pipeline.post("/ingest", chunk(0));
  const response = await pipeline.get("/patients/p/recordings/l/live");
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const next = async () => {
    const { value } = await reader.read();
    return CoverageEvent.parse(JSON.parse(/^data: (.*)$/m.exec(value!)![1]!));
  };
  strictEqual((await next()).end_seconds, "1");
  const before = performance.now();
  await pipeline.post("/ingest", chunk(1));
  strictEqual((await next()).end_seconds, "2");
  ok(performance.now() - before < 4_500, "told by the notification, not by the heartbeat");
  // The listening connection is lost: a new one wakes everybody, and then tells of commits again.
  const lost = await inDatabase(pipeline.database.ownerUrl, (client) =>
    client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'wavekeep_listen' and datname = current_database()`,
    ));
  strictEqual(lost.rowCount, 1);
  strictEqual((await next()).end_seconds, "2");
  await pipeline.post("/ingest", chunk(2));
  strictEqual((await next()).end_seconds, "3");
  ok(pipeline.log.some((line) => line.includes("listening connection lost")));
  await reader.cancel();
});

onPipeline(
  "each read leaves one row before its first byte, and none for strangers",
  async (pipeline) => {
    await pipeline.post("/ingest", {
      patient_id: "p",
      recording_id: "a",
      channels: ["A"],
      start: 0,
      sample_rate: 1,
      samples: [[1]],
    });
    const path = "/eeg?patient_id=p&recording_id=a&start=0&end=1";
    strictEqual((await pipeline.get(path)).status, 200);
    strictEqual((await pipeline.get(path)).status, 200);
    strictEqual((await pipeline.get(path, { site: "other" })).status, 404);
    const rows = await inDatabase(pipeline.database.ownerUrl, async (client) =>
      (await client.query(
        `select actor, site_id as "siteId", detail from wavekeep.event where kind = 'access.granted'`,
      )).rows);
    deepStrictEqual(rows, [{
      actor: "clinician-1",
      siteId: pipeline.database.siteId,
      detail: { role: "clinician", minutes: 5 },
    }]);
  },
);

onPipeline("destroying a patient's key leaves holes and no sample", async (pipeline, data) => {
  await pipeline.stream([`${data}/parser-corpus/edfReader_edfPlusC.edf`], {
    patientId: "p",
    recordingId: "e",
  });
  await Deno.remove(`${pipeline.keyFolder}/patients`, { recursive: true });
  await Deno.mkdir(`${pipeline.keyFolder}/patients`, { mode: 0o700 });
  // The key store forgets after five seconds at most.
  await new Promise((resolve) => setTimeout(resolve, 5_100));
  const body = WindowJson.parse(
    await (await pipeline.get("/eeg?patient_id=p&recording_id=e&start=0&end=20")).json(),
  );
  deepStrictEqual(body.channels, {});
  deepStrictEqual(body.gaps.map(({ kind, start, end }) => `${kind} ${start}-${end}`), [
    "erased 0-20",
  ]);
  strictEqual((await detailOf(pipeline, "e")).channels.length, 0);
  strictEqual((await pipeline.get("/patients/p/recordings/e/export.edf")).status, 422);
});
