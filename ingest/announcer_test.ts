import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createLogger } from "@wavekeep/core/service";
import { createAnnouncer } from "./announcer.ts";
import type { IngestStore } from "./store/ingest_store.ts";

const lines: string[] = [];
const logger = createLogger({ service: "test", write: (line) => lines.push(line) });

function gatedStore() {
  const sent: (readonly string[])[] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const store = {
    announce: (numbers: readonly string[]) => {
      sent.push(numbers);
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      return gate.promise;
    },
  } as Pick<IngestStore, "announce"> as IngestStore;
  return { store, sent, gates };
}

Deno.test("announce() gathers what comes while one is under way", async () => {
  const { store, sent, gates } = gatedStore();
  const announcer = createAnnouncer(store, logger);
  announcer.announce("1");
  for (const number of ["2", "3", "2", "3"]) announcer.announce(number);
  deepStrictEqual(sent, [["1"]]);
  gates[0]!.resolve();
  await Promise.resolve().then(() => {}).then(() => {});
  deepStrictEqual(sent, [["1"], ["2", "3"]]);
  gates[1]!.resolve();
  await announcer.settled();
  strictEqual(sent.length, 2);
});

Deno.test("announce() survives a store that is away, and says so", async () => {
  const { store, sent, gates } = gatedStore();
  const announcer = createAnnouncer(store, logger);
  announcer.announce("1");
  gates[0]!.reject(new Error("away"));
  await announcer.settled();
  strictEqual(lines.length, 1);
  announcer.announce("2");
  gates[1]!.resolve();
  await announcer.settled();
  deepStrictEqual(sent, [["1"], ["2"]]);
});

Deno.test("announce() pauses between announcements, and never before the first", async () => {
  const { store, sent, gates } = gatedStore();
  const announcer = createAnnouncer(store, logger, 30);
  announcer.announce("1");
  deepStrictEqual(sent, [["1"]]);
  gates[0]!.resolve();
  const before = performance.now();
  await Promise.resolve().then(() => {}).then(() => {});
  announcer.announce("2");
  announcer.announce("3");
  strictEqual(sent.length, 1);
  while (sent.length === 1) await new Promise((resolve) => setTimeout(resolve, 2));
  ok(performance.now() - before >= 25, "the pause was kept");
  deepStrictEqual(sent, [["1"], ["2", "3"]]);
  gates[1]!.resolve();
  await announcer.settled();
});
