import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { bundleProgram } from "../bundle/bundle_program.ts";
import { prng } from "../testing/prng.ts";
import { tearLastPage } from "../testing/tear_wal.ts";
import { SEGMENT, wish, withSpool } from "./testing/held.ts";

const KILLS = 50;
const SEED = Number(Deno.env.get("WAVEKEEP_SEED") ?? Date.now() % 100_000);
const PROGRAM = fileURLToPath(new URL("testing/holding_process.ts", import.meta.url));
/** Chunks that a life holds at most before it is killed. */
const LIFE_CHUNKS_MAX = 12;

Deno.test(`${KILLS} times kill -9 with a torn last page: nothing held is lost (seed ${SEED})`, async () => {
  const random = prng(SEED);
  await withSpool(async ({ open, folder, alarms }) => {
    const program = `${folder}/../holding_process.js`;
    await bundleProgram(PROGRAM, program);
    await (await open()).close();
    const tears = new Set<string>();
    let next = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const held = await liveAndDie(program, folder, next, 1 + random.below(LIFE_CHUNKS_MAX));
      ok(held >= next);
      tears.add(await tearLastPage(`${folder}/spool.db`, random));
      // One that was on the disk and not said to be, at most.
      next = held + 1;
    }
    ok(tears.size >= 3, [...tears].join());
    const spool = await open();
    deepStrictEqual(alarms, []);
    // Held, or stored and gone, each sequence exactly once.
    const held = spool.progress(SEGMENT)[0]!.held;
    strictEqual(held.length, 1);
    ok(held[0]!.start === 0 && held[0]!.end >= next, `${held[0]!.end} of ${next}`);
    const waiting: number[] = [];
    for (let after = 0;;) {
      const batch = await spool.nextBatch({ ...wish, liveAfter: after, chunksMax: 500 });
      if (batch === undefined) break;
      waiting.push(...batch.entries.map(({ chunk }) => chunk!.sequence));
      after = batch.entries.at(-1)!.entryNo;
    }
    strictEqual(new Set(waiting).size, waiting.length);
    const { waitingChunks, disputedEntries } = spool.status();
    deepStrictEqual([waitingChunks, disputedEntries], [waiting.length, 0]);
    await spool.close();
  });
});

/** One life of the process; returns the last sequence that it said it holds. */
async function liveAndDie(
  program: string,
  folder: string,
  first: number,
  chunks: number,
): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      program,
      folder,
      folder.replace(/spool$/, "keys"),
      `${first}`,
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let text = "";
  let isKilled = false;
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    // Once: what it said before is still read when it has ended, and who has ended cannot be killed.
    if (isKilled || text.split("\n").length <= chunks) continue;
    isKilled = true;
    child.kill("SIGKILL");
  }
  await child.status;
  return Number(text.slice(0, text.lastIndexOf("\n")).split("\n").at(-1));
}
