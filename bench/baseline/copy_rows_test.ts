import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { copyRows } from "./copy_rows.ts";

const chunk = {
  patientId: "p",
  recordingId: "r",
  channels: ["A", "Bé"],
  start: 2,
  sampleRateHz: 2,
  samples: [[1.5, -1], [0, 8]],
};

Deno.test("copyRows() lays out header, rows and trailer as PostgreSQL documents them", () => {
  const bytes = copyRows([{ ...chunk, channels: ["A"], samples: [[1.5]] }]);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  strictEqual(
    hex,
    "5047434f50590aff0d0a00" + "00000000" + "00000000" +
      "0005" + "00000001" + "70" + "00000001" + "72" + "00000001" + "41" +
      "00000008" + "4000000000000000" + "00000008" + "3ff8000000000000" + "ffff",
  );
});

Deno.test("copyRows() gives one row a sample, channel after channel", () => {
  const bytes = copyRows([chunk, { ...chunk, start: 3 }]);
  const view = new DataView(bytes.buffer);
  const found: [string, number, number][] = [];
  let offset = 19;
  while (view.getInt16(offset) === 5) {
    const at = offset + 2 + 5 + 5;
    const labelBytes = view.getInt32(at);
    const label = new TextDecoder().decode(bytes.subarray(at + 4, at + 4 + labelBytes));
    offset = at + 4 + labelBytes + 24;
    found.push([label, view.getFloat64(offset - 20), view.getFloat64(offset - 8)]);
  }
  deepStrictEqual(found, [
    ["A", 2, 1.5],
    ["A", 2.5, -1],
    ["Bé", 2, 0],
    ["Bé", 2.5, 8],
    ["A", 3, 1.5],
    ["A", 3.5, -1],
    ["Bé", 3, 0],
    ["Bé", 3.5, 8],
  ]);
  strictEqual(offset + 2, bytes.byteLength);
});
