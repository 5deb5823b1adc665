/**
 * One restore drill: what `deno task faults --only restore` does twenty times.
 *
 * @module
 */

import { deepStrictEqual, ok } from "node:assert/strict";
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
