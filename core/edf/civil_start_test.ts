import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { formatCivil } from "../time/mod.ts";
import { civilStart } from "./civil_start.ts";

/** Date, time, recording identification, start, findings. */
const STARTS: [string, string, string, string | null, string[]][] = [
  ["06.11.76", "13.43.04", "01", "2076-11-06T13:43:04", []],
  ["24.04.89", "16.13.00", "Startdate 24-APR-1989 X X X", "1989-04-24T16:13:00", []],
  ["02.01.85", "00.00.00", "", "1985-01-02T00:00:00", []],
  ["31.12.84", "23.59.59", "", "2084-12-31T23:59:59", []],
  ["29.02.20", "00.00.00", "", "2020-02-29T00:00:00", []],
  ["01.01.85", "00.00.00", "", "1985-01-01T00:00:00", []],
  ["01.01.85", "00.00.00", "Startdate X X X X", null, ["start-date-placeholder"]],
  ["24.04.89", "16.13.00", "Startdate 24-APR-2089 X X X", "2089-04-24T16:13:00", [
    "start-date-pivot-overridden",
  ]],
  ["02.03.yy", "16.13.00", "Startdate 02-MAR-2101 X X X", "2101-03-02T16:13:00", []],
  ["02.03.yy", "16.13.00", "X", null, ["start-date-unreadable"]],
  ["01.02.10", "04.05.06", "Startdate 02-FEB-2010 X X X", "2010-02-02T04:05:06", [
    "start-dates-disagree",
  ]],
  ["01.02.10", "04.05.06", "Startdate 01-FEB-2011 X X X", "2011-02-01T04:05:06", [
    "start-dates-disagree",
  ]],
  ["01.02.10", "04.05.06", "Startdate 31-FEB-2010 X X X", "2010-02-01T04:05:06", []],
  ["01.02.10", "04.05.06", "Startdate 01-FEB-20100", "2010-02-01T04:05:06", []],
  ["31.02.10", "04.05.06", "", null, ["start-date-unreadable"]],
  ["31.02.10", "04.05.06", "Startdate 02-FEB-2010 X X X", "2010-02-02T04:05:06", [
    "start-date-unreadable",
  ]],
  ["29.02.21", "04.05.06", "", null, ["start-date-unreadable"]],
  ["42.00.00", "26.00.99", "", null, ["start-date-unreadable", "start-time-unreadable"]],
  ["1.2.10", "04.05.06", "", null, ["start-date-unreadable"]],
  ["01/02/10", "04.05.06", "", null, ["start-date-unreadable"]],
  ["16-JAN-2", "04.05.06", "", null, ["start-date-unreadable"]],
  ["01.02.10", "24.00.00", "", null, ["start-time-unreadable"]],
  ["01.02.10", "04:05:06", "", null, ["start-time-unreadable"]],
  ["", "", "", null, ["start-date-unreadable", "start-time-unreadable"]],
];

for (const [date, time, recordingId, start, codes] of STARTS) {
  Deno.test(`civilStart() reads ${date} ${time} beside "${recordingId}"`, () => {
    const found = civilStart({ date, time, recordingId });
    strictEqual(found.start && formatCivil(found.start), start);
    deepStrictEqual(found.findings.map(({ code }) => code), codes);
  });
}
