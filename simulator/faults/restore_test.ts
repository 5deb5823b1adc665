/**
 * One restore drill and one failover: what `deno task faults` does twenty times.
 *
 * @module
 */

import { deepStrictEqual, ok } from "node:assert/strict";
import { failover } from "./campaigns/failover.ts";
import { restore } from "./campaigns/restore.ts";

Deno.test("what a restore takes away comes back from devices, and all of it verifies", async () => {
  const { violations, figures } = await restore.run({
    count: restore.small,
    seed: 7,
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  deepStrictEqual(violations, []);
  ok(figures["acknowledged chunks that a restore took away"]! > 0);
});

Deno.test("what was acknowledged is on the standby when the primary is gone for good", async () => {
  const { violations, figures } = await failover.run({
    count: failover.small,
    seed: 7,
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  deepStrictEqual(violations, []);
  ok(figures["chunks acknowledged"]! > 0);
});
