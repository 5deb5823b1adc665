import { notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { FirstMoments, hasTag, strongTag, tagOfMoment } from "./conditional.ts";

Deno.test("strongTag() is a quoted tag that changes with any fact", () => {
  ok(/^"[0-9a-f]{43}"$/.test(strongTag("a", 1)));
  strictEqual(strongTag("a", 1), strongTag("a", 1));
  notStrictEqual(strongTag("a", 1), strongTag("a", 2));
  notStrictEqual(strongTag("a", "b"), strongTag("ab"));
});

Deno.test("hasTag() finds a tag in a list, weak or strong, and honours the star", () => {
  strictEqual(hasTag(undefined, '"x"'), false);
  strictEqual(hasTag('"y", W/"x"', '"x"'), true);
  strictEqual(hasTag('"y"', '"x"'), false);
  strictEqual(hasTag("*", '"x"'), true);
});

Deno.test("FirstMoments keeps the first moment of the same facts", () => {
  const moments = new FirstMoments();
  strictEqual(moments.momentOf("facts", "1"), "1");
  strictEqual(moments.momentOf("facts", "2"), "1");
  strictEqual(moments.momentOf("others", "2"), "2");
});

Deno.test("FirstMoments forgets the oldest, so that it stays small", () => {
  const moments = new FirstMoments();
  moments.momentOf("first", "1");
  for (let i = 0; i < 2_000; i++) moments.momentOf(`facts ${i}`, "2");
  strictEqual(moments.momentOf("first", "3"), "3");
});

Deno.test("tagOfMoment() is a quoted tag that changes with facts and moment", () => {
  const [facts, asOf] = [strongTag("a"), "2026-11-21T00:00:00.000000Z"];
  const tag = tagOfMoment(facts, asOf);
  ok(/^"[\x21\x23-\x7e]+"$/.test(tag), "RFC 9110 section 8.8.3");
  notStrictEqual(tagOfMoment(strongTag("b"), asOf), tag);
  notStrictEqual(tagOfMoment(facts, asOf.replace("21", "22")), tag);
  strictEqual(hasTag(`W/${tag}`, tag), true);
});
