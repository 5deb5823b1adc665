import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { RecordingDetail } from "@wavekeep/core/wire";
import { buildModel } from "./build_model.ts";
import { CHUNKS_MEDIA_TYPE } from "./workers/load_window.ts";
import { CHUNKS_MEDIA_TYPE as WIRE_MEDIA_TYPE } from "@wavekeep/core/wire";

function channel(position: number, label: string, changes = {}) {
  return {
    position,
    label,
    type: "eeg" as const,
    unit: "uV",
    calibration: {
      digitalMin: -2048,
      digitalMax: 2047,
      physicalMin: "-800",
      physicalMax: "800",
    },
    reference: "",
    prefilter: "",
    ...changes,
  };
}

function detail(channels: ReturnType<typeof channel>[][]): RecordingDetail {
  const rates = [{ samples: "256", seconds: "1" }];
  const streams = channels.map((of, stream) => ({
    stream,
    rate: rates[0]!,
    kind: "int32" as const,
    "descriptor_digest": "0".repeat(64),
    channels: of,
    "chunk_count": 1,
    "end_sample": 256,
    "end_sequence": 1,
  }));
  return {
    "patient_id": "p",
    "recording_id": "r",
    status: "open",
    "started_at": null,
    "duration_seconds": "1",
    complete: false,
    "channel_count": 0,
    channels: [],
    rates,
    "segment_count": 1,
    holes: [],
    "annotation_count": 0,
    "seizure_count": 0,
    "last_received_at": "2026-11-21T00:00:00.000Z",
    "as_of": "2026-11-21T00:00:02.500Z",
    segments: [{
      "segment_id": "a".repeat(32),
      "segment_number": 0,
      "segment_digest": "0".repeat(64),
      "start_seconds": "0",
      "start_uncertainty_seconds": "0",
      "end_seconds": "1",
      clock: "unknown",
      implicit: false,
      streams,
    }],
  };
}

const noMarks = { annotations: [], "as_of": "" };

Deno.test("buildModel() keeps file order across streams and names repeated labels apart", () => {
  const model = buildModel(
    detail([[channel(0, "T8-P8"), channel(2, "T8-P8")], [channel(1, "SpO2", { unit: "%" })]]),
    noMarks,
  );
  deepStrictEqual(model.rows.map(({ name }) => name), ["T8-P8", "SpO2", "T8-P8#2"]);
  deepStrictEqual(model.segments[0]?.streams[0]?.channels.map(({ row }) => row), [0, 2]);
  strictEqual(model.rows[1]?.microvoltsPerUnit, null);
});

Deno.test("buildModel() calls a degenerate calibration digital steps", () => {
  const calibration = { digitalMin: 0, digitalMax: 0, physicalMin: "0", physicalMax: "1" };
  const { rows } = buildModel(detail([[channel(0, "X", { calibration })]]), noMarks);
  deepStrictEqual([rows[0]?.isPhysical, rows[0]?.microvoltsPerUnit], [false, null]);
});

Deno.test("buildModel() reckons the age of the newest commit by the server's clock", () => {
  strictEqual(buildModel(detail([[channel(0, "X")]]), noMarks).ageSeconds, 2.5);
});

Deno.test("the worker's media type is the wire's", () => {
  strictEqual(CHUNKS_MEDIA_TYPE, WIRE_MEDIA_TYPE);
});

Deno.test("buildModel() calls nothing live that is complete", () => {
  const arriving = detail([[channel(0, "X")]]);
  strictEqual(buildModel({ ...arriving, complete: true }, noMarks).ageSeconds, null);
});
