import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { readSharedText } from "../testing/shared_data.ts";
import { parseSummary, seizuresOf } from "./summary.ts";

/** EEG_RULES section 4: files and seizures of each subject. */
const GOLDEN = [
  { subject: "chb01", files: 42, seizures: 7, channelSets: 1 },
  { subject: "chb04", files: 42, seizures: 4, channelSets: 2 },
  { subject: "chb12", files: 24, seizures: 40, channelSets: 4 },
  { subject: "chb24", files: 12, seizures: 16, channelSets: 1 },
];

for (const golden of GOLDEN) {
  Deno.test(`parseSummary() reads ${golden.subject} with its golden counts`, async () => {
    const text = await readSharedText(`chbmit/${golden.subject}-summary.txt`);
    if (text === undefined) return;
    const summary = parseSummary(text);
    strictEqual(summary.samplingRate, 256);
    strictEqual(summary.files.length, golden.files);
    strictEqual(summary.channelSets.length, golden.channelSets);
    strictEqual(
      summary.files.reduce((sum, file) => sum + file.seizures.length, 0),
      golden.seizures,
    );
    deepStrictEqual(summary.findings, []);
  });
}

Deno.test("parseSummary() keeps hours past midnight as written", async () => {
  const text = await readSharedText("chbmit/chb04-summary.txt");
  if (text === undefined) return;
  const ends = parseSummary(text).files.map((file) => file.end?.text);
  strictEqual(ends.includes("24:08:08"), true);
  strictEqual(ends.includes("26:38:10"), true);
});

Deno.test("parseSummary() gives chb24's files no times rather than midnight", async () => {
  const text = await readSharedText("chbmit/chb24-summary.txt");
  if (text === undefined) return;
  deepStrictEqual(
    new Set(parseSummary(text).files.map((file) => file.start)),
    new Set([null]),
  );
});

Deno.test("parseSummary() follows chb12's three channel changes", async () => {
  const text = await readSharedText("chbmit/chb12-summary.txt");
  if (text === undefined) return;
  const summary = parseSummary(text);
  deepStrictEqual(summary.channelSets.map((set) => set.length), [28, 29, 29, 29]);
  strictEqual(summary.channelSets[1]![0], "F7-CS2");
  strictEqual(summary.channelSets[2]![8], "01");
  strictEqual(summary.channelSets[3]![28], "LOC-ROC");
  const setOf = (name: string) => summary.files.find((file) => file.name === name)?.channelSet;
  deepStrictEqual([setOf("chb12_06.edf"), setOf("chb12_27.edf")], [0, 1]);
  deepStrictEqual([setOf("chb12_28.edf"), setOf("chb12_32.edf")], [2, 3]);
});

Deno.test("parseSummary() reads chb05's summary beside the many small files", async () => {
  const text = await readSharedText("synthetic-many-small/chbmit/chb05/chb05-summary.txt");
  if (text === undefined) return;
  strictEqual(parseSummary(text).files[0]?.start?.seconds, 17 * 3600 + 20 * 60 + 5);
});

Deno.test("seizuresOf() tells seizure-free from unknown", async () => {
  const text = await readSharedText("chbmit/chb01-summary.txt");
  if (text === undefined) return;
  const summary = parseSummary(text);
  deepStrictEqual(seizuresOf(summary, "chb01_01.edf"), []);
  deepStrictEqual(seizuresOf(summary, "chb01_03.edf"), [{ start: 2996, end: 3036 }]);
  strictEqual(seizuresOf(summary, "chb01_28.edf"), undefined);
});

function checkRefused(lines: string[], message: RegExp): void {
  throws(() => parseSummary(lines.join("\r\n")), message);
}

Deno.test("parseSummary() refuses text without a file", () => {
  checkRefused(["hello"], /no line begins with File Name/);
});

Deno.test("parseSummary() refuses a value that is not a count, naming the line", () => {
  checkRefused(["File Name: a", "Number of Seizures in File: one"], /line 2: .* not a count/);
  checkRefused(["File Name: a", "Seizure Start Time: 1e3 seconds"], /line 2: .* not a count/);
});

Deno.test("parseSummary() refuses seizures that do not pair up", () => {
  checkRefused(["File Name: a", "Seizure End Time: 5 seconds"], /ends that did not start/);
  checkRefused(["File Name: a", "Seizure Start Time: 5 seconds"], /line 2: a seizure has no end/);
  checkRefused(
    ["File Name: a", "Seizure Start Time: 5 seconds", "Seizure Start Time: 6 seconds"],
    /line 3: a seizure starts before/,
  );
});

Deno.test("parseSummary() refuses a clock that is none", () => {
  checkRefused(["File Name: a", "File Start Time: 12:60:00"], /line 2: .* not h:mm:ss/);
});

Deno.test("parseSummary() lists what it does not know and what disagrees", () => {
  const summary = parseSummary("Remark: x\nFile Name: a\nNumber of Seizures in File: 2\n");
  deepStrictEqual(summary.findings, [
    { code: "line-unknown", line: 1 },
    { code: "seizure-count-disagrees", line: 2 },
  ]);
});
