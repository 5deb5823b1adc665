import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { comparisonPlans } from "./comparison/rows.ts";
import { planRows, SUITES } from "./suites.ts";
import { DEFAULT_WORKLOAD, FULL_WORKLOAD, LONG_WORKLOAD, SMALL_WORKLOAD } from "./workloads.ts";

const WORKLOADS = [SMALL_WORKLOAD, DEFAULT_WORKLOAD, LONG_WORKLOAD, FULL_WORKLOAD];

Deno.test("planRows() gives each name once, whatever the workload", () => {
  for (const workload of WORKLOADS) {
    const names = planRows(workload).map(({ name }) => name);
    strictEqual(new Set(names).size, names.length, workload.name);
  }
});

Deno.test("planRows() leaves long rows out of a default run, unless they are asked for", () => {
  ok(planRows(DEFAULT_WORKLOAD).every(({ isLong }) => !isLong));
  for (const workload of [SMALL_WORKLOAD, FULL_WORKLOAD]) {
    deepStrictEqual(planRows(workload), SUITES.flatMap((suite) => suite.plans(workload)));
  }
  for (const long of SUITES.flatMap((suite) => suite.plans(DEFAULT_WORKLOAD))) {
    const asked = planRows(DEFAULT_WORKLOAD, long.name.toUpperCase());
    ok(asked.some(({ name }) => name === long.name), long.name);
  }
});

Deno.test("planRows() gives a long run what a default run leaves out, and the lengths of the issues", () => {
  const long = planRows(LONG_WORKLOAD);
  ok(long.every(({ isLong }) => isLong));
  const short = planRows(DEFAULT_WORKLOAD).map(({ name }) => name);
  deepStrictEqual(long.filter(({ name }) => short.includes(name)), []);
  const musts = [
    "batched ingest of 24 h × 23 channels of CHB-MIT: speed",
    "batched ingest of 24 h × 23 channels of CHB-MIT: duration",
    "overview of 24 h × 23 channels of CHB-MIT, 2,000 columns: p50",
    "overview of 7 days × 23 channels of CHB-MIT, 2,000 columns: p50",
    "window growth, 10 s, 1 to 10 recordings of 24 h: p50 at 10 over p50 at 1",
    "live ingest, 2,000 devices × 1 chunk/s, 600 s: p99",
    "viewer, open 24 h × 23 channels of CHB-MIT, first waveform: once",
    "viewer, page turn, cached, 4 min × 128 channels × 512 Hz: p95",
    "viewer, strip of 3 days × 23 channels of CHB-MIT, cached: p95",
    "proof, ingest kept, batched ingest of 60 min × 23 channels: signed by run and sequenced, against neither",
    "proof, bytes of a chunk's proof among 48,000 leaves: longest",
    "proof, chunk proof among 48,000 leaves: p95",
    "proof, leaf to signed checkpoint, 2,000 leaves/s for 10 s: p99",
    "proof, scrub of 10,000 chunks of 16 KiB: a core, PostgreSQL's time included",
    "memory under batches of 6,000 chunks, readers, viewers and 2,000 devices: ingest at most",
  ];
  for (const must of musts) {
    ok(long.some((plan) => plan.name === must && plan.must !== null), must);
  }
});

Deno.test("comparisonPlans() has the plan's step 6, and names what is loaded", () => {
  for (const workload of WORKLOADS) {
    const names = comparisonPlans(workload).map(({ name }) => name);
    strictEqual(
      names.filter((name) => name.startsWith("window ")).length,
      workload.windowSeconds.length * 2 * 2 * 2,
    );
    strictEqual(names.filter((name) => name.startsWith("ingest ")).length, 4 + 1 + 1);
  }
  const names = comparisonPlans(DEFAULT_WORKLOAD).map(({ name }) => name);
  ok(names.includes("window 10 s, 23 channels, 10 recordings (60 s + 9 × 10 s), chunks"));
  ok(names.includes("ingest the full file of 3,600 chunks, 20 a request, chunks"));
  ok(comparisonPlans(FULL_WORKLOAD).some(({ name }) => name.includes("1 recording (3,600 s)")));
});
