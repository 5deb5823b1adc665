/**
 * The transparency log's sequencer: `deno task sequence`.
 *
 * A process of its own beside ingest: it takes leaves out of the event table and keeps the log. One at a time
 * for a database; a second one ends.
 *
 * @module
 */

import { print } from "@wavekeep/core/service/print";
import {
  ConfigError,
  createLogger,
  type Logger,
  parseConfig,
  runService,
} from "@wavekeep/core/service";
import { setPriority } from "node:os";
import { parseArgs } from "node:util";
import { KeyConfig, SequencerConfig } from "./config.ts";
import { followLog } from "./follow.ts";
import { openSequencer, verifierKeyText } from "./open_sequencer.ts";
import { verifierText } from "./note_key.ts";

const USAGE = `Usage: deno task sequence [--once | --key | --health | --new-log ORIGIN]

Without arguments: keeps the transparency log, until it is stopped.

  --once             takes what waits now, publishes, and ends
  --key              prints the log's verifier key, to be handed to verifiers and witnesses
  --health           ends with code 1 when leaves have waited for more than ten seconds
  --new-log ORIGIN   after a restore from backup: begins another log, whose first entry says what was lost
  --help             this text

Environment:
  SEQUENCER_DATABASE_URL   PostgreSQL as wavekeep_sequencer (required, but for --key)
  KEY_DIR                  folder with the log's key and the last checkpoint signed (required)
  LOG_ORIGIN               name of the log, a URL without its scheme; made from the key when not set
  WITNESS_URLS             submission prefixes of witnesses, with spaces between
  WITNESS_KEYS             verifier keys of those witnesses, in their order
  LOG_LEVEL                lowest level that is logged

Exit codes: 0 fine, 1 refused, failed or red, 2 usage.
`;

/** As \`nice\` has it: behind ingest and query, and before what nobody waits for. */
const PRIORITY = 5;
const RED_MS = 10_000;

interface Options {
  readonly does: "once" | "key" | "health" | "new-log" | "help";
  readonly origin: string;
}

/** @throws {Error} The command line does not make sense. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      once: { type: "boolean" },
      key: { type: "boolean" },
      health: { type: "boolean" },
      "new-log": { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  const asked = Object.keys(values) as Options["does"][];
  const [does] = asked;
  if (does === undefined || asked.length > 1) throw new Error("one of the options, and only one");
  return { does, origin: values["new-log"] ?? "" };
}

/** What a command line with options does; its exit code. */
export async function runOptions(args: readonly string[]): Promise<number> {
  let options: Options;
  let config: SequencerConfig;
  try {
    options = parseOptions(args);
    if (options.does === "help") {
      print("stdout", USAGE);
      return 0;
    }
    // The key is a file: whoever prints it needs no database.
    if (options.does === "key") {
      print("stdout", `${await verifierKeyText(parseConfig(KeyConfig))}\n`);
      return 0;
    }
    config = parseConfig(SequencerConfig);
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof Error)) throw error;
    print("stderr", `${error.message}\n\n${USAGE}`);
    return 2;
  }
  const logger = createLogger({
    service: "sequence",
    level: "warn",
    write: (line) => print("stderr", `${line}\n`),
  });
  try {
    return await run(options, config, logger);
  } catch (error) {
    print("stderr", `sequence: ${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
}

async function run(options: Options, config: SequencerConfig, logger: Logger): Promise<number> {
  if (options.does === "health") return await health(config, logger);
  const isNew = options.does === "new-log";
  const open = await openSequencer(config, logger, isNew ? { origin: options.origin } : {});
  try {
    if (isNew) await open.startNewLog();
    for (let hasMore = true; hasMore;) ({ hasMore } = await open.sequencer.step());
    print("stdout", `${open.signer.key.name}: ${open.sequencer.head!.size} leaves\n`);
    return 0;
  } finally {
    await open.close();
  }
}

async function health(config: SequencerConfig, logger: Logger): Promise<number> {
  const open = await openSequencer(config, logger, { isOnlooker: true });
  try {
    const head = await open.store.head();
    const cursor = head?.cursor ?? { xid: "0", eventId: "0" };
    const oldestMs = Math.round(await open.store.oldestWaitingMs(cursor));
    print("stdout", `oldest leaf that waits: ${oldestMs} ms; ${head?.size ?? 0} leaves\n`);
    return oldestMs > RED_MS ? 1 : 0;
  } finally {
    await open.close();
  }
}

if (import.meta.main) {
  if (Deno.args.length > 0) Deno.exit(await runOptions(Deno.args));
  await runService({
    name: "sequence",
    summary: "Keeps the transparency log.",
    config: SequencerConfig,
    async start(config, logger) {
      setPriority(PRIORITY);
      const { sequencer, store, signer, close } = await openSequencer(config, logger);
      const stop = new AbortController();
      const following = followLog({ sequencer, store, logger }, { signal: stop.signal });
      // Ended by itself: another sequencer, or a log that must not go on. Somebody has to look.
      following.then((reason) => {
        if (reason === undefined) return;
        logger.error("log stopped", { error: reason });
        Deno.exit(1);
      });
      logger.info("sequencing", { key: verifierText(signer) });
      return [["follow", async () => {
        stop.abort();
        await following;
      }], ["store", close]];
    },
  });
}
