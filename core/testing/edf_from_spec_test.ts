import { deepStrictEqual, ok } from "node:assert/strict";
import { edfFromSpec } from "./edf_from_spec.ts";
import { readShared } from "./shared_data.ts";

Deno.test("edf_from_spec.ts imports nothing", async () => {
  const source = await Deno.readTextFile(new URL("edf_from_spec.ts", import.meta.url));
  ok(!/^\s*(import|export .* from)\b/m.test(source));
  ok(!source.includes("import("));
});

Deno.test("edfFromSpec() makes Kemp's calibration file, byte for byte", async () => {
  const original = await readShared("parser-corpus/kemp_calib.rec");
  if (original === undefined) return;
  deepStrictEqual(
    edfFromSpec({
      patientId: "10s Square wave 1Hz -/+50uV, followed by 10s sinewave +/-75uV",
      recordingId: "Starts 16-DEC-1996 at 15.14.31 hr with -50uV",
      startDate: "16.12.96",
      startTime: "15.14.31",
      recordDuration: "10",
      signals: [{
        label: "Calibration",
        transducer: "software generated",
        physicalMin: "-100",
        physicalMax: "100",
        digitalMin: "-4096",
        digitalMax: "4096",
        records: [original.subarray(512, 2512), original.subarray(2512)],
      }],
    }),
    original,
  );
});
