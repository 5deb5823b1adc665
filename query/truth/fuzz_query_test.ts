// Seeded nonsense for every parameter of query: an answer or a problem document with a pointer, never a 5xx,
// never an empty error.

import { ok, strictEqual } from "node:assert/strict";
import {
  CHUNKS_MEDIA_TYPE,
  COLUMNS_MEDIA_TYPE,
  EDF_MEDIA_TYPE,
  type RecordingDetail,
} from "@wavekeep/core/wire";
import { prng as createPrng } from "../../core/testing/prng.ts";
import { annotationSignal, edfFromSpec, timekeeping } from "../../core/testing/edf_from_spec.ts";
import { startPipeline } from "../testing/pipeline.ts";
import { okJson } from "./testing/truth_test_case.ts";

const REQUESTS = 1500;
const SEED = 2026;

const TIMES = [
  ..."0 1 2 3 0.5 1.25 -1 -0 +1 00 1e0 1e3 1e-3 1e400 0x1 1, 1,5 Infinity -Infinity NaN null".split(
    " ",
  ),
  "9".repeat(400),
  `0.${"0".repeat(300)}1`,
  `0.${"3".repeat(40)}`,
  "9007199254740993",
  "1e1000000000",
  "",
  " ",
  "١",
  "1\0",
  "2003-02-01T04:05:06",
  "2003-02-01T04:05:07.25",
  "2003-02-31T04:05:06",
  "9999-12-31T23:59:59",
  "-0001-01-01T00:00:00",
  "abc",
  "'; drop table wavekeep.chunk; --",
  "%00",
  "1/0",
];
const CHANNELS = [
  "C3",
  "@0",
  "@1",
  "@-1",
  "@1e9",
  "@",
  ",",
  "C3,C3",
  "C3#2",
  "C3#0",
  "__proto__",
  "",
  "µ",
  "a".repeat(3000),
];
const CODES = [
  "p",
  "q",
  "P",
  "",
  "..",
  "p/..",
  "p%2f",
  "a".repeat(64),
  "a".repeat(65),
  "Jane Doe",
  "\0",
];
const NUMBERS = [
  "0",
  "1",
  "-1",
  "1.5",
  "65535",
  "65536",
  "1e9",
  "NaN",
  "",
  "abc",
  "00",
  "9".repeat(40),
];
const SETS = ["inline", "omit", "INLINE", "", "none"];
const DIGESTS = ["0".repeat(64), "F".repeat(64), "a".repeat(63), "a".repeat(65), "x", "..", "\0"];
const COORDINATES = ["seconds", "clock", "sample", "SECONDS", "", "ticks"];
const ACCEPTS = [
  "application/json",
  COLUMNS_MEDIA_TYPE,
  CHUNKS_MEDIA_TYPE,
  EDF_MEDIA_TYPE,
  "*/*",
  "text/html",
  "application/json;q=0",
  ";;;",
  "",
];

/** Two rates, a gap and a mark. */
function file(): Uint8Array {
  const fast = Array.from({ length: 64 }, (_, i) => i);
  return edfFromSpec({
    reserved: "EDF+D",
    signals: [
      { label: "C3", records: [fast, fast, fast] },
      { label: "C3", records: [[1, 2], [3, 4], [5, 6]] },
      annotationSignal([`${timekeeping(0)}+0.5\x14mark\x14\0`, timekeeping(1), timekeeping(5)]),
    ],
  });
}

Deno.test("no parameter of query makes it fail", async () => {
  const pipeline = await startPipeline("fuzz_query");
  if (pipeline === undefined) return;
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-fuzz-" });
  try {
    await Deno.writeFile(`${folder}/file.edf`, file());
    await pipeline.stream([`${folder}/file.edf`], { patientId: "p", recordingId: "q" });
    const { segments } = await okJson<RecordingDetail>(
      await pipeline.get("/patients/p/recordings/q"),
    );
    const segmentIds = [segments[0]!.segment_id, "0".repeat(32), "xyz", ""];
    const prng = createPrng(SEED);
    const pick = (from: readonly string[]) => from[prng.below(from.length)]!;
    const mostly = (good: string, from: readonly string[]) => prng.below(4) > 0 ? good : pick(from);
    const recording = () =>
      `/patients/${encodeURIComponent(mostly("p", CODES))}/recordings/${
        encodeURIComponent(mostly("q", CODES))
      }`;
    const query = (parts: Record<string, () => string>) => {
      const search = new URLSearchParams();
      for (const [name, make] of Object.entries(parts)) {
        // Left out now and then, given twice now and then.
        for (let left = [0, 1, 1, 1, 1, 1, 1, 2][prng.below(8)]!; left > 0; left--) {
          search.append(name, make());
        }
      }
      return `?${search}`;
    };
    const time = () => pick(TIMES);
    const shapes = [
      () =>
        "/eeg" + query({
          "patient_id": () => mostly("p", CODES),
          "recording_id": () => mostly("q", CODES),
          start: () => mostly("0", TIMES),
          end: () => mostly("2", TIMES),
          coordinate: () => mostly("seconds", COORDINATES),
          "segment_id": () => pick(segmentIds),
          stream: () => pick(NUMBERS),
          channels: () => mostly("C3", CHANNELS),
          "parameter_sets": () => mostly("omit", SETS),
        }),
      () =>
        `/eeg?patient_id=p&recording_id=q&start=${encodeURIComponent(time())}&end=` +
        `${encodeURIComponent(time())}&coordinate=${pick(COORDINATES)}&segment_id=${segmentIds[0]}`,
      () =>
        "/recordings" +
        query({ "patient_id": () => pick(CODES), limit: () => pick(NUMBERS), after: time }),
      () => recording(),
      () => recording() + "/annotations" + query({ start: time, end: time }),
      () => recording() + "/export.edf" + query({ start: time, end: time }),
      () =>
        `/segments/${pick(segmentIds)}/streams/${pick(NUMBERS)}/chunks/${pick(NUMBERS)}` +
        query({ "parameter_sets": () => mostly("inline", SETS) }),
      () => `${recording()}/parameter-sets/${encodeURIComponent(pick(DIGESTS))}`,
    ];
    const statuses = new Map<number, number>();
    for (let i = 0; i < REQUESTS; i++) {
      const path = shapes[prng.below(shapes.length)]!();
      const accept = mostly("*/*", ACCEPTS);
      const response = await pipeline.get(path, { headers: { accept } });
      const bytes = await response.bytes();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      const told = `${response.status} ${path} accept ${accept}`;
      ok(response.status < 500, `${told}: ${new TextDecoder().decode(bytes).slice(0, 300)}`);
      if (response.status < 400) continue;
      strictEqual(response.headers.get("content-type"), "application/problem+json", told);
      ok(JSON.parse(new TextDecoder().decode(bytes)).status === response.status, told);
    }
    ok((statuses.get(200) ?? 0) > REQUESTS / 12, JSON.stringify([...statuses]));
    ok(!pipeline.log.some((line) => line.includes('"level":"error"')));
  } finally {
    await pipeline.close();
    await Deno.remove(folder, { recursive: true });
  }
});
