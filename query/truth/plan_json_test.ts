// The plan's own routes and nothing else: JSON chunks in by POST /ingest, JSON windows out by GET /eeg.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { WindowJson } from "@wavekeep/core/wire";
import { type Pipeline, startPipeline } from "../testing/pipeline.ts";
import { okJson } from "./testing/truth_test_case.ts";

const CODES = { "patient_id": "p-1", "recording_id": "json" };
const WINDOW = "/eeg?patient_id=p-1&recording_id=json";

async function withPipeline(test: (pipeline: Pipeline) => Promise<void>): Promise<void> {
  const pipeline = await startPipeline("plan_json");
  if (pipeline === undefined) return;
  try {
    await test(pipeline);
  } finally {
    await pipeline.close();
  }
}

Deno.test("POST /ingest and GET /eeg keep every number bit for bit", async () => {
  await withPipeline(async (pipeline) => {
    const awkward = [0.1, -0, 5e-324, 1.7976931348623157e308, 1 / 3, 123456.789, -1e-7, 2 ** 53];
    const rows = [awkward, awkward.toReversed(), awkward.map((value) => -value)];
    // JSON.stringify writes -0 as 0; JSON itself can say it.
    const text = JSON.stringify({
      ...CODES,
      channels: ["T8-P8", "CZ-PZ", "T8-P8"],
      start: 0,
      end: 1,
      "sample_rate": 8,
      samples: rows.map((row) => row.map((value) => Object.is(value, -0) ? "NEGATIVE" : value)),
    }).replaceAll('"NEGATIVE"', "-0");
    const response = await pipeline.ingest.request("/ingest", {
      method: "POST",
      headers: {
        authorization: `Bearer ${await pipeline.token({ role: "device" })}`,
        "content-type": "application/json",
      },
      body: text,
    });
    strictEqual(response.status, 201, await response.text());
    const { channels, gaps, units } = await okJson<WindowJson>(
      await pipeline.get(`${WINDOW}&start=0&end=1`),
    );
    deepStrictEqual(gaps, []);
    deepStrictEqual(units, { "T8-P8": "uV", "CZ-PZ": "uV", "T8-P8#2": "uV" });
    deepStrictEqual(Object.keys(channels), ["T8-P8", "CZ-PZ", "T8-P8#2"]);
    for (const [index, values] of Object.values(channels).entries()) {
      deepStrictEqual(values.map(({ timestamp }) => timestamp), awkward.map((_, i) => i / 8));
      values.forEach(({ value }, i) =>
        ok(Object.is(value, rows[index]![i]), `${value}, not ${rows[index]![i]}`)
      );
    }
  });
});

Deno.test("JSON chunks in any order make one recording, with the seconds that are missing as pending", async () => {
  await withPipeline(async (pipeline) => {
    const send = async (start: number) => {
      const response = await pipeline.post("/ingest", {
        ...CODES,
        channels: ["A"],
        start,
        "sample_rate": 4,
        samples: [[start, start, start, start]],
      });
      await response.body?.cancel();
      return response.status;
    };
    for (const start of [5, 0, 3]) strictEqual(await send(start), 201);
    strictEqual(await send(3), 200, "the same again is a repeat");
    const { channels, gaps } = await okJson<WindowJson>(
      await pipeline.get(`${WINDOW}&start=0&end=8`),
    );
    deepStrictEqual(
      channels["A"]!.map(({ value }) => value),
      [0, 3, 5].flatMap((v) => [v, v, v, v]),
    );
    deepStrictEqual(gaps.map(({ kind, start, end }) => [kind, start, end]), [
      ["pending", "1", "3"],
      ["pending", "4", "5"],
    ]);
  });
});

Deno.test("JSON with calibrations holds integers, and gives physical values back", async () => {
  await withPipeline(async (pipeline) => {
    const response = await pipeline.post("/ingest", {
      ...CODES,
      channels: ["FP1-F7"],
      unit: "uV",
      calibrations: [{
        "digital_min": -2048,
        "digital_max": 2047,
        "physical_min": "-800",
        "physical_max": "800",
      }],
      start: 0,
      "sample_rate": 4,
      // CHB-MIT has samples outside its digital range; so does this.
      samples: [[130, 0, -3000, 4000]],
    });
    strictEqual(response.status, 201, await response.text());
    const { channels } = await okJson<WindowJson>(await pipeline.get(`${WINDOW}&start=0&end=1`));
    deepStrictEqual(channels["FP1-F7"]!.map(({ value }) => value!.toFixed(6)), [
      "50.989011",
      "0.195360",
      "-1171.965812",
      "1563.076923",
    ]);
    const refused = await pipeline.post("/ingest", {
      ...CODES,
      channels: ["FP1-F7"],
      start: 1,
      "sample_rate": 4,
      samples: [[1, 2, 3, 4]],
    });
    strictEqual(refused.status, 422, "without calibration it is another channel");
    await refused.body?.cancel();
  });
});
