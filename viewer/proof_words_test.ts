// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
import { deepStrictEqual, ok } from "node:assert/strict";
import type { RecordingDetail, RecordingProof } from "@wavekeep/core/wire";
import { proofWords } from "./proof_words.ts";

const DETAIL = {
  patient_id: "P01",
  recording_id: "R1",
  holes: [],
  segments: [{
    segment_number: 0,
    start_seconds: "100",
    streams: [{ stream: 0, chunk_count: 10, rate: { samples: "256", seconds: "1" } }],
  }],
} as unknown as RecordingDetail;

const LOG = {
  origin: "site.example/log",
  key_id: "0a1b2c3d",
  size: 40,
  published_at: "2026-11-21T10:00:00.000000Z",
  witnesses: [],
};

const PROOF: RecordingProof = {
  log: LOG,
  streams: [{ segment_number: 0, stream: 0, logged_count: 10 }],
  segments: [{ segment_number: 0, key_id: null }],
  first_received_at: "2026-11-21T09:00:00.000000Z",
  before_log: false,
  failures: [],
  clocks: [],
  erased_at: null,
};

const FAILURES = [
  { segment_number: 0, stream: 0, sequence: 3, found_at: "2026-11-21T11:00:00Z" },
];

const logged = (logged_count: number) => [{ segment_number: 0, stream: 0, logged_count }];

const CASES: readonly [
  name: string,
  changed: Partial<RecordingProof>,
  standing: string,
  words: RegExp,
][] = [
  ["all logged", {}, "good", /^Every stored second is in the signed log\.$/],
  ["no log", { log: null, streams: [] }, "wait", /first second arrived on 2026-11-21 09:00:00 UTC/],
  ["some wait", { streams: logged(7) }, "wait", /^3 chunks are stored and wait/],
  [
    "from before the log",
    { streams: logged(2), before_log: true },
    "wait",
    /^8 of 10 chunks are not in the signed log: .* begun before a log was kept/,
  ],
  [
    "all of it from before the log",
    { streams: [], before_log: true },
    "wait",
    /^10 of 10 chunks are not in the signed log/,
  ],
  ["rows are gone", { streams: logged(12) }, "bad", /^The log holds 2 chunks more than are stored/],
  [
    "a whole stream is gone",
    { streams: [...logged(10), { segment_number: 0, stream: 1, logged_count: 4 }] },
    "bad",
    /^The log holds 4 chunks more/,
  ],
  ["erased", { erased_at: "2026-11-21T11:00:00Z" }, "wait", /was erased on 2026-11-21 11:00:00/],
  [
    "damaged",
    { failures: FAILURES },
    "bad",
    /is not what was recorded/,
  ],
];

for (const [name, changed, standing, words] of CASES) {
  Deno.test(`proofWords() of a recording: ${name}`, () => {
    const said = proofWords(DETAIL, { ...PROOF, ...changed });
    deepStrictEqual(said.standing, standing);
    ok(words.test(said.verdict), said.verdict);
  });
}

Deno.test("proofWords() says who vouches, who signed, and how the published key begins", () => {
  const said = proofWords(DETAIL, {
    ...PROOF,
    log: { ...LOG, witnesses: ["hospital-b.example"] },
    segments: [{ segment_number: 0, key_id: "ab".repeat(32) }],
  });
  deepStrictEqual(said.logKey, "site.example/log+0a1b2c3d");
  const text = (name: string) => said.lines.find((line) => line.name === name)?.text ?? "";
  ok(text("Witnesses").startsWith("hospital-b.example"));
  deepStrictEqual(text("Signed by the device"), "Yes, all of it");
  const damaged = proofWords(DETAIL, { ...PROOF, failures: FAILURES }).lines;
  deepStrictEqual(damaged.find(({ name }) => name === "Damaged")?.items, [
    "Samples from 0:01:43 of the recording (segment 0, stream 0, chunk 3): " +
    "found 2026-11-21 11:00:00 UTC",
  ]);
  ok(proofWords(DETAIL, PROOF).lines.some((line) => line.text.startsWith("Unwitnessed")));
});

const CLOCK: RecordingProof["clocks"][number] = {
  segment_number: 0,
  reference: "server",
  offset_seconds: "1.234567",
  offset_uncertainty_seconds: 0.008,
  drift_ppm: 12.34,
  drift_uncertainty_ppm: 2.5,
  observation_count: 14,
  used_count: 14,
  jump_count: 0,
};

for (
  const [name, clocks, text] of [
    ["nobody looked", [], "Never compared: times are the device's own"],
    [
      "compared",
      [CLOCK],
      "1.235 ± 0.008 s behind ingest's; loses 12.3 ± 2.5 ppm; 14 comparisons",
    ],
    [
      "compared once",
      [{
        ...CLOCK,
        offset_seconds: "-0.5",
        drift_ppm: null,
        drift_uncertainty_ppm: null,
        observation_count: 1,
        used_count: 1,
      }],
      "0.500 ± 0.008 s ahead of ingest's; 1 comparison",
    ],
    [
      "battery dead",
      [{ ...CLOCK, offset_seconds: "1795262400", reference: "relay" as const, jump_count: 2 }],
      "20778 d 12 h behind the relay's; loses 12.3 ± 2.5 ppm; 14 comparisons; it jumped 2 times",
    ],
  ] as const
) {
  Deno.test(`proofWords() says what the clock is worth: ${name}`, () => {
    const { lines } = proofWords(DETAIL, { ...PROOF, clocks: [...clocks] });
    deepStrictEqual(lines.find((line) => line.name === "Device's clock")?.text, text);
  });
}
