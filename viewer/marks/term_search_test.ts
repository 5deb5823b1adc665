import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { EVENT_TERMS } from "@wavekeep/core/recording/terms";
import { findTerms, OFFERED_MAX, QUICK_TERMS, termOfDigit } from "./term_search.ts";

Deno.test("QUICK_TERMS are the digits 1 to 8, in order", () => {
  deepStrictEqual(QUICK_TERMS.map(({ code }) => code), [1, 2, 3, 4, 5, 6, 7, 8]);
  strictEqual(termOfDigit("1")?.id, "seizure");
  strictEqual(termOfDigit("9"), undefined);
});

Deno.test("findTerms() finds every term by its whole name, first", () => {
  for (const term of EVENT_TERMS) strictEqual(findTerms(term.name)[0]?.id, term.id);
});

Deno.test("findTerms() takes beginnings of words in any order, and groups", () => {
  strictEqual(findTerms("aw foc")[0]?.id, "seizure-focal-aware");
  ok(findTerms("artif").every(({ group }) => group === "Artifact"));
  ok(findTerms("s").length <= OFFERED_MAX);
  deepStrictEqual(findTerms("zzz"), []);
});
