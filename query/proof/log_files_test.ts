// Strangers take three connections at most, and what they took once is kept.

import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { formatTilePath, type TileId } from "@wavekeep/core/log";
import { ProblemError } from "@wavekeep/core/problem";
import { LogFiles } from "./log_files.ts";
import type { LogHead } from "./proof_store.ts";

const HEAD: LogHead = {
  logNumber: 1,
  origin: "wavekeep.test/log",
  checkpoint: new Uint8Array(3),
  witnessedCheckpoint: null,
};

/** A store that answers when it is told to. */
class SlowStore {
  heads = 0;
  underWay = 0;
  most = 0;
  readonly asked: string[] = [];
  gate: Promise<void> = Promise.resolve();
  async #slow<T>(answer: T): Promise<T> {
    this.most = Math.max(this.most, ++this.underWay);
    await this.gate;
    this.underWay--;
    return answer;
  }
  head = () => (this.heads++, this.#slow<LogHead | undefined>(HEAD));
  tiles = (_log: number, tiles: readonly TileId[]) => {
    this.asked.push(...tiles.map(formatTilePath));
    return this.#slow(new Map(tiles.map((tile) => [formatTilePath(tile), new Uint8Array(1)])));
  };
}

const tile = (index: number, width = 256): TileId => ({ level: 0, index, width });

Deno.test("LogFiles reads for three at once, in line for others, and refuses the rest", async () => {
  const store = new SlowStore();
  const files = new LogFiles(store, { waitingMax: 5 });
  await files.head();
  const gate = Promise.withResolvers<void>();
  store.gate = gate.promise;
  const head = files.head();
  strictEqual(files.head(), head, "one look for all who ask");
  gate.resolve();
  await head;
  const next = Promise.withResolvers<void>();
  const asked = Array.from({ length: 20 }, (_, index) => files.tile(tile(index, 7)));
  store.gate = next.promise;
  const refused = asked.map((one) =>
    one.then(() => "given", (error: ProblemError) => [error.slug, error.details.retryAfterSeconds])
  );
  next.resolve();
  const answers = await Promise.all(refused);
  strictEqual(answers.filter((answer) => answer === "given").length, 3 + 5);
  deepStrictEqual(answers.filter((answer) => answer !== "given")[0], ["too-many-requests", 1]);
  ok(store.most <= 3, `${store.most} at once`);
  strictEqual(store.heads, 3, "one alone, one for two, one for twenty");
  // Nobody keeps a turn.
  ok(await files.tile(tile(1)));
});

Deno.test("LogFiles keeps full tiles, and those alone", async () => {
  const store = new SlowStore();
  const files = new LogFiles(store);
  for (const one of [tile(0), tile(0), tile(0, 9), tile(0, 9)]) await files.tile(one);
  deepStrictEqual(store.asked, ["tile/0/000", "tile/0/000.p/9", "tile/0/000.p/9"]);
});

Deno.test("LogFiles goes on after a read that failed", async () => {
  const store = new SlowStore();
  const files = new LogFiles(store);
  store.gate = Promise.reject(new Error("away"));
  store.gate.catch(() => {});
  await rejects(files.head(), /away/);
  store.gate = Promise.resolve();
  strictEqual((await files.head())?.logNumber, 1);
});
