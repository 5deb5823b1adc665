import { deepStrictEqual } from "node:assert/strict";
import { testModel } from "../testing/test_model.ts";
import { recordedStretches } from "./recorded_stretches.ts";

Deno.test("recordedStretches() leaves gaps between segments and holes of all streams out", () => {
  const hole = { kind: "lost", uncertainty: 0, segmentId: "b" } as const;
  deepStrictEqual(
    recordedStretches(testModel({
      holes: [
        { ...hole, start: 24, end: 25, stream: null },
        { ...hole, start: 27, end: 28, stream: 1 },
        { ...hole, start: 29, end: 40, stream: null },
      ],
    })),
    [{ start: 0, end: 10 }, { start: 20, end: 24 }, { start: 25, end: 29 }],
  );
});
