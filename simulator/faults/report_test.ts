import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Campaign, CampaignResult } from "./campaign.ts";
import { FaultReport, makeReport, readFaultReport, reportTable, reportText } from "./report.ts";
import { runCampaign } from "./run_campaign.ts";

const RESULTS = fileURLToPath(new URL("../../bench/results", import.meta.url));

function campaign(run: () => Promise<CampaignResult>): Campaign {
  return { name: "test", what: "", must: "nothing", full: 9, small: 3, unit: "tries", run };
}

const options = (signal = new AbortController().signal) => ({
  count: 3,
  seed: 7,
  signal,
  onProgress() {},
});

Deno.test("runCampaign() says how to replay each violation, and takes a failure for one", async () => {
  const replay = 'replay: deno task faults --only "test" --seed 7 --count 3';
  const broken = await runCampaign(
    campaign(() => Promise.resolve({ done: 3, violations: ["lost 1"], figures: { a: 1 / 3 } })),
    options(),
  );
  deepStrictEqual(broken.violations, [`lost 1; ${replay}`]);
  deepStrictEqual([broken.met, broken.figures], [false, { a: 0.333333 }]);
  const failed = await runCampaign(campaign(() => Promise.reject(new Error("no disk"))), options());
  deepStrictEqual([failed.met, failed.violations], [false, [`no disk; ${replay}`]]);
});

Deno.test("runCampaign() wants all that was asked for, and passes an interruption on", async () => {
  const result = { violations: [], figures: {} };
  const half = await runCampaign(
    campaign(() => Promise.resolve({ ...result, done: 2 })),
    options(),
  );
  strictEqual(half.met, false);
  const whole = await runCampaign(
    campaign(() => Promise.resolve({ ...result, done: 3 })),
    options(),
  );
  strictEqual(whole.met, true);
  await rejects(
    runCampaign(
      campaign(() => Promise.reject(new Error("half way"))),
      options(AbortSignal.abort(new Error("Ctrl-C"))),
    ),
    /Ctrl-C/,
  );
});

Deno.test("a report is JSON of its shape, a row a line, and so is every committed one", async () => {
  const row = await runCampaign(
    campaign(() => Promise.resolve({ done: 3, violations: [], figures: { "kills": 3 } })),
    options(),
  );
  const report = await makeReport({
    startedAt: new Date("2026-11-21T18:00:00.123Z"),
    only: undefined,
    small: true,
    atOnce: 1,
    rows: [row, row],
  });
  const text = reportText(report);
  deepStrictEqual(FaultReport.parse(JSON.parse(text)), report);
  strictEqual(text.split("\n").filter((line) => line.includes('"name"')).length, 2);
  ok(reportTable([row]).startsWith("met  test  3 tries"));
  for await (const { name } of Deno.readDir(RESULTS)) {
    if (!name.endsWith("_faults.json")) continue;
    await readFaultReport(`${RESULTS}/${name}`);
  }
});
