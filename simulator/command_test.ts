import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { numberFlag, parseFlags, seedFlag, textFlag, urlFlag, UsageError } from "./command.ts";

const OPTIONS = {
  "n": { type: "string" },
  "seed": { type: "string" },
  "url": { type: "string" },
} as const;
const parse = (...args: string[]) => parseFlags(args, OPTIONS);

Deno.test("parseFlags() drops the two dashes that a task hands on, and keeps what follows", () => {
  const flags = parse("--", "--n", "4", "rest");
  deepStrictEqual([textFlag(flags, "n"), flags.positionals], ["4", ["rest"]]);
  throws(() => parse("--unknown"), UsageError);
  throws(() => parse("--n"), UsageError);
});

Deno.test("numberFlag() takes numbers inside the range and no other spelling", () => {
  strictEqual(numberFlag(parse("--n", "0.5"), "n", { min: 0, max: 1 }), 0.5);
  strictEqual(numberFlag(parse(), "n", { min: 0, max: 1 }), undefined);
  for (const text of ["", "0x1", "NaN", "Infinity", "1e999", "1,5", "2"]) {
    throws(() => numberFlag(parse("--n", text), "n", { min: 0, max: 1 }), UsageError, text);
  }
  throws(() => numberFlag(parse("--n", "0.5"), "n", { min: 0, max: 1, integer: true }), UsageError);
  throws(
    () => numberFlag(parse("--n", "0"), "n", { min: 0, max: 1, minExclusive: true }),
    /must be a number above 0 to 1/,
  );
});

Deno.test("seedFlag() takes 32 bits, and draws where none are named", () => {
  strictEqual(seedFlag(parse("--seed", "4294967295"), () => 7), 2 ** 32 - 1);
  strictEqual(seedFlag(parse(), () => 7), 7);
  for (const text of ["4294967296", "-1", "1.5", "x"]) {
    throws(() => seedFlag(parse("--seed", text)), UsageError, text);
  }
});

Deno.test("urlFlag() takes http addresses and leaves the last slash away", () => {
  strictEqual(urlFlag(parse("--url", "http://h:1/"), "url", "http://x"), "http://h:1");
  for (const text of ["h:1", "file:///etc/passwd", "ws://h"]) {
    throws(() => urlFlag(parse("--url", text), "url", "http://x"), UsageError, text);
  }
});
