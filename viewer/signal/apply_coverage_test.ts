import { strictEqual } from "node:assert/strict";
import { testModel } from "../testing/test_model.ts";
import { applyCoverage } from "./apply_coverage.ts";

Deno.test("applyCoverage() lengthens streams, their segment and the recording", () => {
  const { model, isOutdated } = applyCoverage(testModel(), {
    endSeconds: 31,
    streams: [{ segmentId: "b", stream: 0, endSample: 2816 }],
  });
  strictEqual(model.segments[1]?.end, 31);
  strictEqual(model.segments[1]?.streams[0]?.endSample, 2816);
  strictEqual(model.endSeconds, 31);
  strictEqual(isOutdated, false);
});

Deno.test("applyCoverage() never makes a model shorter", () => {
  const { model } = applyCoverage(testModel(), {
    endSeconds: 3,
    streams: [{ segmentId: "b", stream: 0, endSample: 1 }],
  });
  strictEqual(model.endSeconds, 30);
  strictEqual(model.segments[1]?.streams[0]?.endSample, 2560);
});

Deno.test("applyCoverage() notices a segment it does not know", () => {
  const streams = [{ segmentId: "c", stream: 0, endSample: 1 }];
  strictEqual(applyCoverage(testModel(), { endSeconds: 31, streams }).isOutdated, true);
});
