/**
 * `deno run -A bench/storage_layout/main.ts`: bytes a sample and processor time of several layouts of the
 * same rows, on a server of its own. Prints a table in Markdown; decision 0015 has one.
 *
 * Exit codes: 0 fine, 1 failed, 2 usage.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { createLogger } from "@wavekeep/core/service";
import { sharedDataDir } from "../../core/testing/shared_data.ts";
import { type ChunkSizes, chunkSizes } from "./chunk_sizes.ts";
import { type Layout, LAYOUTS } from "./layouts.ts";
import {
  fill,
  type LayoutCost,
  type LayoutSize,
  type Load,
  timeReads,
  vacuum,
  walPosition,
  weigh,
} from "./measure_layout.ts";
import { addMonths, openDatabase, recentUuid, type Server, startServer } from "./server.ts";

const USAGE = `Usage: deno run -A bench/storage_layout/main.ts [options]

  --seconds N      chunks of each recording (default 1200)
  --recordings N   recordings at a time (default 20)
  --batches        one recording after the other in batches of 100, instead of all at once, live
  --span FROM-TO   of the recordings' seconds only these, such as 0-41 for the first, without a seizure
  --size N         every sealed chunk has N bytes, instead
  --noise          sizes of the synthetic days of the bench, instead of the recordings themselves
  --only TEXT      layouts whose name contains it
  --months LIST    how many monthly partitions there are, each a round (default 1); such as 1,12,60
`;

const logger = createLogger({ service: "storage layout", level: "error" });

async function main(args: string[]): Promise<number> {
  let options;
  try {
    options = parseArgs({
      args,
      options: {
        seconds: { type: "string", default: "1200" },
        recordings: { type: "string", default: "20" },
        batches: { type: "boolean", default: false },
        noise: { type: "boolean", default: false },
        span: { type: "string", default: "" },
        size: { type: "string", default: "" },
        only: { type: "string", default: "" },
        months: { type: "string", default: "1" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    await print(`${(error as Error).message}\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    await print(USAGE);
    return 0;
  }
  const found = options.size === ""
    ? await chunkSizes(sharedDataDir(), { noise: options.noise })
    : { origin: "one size", bodyBytes: [Number(options.size)] };
  const [from, to] = options.span === "" ? [] : options.span.split("-").map(Number);
  const sizes = { ...found, bodyBytes: found.bodyBytes.slice(from, to) };
  await print(describe(sizes));
  const load: Load = {
    recordings: Array.from({ length: Number(options.recordings) }, recentUuid),
    seconds: Number(options.seconds),
    isLive: !options.batches,
  };
  const layouts = LAYOUTS.filter(({ name }) => name.includes(options.only));
  await using server = await startServer();
  await print(HEAD);
  for (const months of options.months.split(",").map(Number)) {
    for (const layout of layouts) {
      const name = `${layout.name}${months === 1 ? "" : `, ${months} months`}`;
      const { size, cost } = await measure(server, { layout, months, load, sizes });
      await print(line(name, size, cost));
    }
  }
  return 0;
}

async function measure(
  server: Server,
  { layout, months, load, sizes }: {
    layout: Layout;
    months: number;
    load: Load;
    sizes: ChunkSizes;
  },
): Promise<{ size: LayoutSize; cost: LayoutCost }> {
  await using database = await openDatabase(server);
  const { owner } = database;
  await addMonths(owner, months - 1);
  const { rows: [partition] } = await owner.query<{ name: string }>(
    `select relname as name from pg_class join pg_inherits on inhrelid = oid
        where inhparent = 'wavekeep.chunk'::regclass
        order by relname like '%until%', relname desc limit 1`,
  );
  const change = async (statements: readonly string[] = []) => {
    for (const statement of statements) {
      await owner.query(statement.replaceAll("PARTITION", `wavekeep.${partition!.name}`));
    }
  };
  await change(layout.statements);
  const isSoon = (layout.vacuum ?? "soon and frozen") === "soon and frozen";
  await owner.query("checkpoint");
  const before = await walPosition(owner);
  let vacuumBytes = 0;
  const insertChunk = await fill(database, load, {
    bodyBytes: sizes.bodyBytes,
    logger,
    ...(isSoon &&
      { onChunks: async () => void (vacuumBytes += await vacuum(database, "freeze")) }),
  });
  const rows = await walPosition(owner) - before - vacuumBytes;
  if (!isSoon) await owner.query("checkpoint");
  const isFrozen = layout.vacuum !== "late";
  vacuumBytes += await vacuum(database, isFrozen ? "freeze" : "analyze");
  await owner.query("checkpoint");
  const freezing = await vacuum(database, "freeze");
  await change(layout.after);
  const log = { rows, vacuum: vacuumBytes, freezing };
  const size = await weigh(database, load.recordings.length * load.seconds, log);
  return { size, cost: { insertChunk, ...await timeReads(database, load, logger) } };
}

function describe({ origin, bodyBytes }: ChunkSizes): string {
  const sorted = [...bodyBytes].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))];
  const mean = bodyBytes.reduce((sum, bytes) => sum + bytes, 0) / bodyBytes.length;
  return `${origin}: ${bodyBytes.length} sealed chunks, mean ${mean.toFixed(0)} bytes, ` +
    `quantiles 0/10/50/90/100 %: ${[0, 0.1, 0.5, 0.9, 1].map(at).join(" ")}\n\n`;
}

const HEAD = "| layout | B/sample | heap | TOAST | key index | event | its indexes | WAL | " +
  "WAL of vacuum | of freezing | out of line | insert µs | window µs | count µs |\n|---|" +
  "---|".repeat(13) + "\n";

function line(name: string, size: LayoutSize, cost: LayoutCost): string {
  const parts = [
    size.total,
    size.chunkHeap,
    size.chunkToast,
    size.chunkIndex,
    size.eventHeap,
    size.eventIndexes,
    size.log,
    size.vacuumLog,
    size.freezeLog,
  ].map((bytes) => bytes.toFixed(4));
  const costs = [cost.insertChunk, cost.readWindow].map((micros) => micros.toFixed(0));
  return `| ${name} | ${parts.join(" | ")} | ${(100 * size.outOfLine).toFixed(0)} % | ${
    costs.join(" | ")
  } | ${cost.countSequence.toFixed(2)} |\n`;
}

async function print(text: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
