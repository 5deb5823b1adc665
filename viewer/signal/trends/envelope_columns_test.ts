import { deepStrictEqual } from "node:assert/strict";
import { envelopeColumns } from "./envelope_columns.ts";

const calibration = {
  digitalMin: -1000,
  digitalMax: 1000,
  physicalMin: "500",
  physicalMax: "-500",
};

Deno.test("envelopeColumns() calibrates, turns with a negative gain, and keeps holes", () => {
  const channel = { calibration };
  const columns = envelopeColumns({
    start: "10",
    end: "50",
    columns: 4,
    complete: true,
    streams: [
      {
        "first_column": 0,
        "column_count": 2,
        channels: [{ channel, least: [-100, null], greatest: [200, null] }],
      },
      {
        "first_column": 2,
        "column_count": 2,
        channels: [{ channel: { calibration: null }, least: [1, 2], greatest: [3, 4] }],
      },
    ],
  });
  deepStrictEqual([columns.start, columns.secondsPerColumn], [10, 10]);
  deepStrictEqual([...columns.least], [-100, NaN, 1, 2]);
  deepStrictEqual([...columns.greatest], [50, NaN, 3, 4]);
});
