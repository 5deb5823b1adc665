import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { bytesByteSource, openEdf } from "@wavekeep/core/edf";
import { anonymousHeader, timekeepingOnly } from "./identity.ts";
import { edfFile } from "./testing/edf_files.ts";

const bytesOf = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

Deno.test("timekeepingOnly() keeps the onset and nothing that was written", () => {
  const cases: [given: string, kept: string][] = [
    ["+0\x14\x14\0\0\0", "+0\x14\x14\0\0\0"],
    ["+12.5\x14\x14Jane Doe\x14\0+3\x14x\x14\0", "+12.5\x14\x14"],
    ["+1\x152\x14\x14\0", "+1\x152\x14\x14\0"],
    ["\0+7\x14\x14\0", "\0+7\x14\x14\0"],
    ["+1\x14Jane Doe\x14\0", ""],
    ["Jane Doe\0", ""],
    ["\0\0\0", ""],
    ["", ""],
  ];
  for (const [given, kept] of cases) {
    const expected = new Uint8Array(given.length);
    expected.set(bytesOf(kept));
    deepStrictEqual(timekeepingOnly(bytesOf(given), true), expected, JSON.stringify(given));
    deepStrictEqual(timekeepingOnly(bytesOf(given), false), new Uint8Array(given.length));
  }
});

Deno.test("anonymousHeader() changes the two identification fields and keeps the start", async () => {
  const bytes = await edfFile({ format: "EDF", records: 2 });
  const file = await openEdf(bytesByteSource(bytes));
  const header = anonymousHeader(file);
  const changed = [...header].flatMap((byte, i) => byte === bytes[i] ? [] : [i]);
  strictEqual(changed.every((offset) => 8 <= offset && offset < 168), true);
  const text = new TextDecoder().decode(header);
  strictEqual(text.slice(8, 88).trimEnd(), "X X X X");
  strictEqual(text.slice(88, 168).trimEnd(), "Startdate 03-FEB-2031 X X X");
});
