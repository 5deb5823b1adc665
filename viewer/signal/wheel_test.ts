import { deepStrictEqual } from "node:assert/strict";
import { WheelSum, type WheelTurn } from "./wheel.ts";

function checkSteps(turns: Partial<WheelTurn>[], expected: [string, number][]): void {
  const sum = new WheelSum();
  const none = { deltaX: 0, deltaY: 0, deltaMode: 0, ctrlKey: false, shiftKey: false };
  deepStrictEqual(
    turns.map((turn) => sum.add({ ...none, ...turn })).map(({ kind, steps }) => [kind, steps]),
    expected,
  );
}

Deno.test("WheelSum makes a step of a notch, in pixels and in lines", () => {
  checkSteps([{ deltaY: 100 }, { deltaY: -120 }, { deltaY: 3, deltaMode: 1 }], [
    ["time", 1],
    ["time", -1],
    ["time", 1],
  ]);
});

Deno.test("WheelSum sums the small distances of a touch pad, and forgets them when it turns round", () => {
  checkSteps([{ deltaY: 60 }, { deltaY: 60 }, { deltaY: -60 }, { deltaY: -60 }], [
    ["time", 0],
    ["time", 1],
    ["time", 0],
    ["time", -1],
  ]);
});

Deno.test("WheelSum takes Ctrl for the timebase and Shift for rows, sideways too", () => {
  checkSteps([
    { deltaY: 100, ctrlKey: true },
    { deltaX: 100, shiftKey: true },
    { deltaX: 100 },
  ], [["timebase", 1], ["rows", 1], ["time", 1]]);
});
