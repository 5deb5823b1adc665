/**
 * `deno task faults`: breaks a whole system on purpose, again and again, and says what came of it.
 *
 * @module
 */

import { print } from "@wavekeep/core/service/print";
import { dirname } from "node:path";
import {
  numberFlag,
  type ParsedFlags,
  runCommand,
  seedFlag,
  textFlag,
  UsageError,
} from "../command.ts";
import { stopSignal } from "../stop_signal.ts";
import type { Campaign } from "./campaign.ts";
import { CAMPAIGNS } from "./campaigns.ts";
import { showProgress } from "./progress.ts";
import { type FaultRow, makeReport, reportTable, reportText } from "./report.ts";
import { runCampaign } from "./run_campaign.ts";
import { runCampaigns } from "./run_campaigns.ts";

const USAGE =
  `Breaks real processes and a real database on purpose, and checks what must hold after.

Usage: deno task faults [--only NAME] [--seed N] [--count N] [--small] [--at-once N] [--json FILE]
       deno task faults --list

  --only NAME   Run the campaigns whose name contains NAME.
  --seed N      Draw the plan of faults from N; without it the seed is drawn, and printed.
  --count N     Of each campaign so many, instead of its full number.
  --small       Of each campaign as many as the tests run.
  --at-once N   Run N campaigns side by side (default 1). Those that judge how long something takes run
                first, and alone.
  --json FILE   Write the rows to FILE, as they come.
  --list        Print the campaigns. Runs none.
  --help        Print this.

Everything lives in a temporary folder and ends with the run, also on Ctrl-C. A violation is printed with
the command that runs the same plan of faults again. simulator/faults/README.md says how to read a result.

Exit codes: 0 all musts met, 1 not all or interrupted, 2 usage.
`;

const OPTIONS = {
  only: { type: "string" },
  seed: { type: "string" },
  count: { type: "string" },
  small: { type: "boolean" },
  "at-once": { type: "string" },
  json: { type: "string" },
  list: { type: "boolean" },
} as const;

async function run(flags: ParsedFlags): Promise<number> {
  const only = textFlag(flags, "only");
  const json = textFlag(flags, "json");
  const count = numberFlag(flags, "count", { min: 1, max: 1e9, integer: true });
  const small = flags.values["small"] === true;
  const seed = seedFlag(flags);
  const atOnce = numberFlag(flags, "at-once", { min: 1, max: 16, integer: true }) ?? 1;
  const campaigns = CAMPAIGNS.filter(({ name }) => only === undefined || name.includes(only));
  if (campaigns.length === 0) throw new UsageError(`--only is "${only}", no campaign is called so`);
  if (flags.values["list"]) {
    print("stdout", campaigns.map(describe).join("\n\n"));
    return 0;
  }
  if (json !== undefined && !await isFolder(dirname(json))) {
    throw new UsageError(`--json is "${json}", ${dirname(json)} is not a folder`);
  }
  const startedAt = new Date();
  const { signal } = stopSignal();
  const done: FaultRow[] = [];
  const keep = async (rows: readonly FaultRow[]) => {
    if (json === undefined) return;
    const report = await makeReport({ startedAt, only, small, atOnce, rows });
    await Deno.writeTextFile(json, reportText(report));
  };
  const rows = await runCampaigns(campaigns, {
    atOnce,
    run: (campaign) => {
      const wanted = count ?? (small ? campaign.small : campaign.full);
      return runShown(campaign, { count: wanted, seed, signal }, atOnce > 1);
    },
    onRow: async (row) => {
      done.push(row);
      print("stdout", rowText(row));
      await keep(done);
    },
  });
  if (rows.length > 0) await keep(rows);
  return rows.length === campaigns.length && rows.every(({ met }) => met) ? 0 : 1;
}

/** The row, its figures and what was violated, a line each. */
function rowText(row: FaultRow): string {
  return [
    reportTable([row]),
    ...Object.entries(row.figures).map(([name, value]) =>
      `         ${name}: ${value.toLocaleString("en-US")}`
    ),
    ...row.violations.map((violation) => `         ${violation}`),
  ].join("\n");
}

/** Undefined when it was interrupted. */
async function runShown(
  campaign: Campaign,
  options: { count: number; seed: number; signal: AbortSignal },
  hasNeighbours: boolean,
): Promise<FaultRow | undefined> {
  const progress = showProgress(
    campaign.name,
    { ...campaign, count: options.count },
    hasNeighbours,
  );
  try {
    return await runCampaign(campaign, { ...options, onProgress: (done) => progress.update(done) });
  } catch (error) {
    if (options.signal.aborted) return undefined;
    throw error;
  } finally {
    progress.stop();
  }
}

function describe({ name, what, must, full, small, unit }: Campaign): string {
  return `${name}: ${full.toLocaleString("en-US")} ${unit} (${small} in the tests)\n` +
    `  ${what}\n  Must: ${must}`;
}

async function isFolder(path: string): Promise<boolean> {
  return await Deno.stat(path).then((stat) => stat.isDirectory, () => false);
}

if (import.meta.main) await runCommand({ name: "faults", usage: USAGE, options: OPTIONS, run });
