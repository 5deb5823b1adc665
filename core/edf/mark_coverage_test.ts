import { deepStrictEqual } from "node:assert/strict";
import { exactSeconds, parseSeconds } from "../time/mod.ts";
import { readWholeEdf } from "../testing/read_edf.ts";
import { readShared } from "../testing/shared_data.ts";
import { coverageOfMark, type MarkCoverage } from "./mark_coverage.ts";

const runs = [[2, 0], [3, 4.5]].map(([recordCount, onset]) => ({
  firstRecord: 0,
  recordCount: recordCount!,
  onset: parseSeconds(String(onset)),
  residue: exactSeconds(0),
}));

function check(onset: string, duration: string | null, expected: MarkCoverage): void {
  Deno.test(`coverageOfMark() of ${onset} s for ${duration ?? "no"} s`, () => {
    const mark = {
      onset: parseSeconds(onset),
      duration: duration === null ? null : parseSeconds(duration),
    };
    deepStrictEqual(coverageOfMark(mark, { runs, recordDuration: exactSeconds(1) }), expected);
  });
}

check("-1", null, { starts: "before-samples", outlasts: false });
check("0", null, { starts: "in-samples", outlasts: false });
check("1.999", "5", { starts: "in-samples", outlasts: false });
check("2", null, { starts: "in-gap", outlasts: false });
check("4.5", "3", { starts: "in-samples", outlasts: false });
check("4.5", "3.001", { starts: "in-samples", outlasts: true });
check("7.5", null, { starts: "after-samples", outlasts: false });
check("8", "0", { starts: "after-samples", outlasts: true });

Deno.test("coverageOfMark() flags chb01_18's seizure, which begins in the gap and outlasts the file", async () => {
  const bytes = await readShared("chbmit/chb01_18_s1710_edfplusD_reencoded.edf");
  if (bytes === undefined) return;
  const { file, annotations } = await readWholeEdf(bytes);
  const samples = { runs: await file.runs(), recordDuration: file.header.recordDuration };
  deepStrictEqual(annotations.map((mark) => coverageOfMark(mark, samples)), [
    { starts: "in-gap", outlasts: true },
  ]);
});

Deno.test("coverageOfMark() flags the seizure of Siena PN00-3, which ends after its recording", () => {
  // Seizures-list-PN00.txt: recorded 18:15:44 to 18:57:13, seizure 18:28:29 to 19:29:29.
  const seconds = (h: number, m: number, s: number) => exactSeconds(h * 3600 + m * 60 + s);
  const residue = exactSeconds(0);
  const run = { firstRecord: 0, recordCount: 2489, onset: exactSeconds(0), residue };
  const mark = { onset: seconds(0, 12, 45), duration: seconds(1, 1, 0) };
  deepStrictEqual(coverageOfMark(mark, { runs: [run], recordDuration: exactSeconds(1) }), {
    starts: "in-samples",
    outlasts: true,
  });
});
