/**
 * Makes the summaries that are missing: `deno task summarise`.
 *
 * For recordings that are older than summaries, or were taken in while no deriver was configured, and for
 * whatever a crash took of a device that never came back. Runs beside the services; what they summarise
 * meanwhile is not done twice.
 *
 * @module
 */

import { print, write } from "@wavekeep/core/service/print";
import { fileKeyStore, nodeSha256 } from "@wavekeep/core/crypto";
import { ProblemError } from "@wavekeep/core/problem";
import {
  checkSchemaVersion,
  createLogger,
  type Logger,
  openPool,
  secretText,
} from "@wavekeep/core/service";
import { ConfigError, parseConfig } from "@wavekeep/core/service";
import { parseArgs } from "node:util";
import type pg from "pg";
import * as z from "zod";
import { siteOf } from "../operator_flags.ts";
import { findParameterSet } from "../store/postgres/parameter_sets.ts";
import { createStoredSets } from "../stored_sets.ts";
import { systemClock } from "../system_clock.ts";
import { workerVerifier } from "../verify/worker_verifier.ts";
import { type ListedStream, listStreams } from "./list_streams.ts";
import { postgresSummaryStore } from "./postgres_store.ts";
import { type RepairDeps, repairStream } from "./repair.ts";

const USAGE =
  `Usage: deno task summarise --site ID [--patient CODE] [--recording CODE] [--check | --rebuild]

Makes the summaries that overviews are drawn from, where stored chunks have none. Safe to run again, and
beside running services.

  --site ID          number of the site, as its tokens have it
  --patient CODE     recordings of this patient only
  --recording CODE   recordings of this code only
  --check            counts what is missing, makes nothing
  --rebuild          makes everything anew, also where nothing is missing: for damaged summaries
  --help             this text

Environment:
  DERIVER_DATABASE_URL   PostgreSQL as wavekeep_deriver (required)
  KEY_DIR                folder with master.key and the patients' keys (required)

Exit codes: 0 fine, 1 refused or failed, or some chunks are damaged, 2 usage.
`;

const Config = z.object({ DERIVER_DATABASE_URL: secretText(), KEY_DIR: z.string().min(1) });

/** What a run is asked for. */
export interface SummariseOptions {
  readonly siteId: number;
  readonly patientCode?: string;
  readonly recordingCode?: string;
  readonly mode: "make" | "check" | "rebuild";
}

/** What a run found and did. */
export interface SummariseResult {
  readonly streamCount: number;
  /** Streams of erased patients: there is nothing to read any more. */
  readonly erasedCount: number;
  /** Blocks of 64 chunks that lacked some. */
  readonly lackingBlocks: number;
  readonly chunksRead: number;
  readonly chunksDamaged: number;
}

/** How far a run is. */
export interface SummariseProgress {
  readonly stream: number;
  readonly streamCount: number;
  readonly doneBlocks: number;
  readonly blockCount: number;
  readonly chunksRead: number;
}

/** What a run needs of the world. */
export interface SummariseDeps extends RepairDeps {
  /** Connections of role `wavekeep_deriver`. */
  readonly pool: pg.Pool;
}

/** Opens what a run needs. */
export function summariseDeps(
  pool: pg.Pool,
  keyStore: RepairDeps["keyStore"],
  verifier: RepairDeps["verifier"],
  logger: Logger,
): SummariseDeps {
  const sets = createStoredSets({
    store: { findParameterSet: (...args) => findParameterSet(pool, ...args) },
    keyStore,
    sha256: nodeSha256,
    clock: systemClock,
    logger,
  });
  return { pool, store: postgresSummaryStore(pool), keyStore, verifier, sets, logger };
}

/**
 * Summarises recordings.
 *
 * @throws What the database throws; what was done stays done.
 */
export async function summarise(
  deps: SummariseDeps,
  options: SummariseOptions,
  onProgress: (progress: SummariseProgress) => void = () => {},
): Promise<SummariseResult> {
  const { siteId, mode } = options;
  const streams = await listStreams(deps.pool, siteId, options);
  const result = {
    streamCount: streams.length,
    erasedCount: 0,
    lackingBlocks: 0,
    chunksRead: 0,
    chunksDamaged: 0,
  };
  for (const [index, stream] of streams.entries()) {
    if (mode === "check") {
      result.lackingBlocks +=
        (await deps.store.lacking(siteId, placeOf(stream), wholeOf(stream))).length;
      onProgress({
        stream: index + 1,
        streamCount: streams.length,
        doneBlocks: 0,
        blockCount: 0,
        chunksRead: 0,
      });
      continue;
    }
    try {
      if (mode === "rebuild") await deps.store.discard(siteId, placeOf(stream));
      const done = await repairStream(deps, stream, wholeOf(stream), {
        onProgress: ({ doneCount, blockCount, chunkCount }) =>
          onProgress({
            stream: index + 1,
            streamCount: streams.length,
            doneBlocks: doneCount,
            blockCount,
            chunksRead: result.chunksRead + chunkCount,
          }),
      });
      result.lackingBlocks += done.blockCount;
      result.chunksRead += done.chunkCount;
      result.chunksDamaged += done.damagedCount;
    } catch (error) {
      if (!(error instanceof ProblemError) || error.slug !== "recording-not-found") throw error;
      result.erasedCount++;
    }
  }
  return result;
}

function placeOf({ recording: { recordingId }, segmentNumber, stream }: ListedStream) {
  return { recordingId, segmentNumber, stream };
}

function wholeOf({ endSequence }: ListedStream): { start: number; end: number } {
  return { start: 0, end: endSequence };
}

/** One line about how far a run is. */
export function progressLine(
  { stream, streamCount, doneBlocks, blockCount, chunksRead }: SummariseProgress,
): string {
  const share = blockCount === 0 ? "" : `, ${Math.floor(100 * doneBlocks / blockCount)} % of it`;
  return `stream ${stream} of ${streamCount}${share}, ${chunksRead} chunks read`;
}

/** Rewrites a line on a terminal; elsewhere prints one every few seconds. */
function progressPrinter(): { show(progress: SummariseProgress): void; end(): void } {
  const isTerminal = Deno.stderr.isTerminal();
  let nextMs = 0;
  return {
    show(progress) {
      if (performance.now() < nextMs) return;
      nextMs = performance.now() + (isTerminal ? 100 : 5_000);
      write(
        "stderr",
        isTerminal ? `\r\x1b[2K${progressLine(progress)}` : `${progressLine(progress)}\n`,
      );
    },
    end() {
      if (isTerminal) write("stderr", "\r\x1b[2K");
    },
  };
}

/** @throws {Error} The command line does not make sense. */
export function parseOptions(args: readonly string[]): SummariseOptions | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      site: { type: "string" },
      patient: { type: "string" },
      recording: { type: "string" },
      check: { type: "boolean" },
      rebuild: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return "help";
  if (values.check && values.rebuild) throw new Error("--check and --rebuild exclude each other");
  return {
    siteId: siteOf(values.site),
    ...(values.patient === undefined ? {} : { patientCode: values.patient }),
    ...(values.recording === undefined ? {} : { recordingCode: values.recording }),
    mode: values.check ? "check" : values.rebuild ? "rebuild" : "make",
  };
}

async function main(args: readonly string[]): Promise<number> {
  let options;
  let config;
  try {
    options = parseOptions(args);
    if (options === "help") {
      print("stdout", USAGE);
      return 0;
    }
    config = parseConfig(Config);
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof Error)) throw error;
    print("stderr", `${error.message}\n\n${USAGE}`);
    return 2;
  }
  const logger = createLogger({
    service: "summarise",
    level: "warn",
    write: (line) => print("stderr", `${line}\n`),
  });
  const pool = openPool(config.DERIVER_DATABASE_URL.reveal(), {
    role: "wavekeep_deriver",
    max: 2,
    logger,
    applicationName: "wavekeep summarise",
  });
  const verifier = workerVerifier({ count: 2, logger });
  const progress = progressPrinter();
  try {
    await checkSchemaVersion(pool);
    const keyStore = await fileKeyStore(config.KEY_DIR);
    await verifier.loaded;
    const deps = summariseDeps(pool, keyStore, verifier, logger);
    const result = await summarise(deps, options, progress.show);
    progress.end();
    print("stdout", `${describe(result, options.mode)}\n`);
    return result.chunksDamaged === 0 ? 0 : 1;
  } catch (error) {
    progress.end();
    print("stderr", `summarise: ${error instanceof Error ? error.message : error}\n`);
    return 1;
  } finally {
    verifier.close();
    await pool.end();
  }
}

function describe(result: SummariseResult, mode: SummariseOptions["mode"]): string {
  const { streamCount, erasedCount, lackingBlocks, chunksRead, chunksDamaged } = result;
  const streams = `${streamCount} streams${
    erasedCount > 0 ? `, ${erasedCount} of erased patients` : ""
  }`;
  if (mode === "check") return `${streams}: ${lackingBlocks} blocks lack summaries`;
  return `${streams}: ${lackingBlocks} blocks lacked summaries, ${chunksRead} chunks read, ${chunksDamaged} damaged`;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
