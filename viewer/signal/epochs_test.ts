import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { testMark } from "../testing/test_mark.ts";
import { epochAt, epochCount, epochsOfPage, showEpoch, stageLetters } from "./epochs.ts";

Deno.test("epochs are counted from one, and the last may be cut short", () => {
  deepStrictEqual([0, 29.999, 30, 3600].map(epochAt), [1, 1, 2, 121]);
  deepStrictEqual([0, 30, 30.1, 86_400].map(epochCount), [1, 1, 2, 2880]);
});

Deno.test("showEpoch() never leaves the recording", () => {
  const page = { start: 0, seconds: 30, end: 95 };
  deepStrictEqual([-5, 29, 30, 90, 500].map((at) => showEpoch(page, at).start), [0, 0, 30, 90, 90]);
});

Deno.test("epochsOfPage() gives each epoch its stage", () => {
  const stage = (onset: number, duration: number | null, text: string) =>
    testMark({ id: `s${onset}`, kind: "sleep-stage", onset, duration, text });
  const marks = [stage(0, 60, "Sleep stage W"), stage(60, null, "N2"), stage(90, 30, "Stage R")];
  const page = { start: 0, seconds: 150, end: 300 };
  deepStrictEqual(epochsOfPage(marks, page).map(({ number, stage }) => `${number}${stage}`), [
    "1W",
    "2W",
    "3N2",
    "4R",
    "5",
  ]);
});

Deno.test("stageLetters() reads both scorings and common spellings", () => {
  const read = (text: string) => stageLetters({ text, term: null });
  deepStrictEqual(["Sleep stage N2", "REM", "Sleep stage 4", "wake", "MT", "S1"].map(read), [
    "N2",
    "R",
    "N3",
    "W",
    "M",
    "N1",
  ]);
  strictEqual(read("Sleep stage ?"), "Sleep stage ");
});
