import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { locateCrop } from "./crop.ts";
import { parseSummary } from "./summary.ts";

const SUMMARY = parseSummary(`File Name: chb01_03.edf
File Start Time: 13:43:04
File End Time: 14:43:04
Number of Seizures in File: 1
Seizure Start Time: 2996 seconds
Seizure End Time: 3036 seconds

File Name: chb01_12.edf
File Start Time: 23:50:00
File End Time: 24:50:00
Number of Seizures in File: 1
Seizure Start Time: 590 seconds
Seizure End Time: 640 seconds

File Name: chb24_01.edf
Number of Seizures in File: 1
Seizure Start Time: 480 seconds
Seizure End Time: 505 seconds
`);

const at = (hour: number, minute: number, second: number) => hour * 3600 + minute * 60 + second;
const seizures = (name: string, startSeconds: number, durationSeconds: number) =>
  locateCrop(SUMMARY, { name, startSeconds, durationSeconds })?.seizures;

Deno.test("locateCrop() places the seizure of a crop by clock", () => {
  deepStrictEqual(seizures("chb01_03_Seizure.edf", at(14, 32, 59), 41), [{ start: 1, end: 41 }]);
});

Deno.test("locateCrop() finds no seizure in a crop that lies elsewhere in the file", () => {
  deepStrictEqual(seizures("chb01_03_NonSeizure.edf", at(13, 43, 4), 41), []);
});

Deno.test("locateCrop() keeps a seizure that starts before or ends after the crop", () => {
  deepStrictEqual(seizures("chb01_03-b.edf", at(14, 33, 10), 10), [{ start: -10, end: 30 }]);
});

Deno.test("locateCrop() follows a file over midnight", () => {
  deepStrictEqual(seizures("chb01_12_crop.edf", at(0, 0, 0), 60), [{ start: -10, end: 40 }]);
});

Deno.test("locateCrop() knows nothing when name, start, length or times disagree", () => {
  strictEqual(seizures("chb01_030.edf", at(14, 32, 59), 41), undefined);
  strictEqual(seizures("chb01_03.edf", at(14, 32, 59), 41), undefined);
  strictEqual(seizures("other_03_Seizure.edf", at(14, 32, 59), 41), undefined);
  strictEqual(seizures("chb01_03_Seizure.edf", at(13, 43, 3), 41), undefined);
  strictEqual(seizures("chb01_03_Seizure.edf", at(14, 42, 59), 41), undefined);
  strictEqual(seizures("chb24_01_crop.edf", at(14, 32, 59), 41), undefined);
});
