import { deepStrictEqual } from "node:assert/strict";
import { matchEntries } from "./palette.ts";

const ENTRIES = [
  ["Pages", "Next page"],
  ["Montage", "Average reference"],
  ["Montage", "Cz reference"],
  ["Scale", "Page 10 s"],
  ["Scale", "Page 30 s"],
].map(([group, name]) => ({ group: group!, name: name!, keys: [], run: () => {} }));

function checkFound(text: string, expected: string[]): void {
  deepStrictEqual(matchEntries(ENTRIES, text).map(({ name }) => name), expected);
}

Deno.test("matchEntries() has everything without text, in order", () => {
  checkFound("  ", ENTRIES.map(({ name }) => name));
});

Deno.test("matchEntries() puts first what begins so, then words that do, then the rest", () => {
  checkFound("page", ["Page 10 s", "Page 30 s", "Next page"]);
  checkFound("ref mon", ["Average reference", "Cz reference"]);
  checkFound("PAGE 30", ["Page 30 s"]);
  checkFound("verag", ["Average reference"]);
});

Deno.test("matchEntries() finds nothing where a word is nowhere", () => {
  checkFound("page sixty", []);
});
