import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { TEST_HEAD } from "../../core/testing/machine.ts";
import { faultsReadmeBlock } from "./readme_block.ts";
import type { FaultReport, FaultRow } from "./report.ts";

const CAMPAIGNS = [
  { name: "soak", full: 10 },
  { name: "kill ingest", full: 1_000 },
  { name: "restore", full: 3 },
];

const row = (name: string, count: number, change: Partial<FaultRow> = {}): FaultRow => ({
  name,
  value: count,
  unit: "tries",
  must: "nothing lost",
  met: true,
  seed: 7,
  count,
  seconds: 1,
  figures: {},
  violations: [],
  ...change,
});

const file = (date: string, rows: FaultRow[], change: Partial<FaultReport> = {}) => ({
  file: `bench/results/${date}_faults.json`,
  report: {
    ...TEST_HEAD,
    date: `${date}T01:02:03Z`,
    commit: `c0ffee${date.slice(-2)}`,
    only: null,
    small: false,
    "at_once": 4,
    "elapsed_seconds": 600,
    rows,
    ...change,
  },
});

function tableOf(files: Parameters<typeof faultsReadmeBlock>[0]): string[] {
  return faultsReadmeBlock(files, CAMPAIGNS)!.split("\n")
    .filter((line) => line.startsWith("| ")).slice(1);
}

const WHOLE = file("2026-11-20", [
  row("kill ingest", 1_000, { figures: { "chunks stored": 43_233, "requests": 3 } }),
  row("soak", 10, {
    met: false,
    violations: ["Memory | grows;\nreplay: deno", "another", "a third"].map((text) =>
      `${text}; replay: deno task faults --only "soak" --seed 7 --count 10`
    ),
  }),
]);

Deno.test("faultsReadmeBlock() shows each campaign of the whole run, in their order, and names what was not run", () => {
  deepStrictEqual(tableOf([WHOLE]), [
    "| soak | 10 tries | **not met** | Memory \\| grows; replay: deno (and 2 more) |",
    "| kill ingest | 1,000 tries | met | chunks stored 43,233 |",
  ]);
  const block = faultsReadmeBlock([WHOLE], CAMPAIGNS)!;
  ok(
    block.startsWith(
      "Test, 2 cores, 8 GiB, Linux; Deno 2.9.6, PostgreSQL 18.4; 2026-11-20, commit",
    ),
  );
  ok(block.includes("`deno task faults --at-once 4` with seed 7, in 10 minutes"), block);
  ok(block.includes("\nNot run at full length: restore.\n"), block);
});

Deno.test("faultsReadmeBlock() takes the newest row of a campaign, and says when it is not of the whole run", () => {
  const again = file("2026-11-22", [row("soak", 10)], { only: "soak" });
  const before = file("2026-11-19", [row("kill ingest", 1_000, { value: 1 })], { only: "kill" });
  const short = file("2026-11-23", [row("kill ingest", 5)], { only: "kill" });
  const small = file("2026-11-24", [row("soak", 10, { met: false })], { small: true });
  deepStrictEqual(tableOf([short, small, again, WHOLE, before]), [
    "| soak | 10 tries | met | run again 2026-11-22, commit `c0ffee22`: " +
    "[results](bench/results/2026-11-22_faults.json) |",
    "| kill ingest | 1,000 tries | met | chunks stored 43,233 |",
  ]);
});

Deno.test("faultsReadmeBlock() shows what was asked for where not all was done, and nothing without a whole run", () => {
  const half = file("2026-11-22", [row("restore", 3, { value: 2, met: false })]);
  deepStrictEqual(tableOf([half]), ["| restore | 2 tries | **not met** | 3 were asked for |"]);
  strictEqual(faultsReadmeBlock([file("2026-11-22", [], { only: "soak" })], CAMPAIGNS), undefined);
});
