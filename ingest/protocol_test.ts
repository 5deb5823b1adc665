/**
 * The protocol against its model: every row of commands is answered as the table of answers says, over
 * restarts and broken writes.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  newModel,
  protocolCommands,
  type ProtocolModel,
  type ProtocolReal,
  startReal,
} from "./testing/protocol_model.ts";
import { newDisk, type TestApp } from "./testing/test_app.ts";

const RUNS = 100;

/** Plays rows of commands against applications that `start` makes. */
function property(start: (real: ProtocolReal) => TestApp, heard = new Set<string>()) {
  return fc.asyncProperty(protocolCommands(24), async (commands) => {
    const model: ProtocolModel = newModel();
    const real = { disk: newDisk(), fault: undefined, heard, start } as unknown as ProtocolReal;
    real.test = start(real);
    await fc.asyncModelRun(() => ({ model, real }), commands);
    await real.test.deps.announcer.settled();
    const { tables } = real.disk;
    const stored = [...model.segments.values()].reduce((sum, { chunks }) => sum + chunks.size, 0);
    strictEqual(tables.chunks.size, stored);
    strictEqual(tables.events.filter(({ kind }) => kind === "chunk.stored").length, stored);
    deepStrictEqual(tables.segments.length, model.segments.size);
  });
}

Deno.test(`the protocol is its model, in ${RUNS} rows of commands that are new each time`, async () => {
  await fc.assert(property(startReal), { numRuns: RUNS });
});

Deno.test("rows of commands hear every answer that there is", async () => {
  const heard = new Set<string>();
  // One of the many seeds whose rows come by all of them: any seed would miss the rarest now and then.
  await fc.assert(property(startReal, heard), { numRuns: RUNS, seed: 7 });
  deepStrictEqual([...heard].sort(), [
    "200",
    "201",
    "409 beyond-end",
    "409 chunk-conflict",
    "409 segment-unknown",
  ]);
});

Deno.test("a store that overwrites is found, and shrinks to the few commands that show it", async () => {
  const careless = (real: ProtocolReal) => {
    const test = startReal(real);
    const { putChunks } = test.deps.store;
    Object.assign(test.deps.store, {
      putChunks: (...args: Parameters<typeof putChunks>) => {
        for (const { sequence } of args[1]) {
          for (const [key, row] of real.disk.tables.chunks) {
            if (row.sequence === sequence) real.disk.tables.chunks.delete(key);
          }
        }
        return putChunks(...args);
      },
    });
    return test;
  };
  const { failed, counterexample } = await fc.check(property(careless), { numRuns: RUNS, seed: 1 });
  ok(failed, "it was not found");
  // Open, open a segment, put, put again.
  const commands = String(counterexample![0]).split(/,(?![^(]*\))/);
  ok(commands.length <= 5, `shrinks to ${counterexample![0]}`);
});
