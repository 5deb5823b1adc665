/**
 * `deno run -A bench/scrub/main.ts`: how fast the scrub goes, by hand, and where its time goes.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { measureScrub, type ScrubTime } from "./scrub_speed.ts";

const USAGE = `Usage: deno run -A bench/scrub/main.ts [--chunks N] [--rounds N] [--json]

  --chunks N    raw chunks of 16 KiB that are stored first (default 20000)
  --rounds N    rounds in each depth (default 3)
  --json        a line of JSON for each round, in seconds
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args.filter((arg) => arg !== "--"),
    options: {
      chunks: { type: "string", default: "20000" },
      rounds: { type: "string", default: "3" },
      json: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  const [chunkCount, rounds] = [Number(values.chunks), Number(values.rounds)];
  if (values.help || !(chunkCount > 0 && rounds > 0)) return print(USAGE), values.help ? 0 : 2;
  await measureScrub({
    chunkCount,
    rounds,
    signal: new AbortController().signal,
    onRound: (time) =>
      values.json ? print(`${JSON.stringify(time)}\n`) : printRound(time, chunkCount),
  });
  return 0;
}

function printRound({ isDeep, elapsed, own, server }: ScrubTime, chunkCount: number): void {
  const micros = (time: number) => (1e6 * time / chunkCount).toFixed(1);
  print(
    `${isDeep ? "deep " : "plain"} ${(chunkCount / elapsed).toFixed(0)} chunks/s; processor of a ` +
      `chunk: scrub ${micros(own)} µs, PostgreSQL ${micros(server)} µs; that is ` +
      `${(chunkCount / (own + server)).toFixed(0)} chunks/s of one core, ` +
      `${(chunkCount / own).toFixed(0)} without PostgreSQL\n`,
  );
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(await main());
