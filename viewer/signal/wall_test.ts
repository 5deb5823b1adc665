import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { testMark } from "../testing/test_mark.ts";
import { reviewText, tileWindow, wallMarks, wallSensitivity, wallSubjects } from "./wall.ts";

const review = { verdict: "rejected" as const, by: "amber", at: "", disputed: false };
const marks = [
  testMark({ id: "a", kind: "seizure", source: "file", onset: 5, review }),
  testMark({ id: "b", kind: "seizure", source: "algorithm", term: "seizure-focal", onset: 20 }),
  testMark({ id: "c", kind: "note", term: "spike", onset: 30 }),
  testMark({ id: "d", kind: "clip", text: "Clip [uv=7]", onset: 40, duration: 10 }),
  testMark({ id: "e", kind: "seizure", source: "human", onset: 50 }),
];
const idsOf = (
  ...options: Parameters<typeof wallMarks> extends [unknown, ...infer R] ? R : never
) => wallMarks(marks, ...options).map(({ id }) => id).join("");

Deno.test("wallSubjects() count seizures, each name, and clips apart from events", () => {
  deepStrictEqual(wallSubjects(marks).map(({ name, count }) => `${name} ${count}`), [
    "All seizures 3",
    "Focal onset seizure 1",
    "Seizure 2",
    "Spike 1",
    "Clips 1",
  ]);
  deepStrictEqual(wallSubjects([]).map(({ subject }) => subject), ["seizures"]);
});

Deno.test("wallMarks() are those of the subject; clips only where they are asked for", () => {
  strictEqual(idsOf("seizures"), "abe");
  strictEqual(idsOf("name:Spike"), "c");
  strictEqual(idsOf("clips"), "d");
  strictEqual(idsOf("name:Clip"), "");
});

Deno.test("wallMarks() not reviewed first: then people's, then what was judged", () => {
  strictEqual(idsOf("seizures", "review"), "bea");
});

Deno.test("tileWindow() keeps the onset at its place where the recording begins later", () => {
  const stretch = { before: 10, seconds: 40 };
  deepStrictEqual(tileWindow(100, stretch), { start: 90, seconds: 40, missing: 0 });
  deepStrictEqual(tileWindow(4, stretch), { start: 0, seconds: 34, missing: 6 });
  // A mark before the recording has nothing to show.
  deepStrictEqual(tileWindow(-40, stretch), { start: -10, seconds: 0, missing: 40 });
});

Deno.test("wallSensitivity() grows as rows shrink, in steps that have a name", () => {
  strictEqual(wallSensitivity(7, { page: 22, tile: 22 }), 50);
  strictEqual(wallSensitivity(7, { page: 22, tile: 10 }), 100);
  strictEqual(wallSensitivity(200, { page: 40, tile: 5 }), 200);
});

Deno.test("reviewText() says how the reviews stand, and nothing of nothing", () => {
  strictEqual(reviewText(marks), "1 rejected, 1 not reviewed, 3 by readers");
  strictEqual(reviewText([]), "");
});
