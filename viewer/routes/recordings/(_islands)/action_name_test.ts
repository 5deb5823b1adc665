import { strictEqual } from "node:assert/strict";
import { testModel } from "../../../testing/test_model.ts";
import { actionName } from "./action_name.ts";
import { openReading, type ReadingEvent, reduceReading } from "./reading_state.ts";
import { testMark } from "../../../testing/test_mark.ts";

const seizure = testMark({
  kind: "seizure",
  source: "file",
  onset: 22,
  duration: 5,
  text: "Seizure",
});

function checkName(event: ReadingEvent, expected: string | undefined, start = 0): void {
  const before = openReading(testModel({ marks: [seizure] }), { start });
  strictEqual(actionName(before, reduceReading(before, event), event), expected);
}

Deno.test("actionName() names what repaints", () => {
  checkName({ type: "action", action: "next-page" }, "page-turn");
  checkName({ type: "action", action: "step-forward" }, "page-turn");
  checkName({ type: "go-to", start: 12 }, "page-turn");
  checkName({ type: "action", action: "next-event" }, "event-jump");
  checkName({ type: "show", moment: 22 }, "event-jump");
  checkName({ type: "action", action: "larger" }, "sensitivity");
  checkName({ type: "sensitivity", sensitivity: 70 }, "sensitivity");
  checkName({ type: "action", action: "page-shorter" }, "page-length");
  checkName({ type: "action", action: "montage-average" }, "montage");
  checkName({ type: "peek", isPeeking: true }, "montage");
  checkName({ type: "action", action: "notch" }, "filter");
});

Deno.test("actionName() has no name for what changes nothing on the page", () => {
  checkName({ type: "action", action: "previous-page" }, undefined);
  checkName({ type: "action", action: "next-page" }, undefined, 20);
  checkName({ type: "montage", montage: { own: "C3-C4" } }, undefined);
  checkName({ type: "model", model: testModel({ endSeconds: 40 }) }, undefined);
});
