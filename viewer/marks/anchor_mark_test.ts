import { deepStrictEqual } from "node:assert/strict";
import { testModel } from "../testing/test_model.ts";
import { anchorAt } from "./anchor_mark.ts";
import { decimalText } from "./mark_edit.ts";

Deno.test("anchorAt() takes the stream of the first linked row, and a position between samples", () => {
  deepStrictEqual(anchorAt(testModel(), 22.5, [3]), {
    coordinate: "sample",
    "segment_id": "b",
    stream: 1,
    sample: "2.5",
  });
  deepStrictEqual(anchorAt(testModel(), 0.1, [0]), {
    coordinate: "sample",
    "segment_id": "a",
    stream: 0,
    sample: "25.6",
  });
});

Deno.test("anchorAt() holds on to the recording's seconds where there is no sample", () => {
  for (const onset of [10, 19.999, 30, -1]) {
    deepStrictEqual(anchorAt(testModel(), onset, null), {
      coordinate: "recording",
      onset: decimalText(onset),
    });
  }
});

Deno.test("decimalText() is plain decimal text without binary noise", () => {
  deepStrictEqual([0, 10, 100.5, 0.1 + 0.2, -3.25, 1e-7, 604_800.123456].map(decimalText), [
    "0",
    "10",
    "100.5",
    "0.3",
    "-3.25",
    "0",
    "604800.123456",
  ]);
});
