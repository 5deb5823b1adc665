import { strictEqual } from "node:assert/strict";
import { CivilText, Code, DecimalSeconds, Hex16, RateText } from "./codes.ts";

const accepts = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown) =>
  schema.safeParse(value).success;

Deno.test("Code takes pseudonyms and nothing that could leave a path or a log line", () => {
  for (const code of ["chb01", "chb01_03.edf", "A", "x".repeat(64)]) {
    strictEqual(accepts(Code, code), true);
  }
  for (const code of ["", "x".repeat(65), "a/b", "a b", "a\n", "é", "a%2f"]) {
    strictEqual(accepts(Code, code), false, code);
  }
});

Deno.test("DecimalSeconds takes exact decimal text only", () => {
  for (const text of ["0", "-1.5", "+2.3457031", "79500"]) {
    strictEqual(accepts(DecimalSeconds, text), true);
  }
  for (const text of ["", "1e3", "NaN", "1,5", ".5", "5.", " 1", "Infinity"]) {
    strictEqual(accepts(DecimalSeconds, text), false, text);
  }
});

Deno.test("Hex16, CivilText and RateText refuse near misses", () => {
  strictEqual(accepts(Hex16, "0".repeat(32)), true);
  strictEqual(accepts(Hex16, "A".repeat(32)), false);
  strictEqual(accepts(CivilText, "2076-11-06T13:43:04"), true);
  strictEqual(accepts(CivilText, "2076-11-06T13:43:04Z"), false);
  strictEqual(accepts(RateText, { samples: "256", seconds: "1" }), true);
  strictEqual(accepts(RateText, { samples: "0", seconds: "1" }), false);
});
