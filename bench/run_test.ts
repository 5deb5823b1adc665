/**
 * Every bench at a small size, against real processes, so that none can rot. Asserts shapes and that
 * the answers were right (the benches compare them with the signal); never a time.
 */

import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { comparisonPlans } from "./comparison/rows.ts";
import { silentProgress } from "./progress.ts";
import { makeReport, Report, reportText } from "./report.ts";
import { NoSuchRowError, run } from "./run.ts";
import { planRows } from "./suites.ts";
import { SMALL_WORKLOAD } from "./workloads.ts";

const progress = () => silentProgress;
const signal = new AbortController().signal;

Deno.test("run() measures every row of the table once, and leaves nothing behind", async () => {
  const tempRoot = await Deno.makeTempDir();
  const { rows, postgres, failures } = await run(SMALL_WORKLOAD, { progress, signal, tempRoot });
  deepStrictEqual(failures, []);
  // Refuses when anything is still in it.
  await Deno.remove(tempRoot);
  deepStrictEqual(rows.map(({ name }) => name), planRows(SMALL_WORKLOAD).map(({ name }) => name));
  ok(/^\d+\.\d+/.test(postgres));

  const compared = comparisonPlans(SMALL_WORKLOAD).map(({ name }) => name);
  const withoutBaseline = rows.filter(({ baseline }) => baseline === null).map(({ name }) => name)
    .filter((name) => compared.includes(name));
  deepStrictEqual(withoutBaseline, ["ingest the full file of 4 chunks, 2 a request, chunks"]);
});

Deno.test("run() measures only what is asked for, and starts nothing it does not need", async () => {
  const { rows, postgres } = await run(SMALL_WORKLOAD, { only: "CODEC RAW", progress, signal });
  strictEqual(rows.length, 3);
  strictEqual(postgres, "not used");
  const report = await makeReport({
    startedAt: new Date(0),
    elapsedSeconds: 0.1,
    workload: "small",
    only: "CODEC RAW",
    postgres,
    rows,
  });
  deepStrictEqual(Report.parse(JSON.parse(reportText(report))), report);
});

Deno.test("run() gives the full file a baseline when it is what both load", async () => {
  const workload = { ...SMALL_WORKLOAD, fullFileChunks: SMALL_WORKLOAD.recordingSeconds };
  const { rows } = await run(workload, { only: "full file", progress, signal });
  strictEqual(rows.length, 1);
  ok(rows[0]!.ratio !== null);
});

Deno.test("run() refuses a name that no row has", async () => {
  await rejects(run(SMALL_WORKLOAD, { only: "nothing", progress, signal }), NoSuchRowError);
});

Deno.test("run() keeps what was measured before it was stopped, and says what is missing", async () => {
  const aborter = new AbortController();
  const stopAtFirst = () => ({ ...silentProgress, advance: () => aborter.abort() });
  const { signal } = aborter;
  const options = { only: "file of", progress: stopAtFirst, signal };
  const { rows, postgres, failures } = await run(SMALL_WORKLOAD, options);
  deepStrictEqual(rows.map(({ name }) => name), ["read an EDF file of 2 records of 23 × 256"]);
  strictEqual(postgres, "not used");
  ok(failures.includes("comparison: the run was stopped before"), failures.join());
  await rejects(run(SMALL_WORKLOAD, options), { name: "AbortError" });
});
