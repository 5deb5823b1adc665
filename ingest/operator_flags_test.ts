import { strictEqual, throws } from "node:assert/strict";
import { actorOf, isCode, siteOf } from "./operator_flags.ts";

Deno.test("siteOf() takes the number of a site and nothing else", () => {
  strictEqual(siteOf("12"), 12);
  for (const text of [undefined, "", "0", "-1", "1.5", "a", "1234567890"]) {
    throws(() => siteOf(text), /--site must be the number of a site/);
  }
});

Deno.test("actorOf() is the operator, or who it says", () => {
  strictEqual(actorOf(undefined), "operator");
  strictEqual(actorOf("dr.b@site"), "dr.b@site");
  for (const text of ["", "a b", "x".repeat(129), "a\n"]) throws(() => actorOf(text), /--actor/);
});

Deno.test("isCode() knows a code of a patient or a recording", () => {
  strictEqual(isCode("P-01.a_b"), true);
  for (const text of [undefined, "", "a/b", "x".repeat(65), "ä"]) strictEqual(isCode(text), false);
});
