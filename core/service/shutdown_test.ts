import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { createLogger } from "./json_log.ts";
import { onShutdown, type ShutdownStep } from "./shutdown.ts";

const logger = createLogger({ service: "test", write: () => {} });

async function run(steps: readonly ShutdownStep[], times = 1): Promise<number[]> {
  const exits: number[] = [];
  const shutdown = onShutdown(logger, steps, (code) => exits.push(code));
  await Promise.all(Array.from({ length: times }, () => shutdown.run("test")));
  await shutdown.done;
  return exits;
}

Deno.test("onShutdown() runs the steps in order, once, however often it is asked", async () => {
  const ran: string[] = [];
  const step = (name: string): ShutdownStep => [name, async () => {
    await Promise.resolve();
    ran.push(name);
  }];
  deepStrictEqual(await run([step("http"), step("pool")], 3), [0]);
  deepStrictEqual(ran, ["http", "pool"]);
});

Deno.test("onShutdown() runs the later steps when one fails, and says so by its code", async () => {
  let isClosed = false;
  const failing: ShutdownStep = ["http", () => Promise.reject(new Error("on purpose"))];
  deepStrictEqual(await run([failing, ["pool", () => void (isClosed = true)]]), [1]);
  strictEqual(isClosed, true);
});
