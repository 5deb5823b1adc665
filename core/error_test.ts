/** Tests of the error vocabulary and of assertions. @module */

import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { assert, AssertionError, unreachable } from "./assert.ts";
import {
  ChecksumMismatchError,
  CodecStepError,
  CorruptInputError,
  InvalidSelectionError,
  isCoreError,
  LimitExceededError,
  MissingParameterSetError,
  toPlainError,
  TruncatedInputError,
  UnsupportedError,
} from "./error.ts";

const cause = new CorruptInputError("Cannot decode shift: 0", { offset: 4, field: "shift" });
const ALL = [
  new TruncatedInputError("m", { offset: 1, neededBytes: 2, availableBytes: 0 }),
  new CorruptInputError("m"),
  new ChecksumMismatchError("m", { expected: "00", actual: "01" }),
  new UnsupportedError("m", { feature: "codec", value: 9 }),
  new InvalidSelectionError("m"),
  new LimitExceededError("m", { limit: 1, actual: 2 }),
  new CodecStepError("m", { step: "raw", cause }),
  new MissingParameterSetError("m", { digest: new Uint8Array(32).fill(7) }),
];

Deno.test("every core error has its class name as tag and name, and is an Error", () => {
  for (const err of ALL) {
    strictEqual(err.tag, err.constructor.name);
    strictEqual(err.name, err.tag);
    ok(err instanceof Error && isCoreError(err) && isCoreError(err, err.tag));
    ok(String(err).startsWith(err.tag));
  }
  strictEqual(new Set(ALL.map((err) => err.tag)).size, 8);
});

Deno.test("isCoreError() refuses other errors, other tags and other values", () => {
  for (const value of [undefined, null, 1, "CorruptInputError", {}, new Error("m"), { tag: "x" }]) {
    ok(!isCoreError(value));
  }
  ok(!isCoreError(ALL[1], "UnsupportedError"));
});

Deno.test("a cause is kept, and absent when there is none", () => {
  strictEqual(ALL[6]!.cause, cause);
  ok(!Object.hasOwn(ALL[1]!, "cause"));
});

Deno.test("toPlainError() survives structuredClone with fields and causes", () => {
  const clone = structuredClone(toPlainError(ALL[6]!));
  ok(isCoreError(clone, "CodecStepError"));
  ok(isCoreError(clone.cause, "CorruptInputError"));
  strictEqual(clone.cause.field, "shift");
  deepStrictEqual(structuredClone(toPlainError(ALL[0]!)), {
    tag: "TruncatedInputError",
    name: "TruncatedInputError",
    message: "m",
    offset: 1,
    neededBytes: 2,
    availableBytes: 0,
  });
});

Deno.test("assert() and unreachable() throw AssertionError, which is no core error", () => {
  assert(true, "never");
  throws(() => assert(0, "zero is true"), AssertionError);
  throws(() => unreachable("x" as never), /unexpected value x/);
  ok(!isCoreError(new AssertionError("m")));
});
