import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { formatSeconds } from "../time/mod.ts";
import { parseAnnotationSignal } from "./annotation_list.ts";

const place = { recordIndex: 3, signalIndex: 1, offset: 1000, keepsTime: true };

/** Letters are bytes; `|` is the end of a text, `~` begins a duration, `_` is the closing zero. */
function parse(shorthand: string, keepsTime = true) {
  const bytes = Uint8Array.from(shorthand, (letter) => {
    const special = { "|": 0x14, "~": 0x15, "_": 0 }[letter];
    return special ?? letter.charCodeAt(0);
  });
  return parseAnnotationSignal(bytes, { ...place, keepsTime });
}

function check(
  name: string,
  shorthand: string,
  expected: { onset?: string; marks?: [string, string | null, string][]; codes?: string[] },
): void {
  Deno.test(`parseAnnotationSignal() ${name}`, () => {
    const { recordOnset, annotations, diagnostics } = parse(shorthand);
    strictEqual(recordOnset && formatSeconds(recordOnset), expected.onset ?? null);
    deepStrictEqual(
      annotations.map(({ onset, duration, text }) => [
        formatSeconds(onset),
        duration && formatSeconds(duration),
        text,
      ]),
      expected.marks ?? [],
    );
    deepStrictEqual(diagnostics.map(({ code }) => code), expected.codes ?? []);
  });
}

check("reads the specification's example", "+180|Lights off|Close door|_", {
  marks: [["180", null, "Lights off"], ["180", null, "Close door"]],
});
check("reads a duration", "+0||_+1800.2~25.5|Apnea|_", {
  onset: "0",
  marks: [["1800.2", "25.5", "Apnea"]],
});
check("gives texts after the timekeeping entry the onset of the record", "+567||lights|door|_", {
  onset: "567",
  marks: [["567", null, "lights"], ["567", null, "door"]],
});
check("keeps texts that look like onsets", "+0.000000||+0.000000|+1.140000|_", {
  onset: "0",
  marks: [["0", null, "+0.000000"], ["0", null, "+1.140000"]],
});
check("takes zero for a duration and its absence for none", "+0||_+1~0|a|_+2|b|_", {
  onset: "0",
  marks: [["1", "0", "a"], ["2", null, "b"]],
});
check("reads negative onsets", "+0||_-12.5|before|_", {
  onset: "0",
  marks: [["-12.5", null, "before"]],
});
check("skips zeros between lists", "__+0||____+1|a|__", { onset: "0", marks: [["1", null, "a"]] });
check("reads nothing from nothing", "", {});
check("reads nothing from zeros", "____", {});
check("finds no time where the first list has a text", "+1|a|_+0||_", {
  marks: [["1", null, "a"]],
  codes: ["annotation-empty"],
});
check("keeps the text of a list that is cut off", "+0||_+1|a|b", {
  onset: "0",
  marks: [["1", null, "a"], ["1", null, "b"]],
  codes: ["annotation-unterminated"],
});
check("leaves out a list without a mark, and reads on", "+0||_+1_+2|a|_", {
  onset: "0",
  marks: [["2", null, "a"]],
  codes: ["annotation-unreadable"],
});
check("keeps a mark whose duration is no number", "+0||_+1~x|a|_+2~|b|_", {
  onset: "0",
  marks: [["1", null, "a"], ["2", null, "b"]],
  codes: ["annotation-duration-unreadable"],
});
check("notes a missing sign", "0||_1|a|_", {
  onset: "0",
  marks: [["1", null, "a"]],
  codes: ["annotation-onset-unsigned"],
});
check("reads bytes that are not UTF-8 as ISO 8859-1", "+0||_+1|\xff\x80|_", {
  onset: "0",
  marks: [["1", null, "\xff\x80"]],
  codes: ["annotation-text-not-utf8"],
});
check("reads UTF-8", "+0||_+1|\xe4\xbb\xb0\xe5\x8d\xa7|_", {
  onset: "0",
  marks: [["1", null, "仰卧"]],
});

Deno.test("parseAnnotationSignal() names the record and the offset of a finding", () => {
  const { diagnostics } = parse("+0||_+x|a|_");
  deepStrictEqual(
    diagnostics.map(({ recordIndex, signalIndex, offset }) => ({
      recordIndex,
      signalIndex,
      offset,
    })),
    [{ recordIndex: 3, signalIndex: 1, offset: 1005 }],
  );
});

Deno.test("parseAnnotationSignal() keeps time in the first annotation signal only", () => {
  strictEqual(parse("+7||_", false).recordOnset, null);
});
