import { ok, strictEqual, throws } from "node:assert/strict";
import { TEST_HEAD } from "../core/testing/machine.ts";
import type { Report } from "./report.ts";
import { measuredRow } from "./rows.ts";
import { planRows } from "./suites.ts";
import { BENCH_BLOCK, readmeBlock, readmeLongBlock, replaceBlock, textTable } from "./table.ts";
import { SMALL_WORKLOAD } from "./workloads.ts";

const rows = planRows(SMALL_WORKLOAD).map((plan, i) => measuredRow(plan, 1.5 + i, 123_000));
const report: Report = {
  ...TEST_HEAD,
  workload: "default",
  only: null,
  "elapsed_seconds": 1,
  rows,
};

Deno.test("replaceBlock() replaces only what stands between the marks, again and again", () => {
  const readme = "above\n<!-- bench:start -->\nold\n<!-- bench:end -->\nbelow\n";
  const once = replaceBlock(readme, "| new |\n", BENCH_BLOCK);
  strictEqual(once, "above\n<!-- bench:start -->\n\n| new |\n\n<!-- bench:end -->\nbelow\n");
  strictEqual(replaceBlock(once, "| new |\n", BENCH_BLOCK), once);
});

Deno.test("replaceBlock() refuses a README without both marks in order", () => {
  for (const readme of ["", "<!-- bench:start -->", "<!-- bench:end --><!-- bench:start -->"]) {
    throws(() => replaceBlock(readme, "x", BENCH_BLOCK), /Cannot write the benchmark table/);
  }
});

Deno.test("readmeBlock() names the machine and shows every window once, with both forms", () => {
  const block = readmeBlock(report, "bench/results/x.json");
  ok(block.includes("Test, 2 cores, 8 GiB"));
  ok(block.includes("0123456789ab"));
  const lines = block.split("\n").filter((line) => line.startsWith("| 1 s, 1 channel, 1 rec"));
  strictEqual(lines.length, 1);
  strictEqual(lines[0]?.split("|").length, 8);
});

Deno.test("readmeBlock() shows every row once, those with a bound first", () => {
  const names = rows.map(({ name }) => name).filter((name) => !name.endsWith(", JSON"));
  const block = readmeBlock(report, "x");
  for (const name of names) {
    const shown = name.replace(/^window (.*), chunks$/, "$1");
    strictEqual(block.split(`| ${shown} |`).length, 2, name);
  }
  ok(block.includes("| What must hold |") && block.includes("**missed**"));
});

Deno.test("readmeLongBlock() shows every row once, and the command that measured them", () => {
  const long = { ...report, workload: "long", "elapsed_seconds": 1_471 } as const;
  const block = readmeLongBlock(long, "bench/results/x_long.json");
  ok(block.startsWith("At full length, in 25 minutes. Test, 2 cores"), block.slice(0, 80));
  ok(block.includes("`deno task bench --long`: [`bench/results/x_long.json`]"));
  for (const { name } of rows) strictEqual(block.split(`| ${name} |`).length, 2, name);
  ok(block.indexOf("| What must hold |") < block.indexOf("| Operation |"));
});

Deno.test("readmeBlock() shows a dash where the baseline was not measured", () => {
  const [plan] = planRows(SMALL_WORKLOAD);
  const block = readmeBlock({ ...report, rows: [measuredRow(plan!, 0.71234, null)] }, "x");
  ok(block.includes(`| ${plan!.name} | – | 0.712 B/sample | – |`), block);
});

Deno.test("textTable() gives a line for the header and one for each row", () => {
  const lines = textTable(rows).trimEnd().split("\n");
  strictEqual(lines.length, rows.length + 1);
  ok(lines[1]?.includes("123,000 B/sample"));
});
