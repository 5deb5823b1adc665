import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { differencesOf, digestNames, evidenceQuery, parseEvidence } from "./evidence.ts";

const EVIDENCE = {
  sha256: "0123456789abcdef".repeat(4),
  build: "feedfacecafebeef",
  sensitivity: 10,
  hidden: ["ECG", "T8-P8#2"],
  isOffsetRemoved: true,
  isFrontLeftOut: true,
  pixelsPerMm: 3.7795,
  rows: digestNames(["FP1-F7", "ECG", "T8-P8#2"]),
};

const open = (query: Record<string, string>) =>
  parseEvidence((name) => new URLSearchParams(query).get(name) ?? undefined)!;
const NOW = { ...EVIDENCE, query: { low: "1" }, names: ["FP1-F7", "ECG", "T8-P8#2"] };

Deno.test("parseEvidence() reads back what evidenceQuery() wrote", () => {
  const opened = open({ ...evidenceQuery(EVIDENCE), low: "1" });
  deepStrictEqual(opened, { ...EVIDENCE, asked: { low: "1" } });
  deepStrictEqual(differencesOf(opened, NOW), []);
  strictEqual(parseEvidence(() => undefined), undefined);
});

Deno.test("differencesOf() names everything that is not as it was", () => {
  const opened = open({
    ...evidenceQuery(EVIDENCE),
    sha256: "f".repeat(64),
    build: "0000",
    uvmm: "11",
    hidden: "Pz",
    names: "00000000",
    pxmm: "5",
    low: "0.7",
    phase: "sideways",
  });
  const texts = differencesOf(opened, NOW);
  strictEqual(texts.length, 8);
  for (
    const word of ["samples", "version", "low", "phase", "11 µV/mm", "other rows", "Pz", "mill"]
  ) {
    ok(texts.some((text) => text.includes(word)), word);
  }
});
