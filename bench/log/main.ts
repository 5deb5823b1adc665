/**
 * What the transparency log costs and how long a leaf waits, by hand: `deno run -A bench/log/main.ts`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { measureLeafWait } from "./leaf_wait.ts";

const USAGE = `Usage: deno run -A bench/log/main.ts [--rate N] [--seconds N] [--commit N]

  --rate N      leaves a second (default 2000)
  --seconds N   how long (default 20)
  --commit N    leaves of a transaction (default 40)
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rate: { type: "string", default: "2000" },
      seconds: { type: "string", default: "20" },
      commit: { type: "string", default: "40" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return print(USAGE);
  const [rate, seconds, commit] = [values.rate, values.seconds, values.commit].map(Number) as [
    number,
    number,
    number,
  ];
  const { signal } = new AbortController();
  const result = await measureLeafWait({ rate, seconds, commit, signal });
  const { disk } = result;
  const at = (share: number) => Math.round(result.waitMs(share));
  print([
    `${result.leafCount} leaves in ${result.stepCount} checkpoints, ${rate}/s for ${seconds} s, ${commit} a commit`,
    `leaf to signed checkpoint: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`,
    `processor time a leaf: sequencer at most ${result.processMicros.toFixed(1)} µs, ` +
    `its connection ${result.connectionMicros.toFixed(1)} µs`,
    `disk a leaf: tiles ${disk.tiles.toFixed(1)}, index ${disk.index.toFixed(1)}, ` +
    `outbox ${disk.outbox.toFixed(1)} bytes`,
    "",
  ].join("\n"));
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) await main();
