/**
 * Keeps the trends of all recordings: `deno task trends`.
 *
 * A process of its own, beside ingest and never in its way: it follows what is stored at the lowest priority
 * the system has for it. With `--site` it makes what is missing and ends.
 *
 * @module
 */

import { print } from "@wavekeep/core/service/print";
import { ConfigError, createLogger, parseConfig, runService } from "@wavekeep/core/service";
import { setPriority } from "node:os";
import { parseArgs } from "node:util";
import { siteOf } from "../operator_flags.ts";
import { TrendsConfig } from "./config.ts";
import { followTrends } from "./follow.ts";
import { openTrends } from "./open_deps.ts";
import { runOnce, type RunOptions, type RunResult } from "./run_once.ts";

const USAGE = `Usage: deno task trends [--site ID [--patient CODE] [--recording CODE] [--rebuild]]

Without arguments: follows all recordings and keeps their trends, until it is stopped.

  --site ID          makes what is missing of this site's recordings, and ends
  --patient CODE     recordings of this patient only
  --recording CODE   recordings of this code only
  --rebuild          makes everything anew, also where nothing is missing: for damaged trends
  --help             this text

Environment:
  DERIVER_DATABASE_URL   PostgreSQL as wavekeep_deriver (required)
  KEY_DIR                folder with master.key and the patients' keys (required)
  LOG_LEVEL              lowest level that is logged

Exit codes: 0 fine, 1 refused or failed, or some chunks are damaged, 2 usage.
`;

/** As `nice` has it: behind everything that somebody waits for. */
const PRIORITY = 15;

/** @throws {Error} The command line does not make sense. */
export function parseOptions(args: readonly string[]): RunOptions | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      site: { type: "string" },
      patient: { type: "string" },
      recording: { type: "string" },
      rebuild: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return "help";
  return {
    siteId: siteOf(values.site),
    ...(values.patient === undefined ? {} : { patientCode: values.patient }),
    ...(values.recording === undefined ? {} : { recordingCode: values.recording }),
    isRebuild: values.rebuild ?? false,
  };
}

async function once(args: readonly string[]): Promise<number> {
  let options;
  let config;
  try {
    options = parseOptions(args);
    if (options === "help") {
      print("stdout", USAGE);
      return 0;
    }
    config = parseConfig(TrendsConfig);
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof Error)) throw error;
    print("stderr", `${error.message}\n\n${USAGE}`);
    return 2;
  }
  const logger = createLogger({
    service: "trends",
    level: "warn",
    write: (line) => print("stderr", `${line}\n`),
  });
  try {
    const { deps, close } = await openTrends(config, logger);
    try {
      const result = await runOnce(deps, options);
      print("stdout", `${describe(result)}\n`);
      return result.damagedCount === 0 ? 0 : 1;
    } finally {
      await close();
    }
  } catch (error) {
    print("stderr", `trends: ${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
}

function describe(
  { streamCount, unavailableCount, erasedCount, epochCount, damagedCount }: RunResult,
): string {
  const others = [
    ...(unavailableCount > 0 ? [`${unavailableCount} without EEG that trends can be made of`] : []),
    ...(erasedCount > 0 ? [`${erasedCount} of erased patients`] : []),
  ].join(", ");
  return `${streamCount} streams${others && ` (${others})`}: ${epochCount} epochs made, ` +
    `${damagedCount} chunks damaged`;
}

if (import.meta.main) {
  if (Deno.args.length > 0) Deno.exit(await once(Deno.args));
  await runService({
    name: "trends",
    summary: "Keeps the trends of all recordings, behind everything else.",
    config: TrendsConfig,
    async start(config, logger) {
      setPriority(PRIORITY);
      const { deps, close } = await openTrends(config, logger);
      const stop = new AbortController();
      const following = followTrends(deps, { signal: stop.signal });
      logger.info("following");
      return [["follow", async () => {
        stop.abort();
        await following;
      }], ["store", close]];
    },
  });
}
