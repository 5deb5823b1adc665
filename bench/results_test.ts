import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  CODEC_SIZE_ONLY,
  isOfFaults,
  isWhole,
  newestReport,
  readReport,
  type Report,
  reportFileName,
  reportText,
} from "./report.ts";
import { planRows } from "./suites.ts";
import { readmeBlock, readmeLongBlock } from "./table.ts";
import { DEFAULT_WORKLOAD, FULL_WORKLOAD, LONG_WORKLOAD } from "./workloads.ts";

const FOLDER = fileURLToPath(new URL("./results", import.meta.url));
const WORKLOADS = { default: DEFAULT_WORKLOAD, long: LONG_WORKLOAD, full: FULL_WORKLOAD };

async function resultFiles(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(FOLDER)) if (!isOfFaults(name)) names.push(name);
  return names.sort();
}

Deno.test("results: every committed file is a whole run, named after its date and machine", async () => {
  const names = await resultFiles();
  ok(names.length > 0, "bench/results is empty");
  for (const name of names) {
    const report = await readReport(`${FOLDER}/${name}`);
    strictEqual(name, reportFileName(report));
    ok(isWhole(report), name);
    strictEqual(report.rows.length === 0, report.only === CODEC_SIZE_ONLY, name);
    ok(report.workload !== "small", name);
    strictEqual(await Deno.readTextFile(`${FOLDER}/${name}`), reportText(report), name);
    for (const row of report.rows) {
      const { baseline, value, ratio, must, met } = row;
      strictEqual(ratio === null, baseline === null, row.name);
      strictEqual(met === null, must === null, row.name);
      if (baseline === null || ratio === null) continue;
      const expected = /samples\/s$/.test(row.unit) ? value / baseline : baseline / value;
      ok(Math.abs(ratio / expected - 1) < 2e-3, `${row.name}: ratio ${ratio}, not ${expected}`);
    }
  }
});

Deno.test("results: the newest file has the rows this build measures, and makes a table", async () => {
  const isOfRows = ({ only, workload }: Report) => only === null && workload !== "long";
  ok(await newestReport(FOLDER, isOfRows) !== undefined, "bench/results has no default run");
  for (
    const path of [
      await newestReport(FOLDER, isOfRows),
      // Measured more rarely: not there until somebody had half an hour of a quiet machine.
      await newestReport(FOLDER, ({ workload }) => workload === "long"),
    ]
  ) {
    if (path !== undefined) await requireRowsOfThisBuild(path);
  }
});

async function requireRowsOfThisBuild(path: string): Promise<void> {
  const name = path.slice(FOLDER.length + 1);
  const report = await readReport(path);
  const workload = WORKLOADS[report.workload as keyof typeof WORKLOADS];
  const found = report.rows.map((row) => row.name);
  const planned = planRows(workload).map((plan) => plan.name);
  deepStrictEqual(
    {
      missing: planned.filter((n) => !found.includes(n)),
      gone: found.filter((n) => !planned.includes(n)),
    },
    { missing: [], gone: [] },
    `${name} is of another build: on a quiet machine, from a clean checkout, run \`deno task bench${
      report.workload === "default" ? "" : ` --${report.workload}`
    } --json FILE\`, commit FILE to bench/results under its name (see reportFileName), then run ` +
      "`deno task bench --readme`",
  );
  deepStrictEqual(found, planned);
  const block = report.workload === "long" ? readmeLongBlock : readmeBlock;
  ok(block(report, name).includes(report.cpu));
}
