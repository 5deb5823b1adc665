/**
 * A small recording model for tests: two segments of four channels with a gap between them.
 *
 * @module
 */

import type { RecordingModel } from "../signal/recording_model.ts";

const CALIBRATION = {
  digitalMin: -2048,
  digitalMax: 2047,
  physicalMin: "-800",
  physicalMax: "800",
};

/** The model, with some members replaced. */
export function testModel(changes: Partial<RecordingModel> = {}): RecordingModel {
  const channels = [0, 1, 2].map((row) => ({ row, calibration: CALIBRATION }));
  const streams = (endSample: number) => [
    { stream: 0, rate: { samples: "256", seconds: "1" }, endSample, channels },
    {
      stream: 1,
      rate: { samples: "1", seconds: "1" },
      endSample: Math.floor(endSample / 256),
      channels: [{ row: 3, calibration: { ...CALIBRATION, physicalMin: "0", physicalMax: "100" } }],
    },
  ];
  const eeg = (name: string, side: "left" | "right") => ({
    name,
    label: name,
    type: "eeg" as const,
    unit: "uV",
    side,
    microvoltsPerUnit: 1,
    range: { min: -800, max: 800 },
    isPhysical: true,
  });
  return {
    patientId: "p1",
    recordingId: "r1",
    status: "closed",
    startedAt: { civil: "2076-11-06T13:43:04", zone: null },
    durationSeconds: 30,
    endSeconds: 30,
    rows: [
      eeg("FP1-F7", "left"),
      eeg("T8-P8", "right"),
      eeg("T8-P8#2", "right"),
      {
        ...eeg("SpO2", "left"),
        type: "saturation",
        unit: "%",
        side: "other",
        microvoltsPerUnit: null,
        range: { min: 0, max: 100 },
      },
    ],
    segments: [
      { id: "a", number: 0, start: "0", end: 10, clock: "zone-unknown", streams: streams(2560) },
      { id: "b", number: 1, start: "20", end: 30, clock: "zone-unknown", streams: streams(2560) },
    ],
    holes: [{
      kind: "not-recorded",
      start: 10,
      end: 20,
      uncertainty: 0,
      segmentId: null,
      stream: null,
    }],
    rowOfPosition: [0, 1, 2, 3],
    marks: [],
    unplacedMarkCount: 0,
    ageSeconds: 3600,
    asOf: "2026-11-21T00:00:00Z",
    ...changes,
  };
}
