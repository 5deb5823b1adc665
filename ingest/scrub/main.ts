/**
 * Reads everything that is stored again and checks it: `deno task scrub`.
 *
 * A process of its own at the lowest priority, beside everything else and in nobody's way. With `--once` it
 * makes one round, with a bar, and says what it found.
 *
 * @module
 */

import { print } from "@wavekeep/core/service/print";
import { ConfigError, createLogger, parseConfig, runService } from "@wavekeep/core/service";
import { Presets, SingleBar } from "cli-progress";
import { setPriority } from "node:os";
import { parseArgs } from "node:util";
import { ScrubConfig } from "./config.ts";
import { openScrub } from "./open_deps.ts";
import { Pace } from "./pace.ts";
import { followScrub, type RoundProgress, type RoundResult, scrubRound } from "./run_scrub.ts";

const USAGE = `Usage: deno task scrub [--once [--again]] [--deep] [--rate N] [--site ID]

Reads everything that is stored again and checks seals, digests, chains and log leaves; goes on where it
stood. Without --once: over and over, until it is stopped.

  --once       one round over what is due, with a bar, and ends
  --again      with --once: everything, whenever it was checked last
  --deep       decodes every chunk as well; otherwise one in 32, another one with each round
  --rate N     chunks a second at most (default: SCRUB_RATE; with --once: no limit)
  --site ID    this site only
  --help       this text

Environment:
  SCRUBBER_DATABASE_URL   PostgreSQL as wavekeep_scrubber (required)
  KEY_DIR                 folder with master.key and the patients' keys (required)
  SCRUB_RATE              chunks a second at most (500)
  SCRUB_AGAIN_DAYS        what was checked is left alone for so many days (7)
  LOG_LEVEL               lowest level that is logged

Exit codes: 0 fine, 1 refused or failed, or something failed its check, 2 usage.
`;

/** As `nice` has it: behind everything, trends included. */
const PRIORITY = 19;

const DAY_MS = 86_400_000;

/** What the command line asks for. */
export interface Flags {
  readonly isOnce: boolean;
  readonly isAgain: boolean;
  readonly isDeep: boolean;
  readonly rate?: number;
  readonly siteId?: number;
}

/** @throws {Error} The command line does not make sense. */
export function parseFlags(args: readonly string[]): Flags | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      once: { type: "boolean" },
      again: { type: "boolean" },
      deep: { type: "boolean" },
      rate: { type: "string" },
      site: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return "help";
  const number = (name: "rate" | "site") => {
    const text = values[name];
    if (text !== undefined && !/^[1-9]\d{0,8}$/.test(text)) {
      throw new Error(`--${name} must be a whole number above 0`);
    }
    return text === undefined ? undefined : Number(text);
  };
  const rate = number("rate");
  const siteId = number("site");
  if (values.again && !values.once) throw new Error("--again goes with --once");
  return {
    isOnce: values.once ?? false,
    isAgain: values.again ?? false,
    isDeep: values.deep ?? false,
    ...(rate === undefined ? {} : { rate }),
    ...(siteId === undefined ? {} : { siteId }),
  };
}

async function once(flags: Flags, config: ScrubConfig): Promise<number> {
  const logger = createLogger({
    service: "scrub",
    level: "warn",
    write: (line) => print("stderr", `${line}\n`),
  });
  try {
    const { deps, close } = await openScrub(config, logger);
    const bar = progressBar();
    const stop = new AbortController();
    const onSignal = () => stop.abort();
    Deno.addSignalListener("SIGINT", onSignal);
    try {
      const result = await scrubRound(deps, {
        ...flags,
        signal: stop.signal,
        pace: new Pace(flags.rate ?? Infinity),
        againMs: flags.isAgain ? 0 : config.SCRUB_AGAIN_DAYS * DAY_MS,
        onProgress: bar.show,
      });
      bar.end();
      print("stdout", `${describe(result)}${stop.signal.aborted ? ", interrupted" : ""}\n`);
      return result.findingCount === 0 && result.failedCount === 0 ? 0 : 1;
    } finally {
      bar.end();
      Deno.removeSignalListener("SIGINT", onSignal);
      await close();
    }
  } catch (error) {
    print("stderr", `scrub: ${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
}

/** One line about a round. */
export function describe(result: RoundResult): string {
  const { placeCount, checkedCount, findingCount, erasedCount, failedCount } = result;
  const others = [
    ...(erasedCount > 0 ? [`${erasedCount} of erased patients`] : []),
    ...(failedCount > 0 ? [`${failedCount} could not be checked`] : []),
  ].join(", ");
  return `${placeCount} places${others && ` (${others})`}: ${checkedCount} rows checked, ` +
    `${findingCount} failed`;
}

/** A bar on a terminal; elsewhere nothing, since the last line says it all. */
function progressBar(): { show(progress: RoundProgress): void; end(): void } {
  const bar = new SingleBar({
    format: "{bar} {value}/{total} places of site {site}, {rows} rows, {rate}/s, {findings} failed",
    etaBuffer: 100,
    hideCursor: true,
  }, Presets.shades_classic);
  const isTerminal = Deno.stderr.isTerminal();
  let isOn = false;
  return {
    show({ siteId, placeCount, doneCount, checkedCount, findingCount, perSecond }) {
      if (!isTerminal) return;
      const payload = {
        site: siteId,
        rows: checkedCount,
        rate: Math.round(perSecond),
        findings: findingCount,
      };
      if (!isOn) bar.start(placeCount, doneCount, payload);
      isOn = true;
      bar.setTotal(placeCount);
      bar.update(doneCount, payload);
    },
    end() {
      if (isOn) bar.stop();
      isOn = false;
    },
  };
}

async function main(args: readonly string[]): Promise<void> {
  let flags: Flags | "help";
  try {
    flags = parseFlags(args);
    if (flags === "help") {
      print("stdout", USAGE);
      Deno.exit(0);
    }
    if (flags.isOnce) {
      setPriority(PRIORITY);
      Deno.exit(await once(flags, parseConfig(ScrubConfig)));
    }
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof Error)) throw error;
    print("stderr", `${error.message}\n\n${USAGE}`);
    Deno.exit(2);
  }
  const { rate, siteId, isDeep } = flags;
  await runService({
    name: "scrub",
    summary: "Reads everything that is stored again and checks it, behind everything else.",
    config: ScrubConfig,
    async start(config, logger) {
      setPriority(PRIORITY);
      const { deps, close } = await openScrub(config, logger);
      const stop = new AbortController();
      const following = followScrub(deps, {
        isDeep,
        signal: stop.signal,
        pace: new Pace(rate ?? config.SCRUB_RATE),
        againMs: config.SCRUB_AGAIN_DAYS * DAY_MS,
        ...(siteId === undefined ? {} : { siteId }),
      });
      logger.info("scrubbing");
      return [["follow", async () => {
        stop.abort();
        await following;
      }], ["store", close]];
    },
  });
}

if (import.meta.main) await main(Deno.args);
