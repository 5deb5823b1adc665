import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { selectStretch } from "../signal/selection.ts";
import { testMark } from "../testing/test_mark.ts";
import { contentOf, draftOf, newDraft, withLabel, withTerm } from "./mark_draft.ts";

const draft = newDraft(selectStretch(10, 2.5, [1]));

Deno.test("contentOf() of a draft with a term has the term's kind", () => {
  deepStrictEqual(contentOf(withTerm(draft, "seizure-focal-aware")), {
    kind: "seizure",
    term: "seizure-focal-aware",
    text: "",
    onset: 10,
    duration: 2.5,
    rows: [1],
  });
});

Deno.test("contentOf() takes the term that what was typed leads to", () => {
  strictEqual(contentOf(withLabel(draft, "foc aw")).term, "seizure-focal-aware");
});

Deno.test("contentOf() keeps words that lead to no term as text", () => {
  const own = { ...withLabel(draft, "odd rhythm"), text: "left" };
  const { kind, term, text } = contentOf(own);
  deepStrictEqual([kind, term, text], ["note", null, "odd rhythm: left"]);
});

Deno.test("contentOf() without length is a point", () => {
  strictEqual(contentOf(newDraft(selectStretch(10, null))).duration, null);
});

Deno.test("draftOf() changes nothing by itself", () => {
  const mark = testMark({ kind: "seizure", term: "seizure", onset: 3, duration: 4, text: "left" });
  const { onset, duration, text, kind, term, rows } = mark;
  deepStrictEqual(contentOf(draftOf(mark)), { kind, term, text, onset, duration, rows });
});
