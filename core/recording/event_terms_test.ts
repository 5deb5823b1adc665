/** Tests of the vocabulary of marks, and of the members of a mark that lean on it. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { AnnotationInput, AnnotationKind } from "./annotation.ts";
import { EVENT_TERMS } from "./event_terms.ts";

Deno.test("EVENT_TERMS have ids of their own that fit the wire, kinds there are, and a tag", () => {
  strictEqual(new Set(EVENT_TERMS.map(({ id }) => id)).size, EVENT_TERMS.length);
  for (const { id, kind, name, hed } of EVENT_TERMS) {
    ok(/^[a-z][a-z0-9-]{0,63}$/.test(id), id);
    ok(AnnotationKind.options.includes(kind), id);
    ok(name !== "" && hed !== "", id);
  }
});

Deno.test("EVENT_TERMS have each quick code from 1 to 8 once", () => {
  const codes = EVENT_TERMS.flatMap(({ code }) => code ?? []);
  deepStrictEqual(codes.sort(), [1, 2, 3, 4, 5, 6, 7, 8]);
});

const mark = {
  "annotation_id": "a".repeat(32),
  kind: "seizure",
  source: "algorithm",
  anchor: { coordinate: "recording", onset: "1" },
  duration: null,
  text: "",
};
const detection = { method: "line-length", version: "2", score: 0.5 };

for (
  const [what, changes, isTaken] of [
    ["of before there were terms", {}, true],
    ["with a term and a detection", { term: "spike", detection }, true],
    ["with a detection that has no score", { detection: { ...detection, score: null } }, true],
    ["with an unknown term", { term: "fit" }, false],
    ["of a person with a detection", { source: "human", detection }, false],
    ["of a person without one", { source: "human", detection: null }, true],
    ["with half a detection", { detection: { method: "x" } }, false],
  ] as const
) {
  Deno.test(`AnnotationInput ${isTaken ? "takes" : "refuses"} a mark ${what}`, () => {
    strictEqual(AnnotationInput.safeParse({ ...mark, ...changes }).success, isTaken);
  });
}
