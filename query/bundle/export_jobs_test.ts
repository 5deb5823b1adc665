/**
 * The queue of exports between sites; what a bundle holds is `bundle_test.ts`.
 *
 * @module
 */

import { ok, rejects, strictEqual } from "node:assert/strict";
import { ProblemError } from "@wavekeep/core/problem";
import { createLogger } from "@wavekeep/core/service";
import type { QueryDeps } from "../deps.ts";
import { ExportJobs, type ExportOrder } from "./export_jobs.ts";

Deno.test("a site fills its own share of the queue, and sees no job of another", async () => {
  const folder = await Deno.makeTempDir();
  const gate = Promise.withResolvers<never>();
  gate.promise.catch(() => {});
  const deps = {
    store: { read: () => gate.promise },
    audit: { recordExport: () => Promise.resolve() },
    logger: createLogger({ service: "test", write: () => {} }),
  } as unknown as QueryDeps;
  const jobs = await ExportJobs.open(deps, folder);
  const order = (siteId: number): ExportOrder => ({
    siteId,
    actor: "a",
    requestId: "r",
    recording: { recordingId: "x" } as ExportOrder["recording"],
    earlierSizes: [],
    bids: undefined,
    original: false,
  });
  try {
    const first = await jobs.start(order(1));
    for (let i = 1; i < 8; i++) await jobs.start(order(1));
    await rejects(
      jobs.start(order(1)),
      (error) => error instanceof ProblemError && error.slug === "too-many-requests",
    );
    const other = await jobs.start(order(2));
    strictEqual(await jobs.find(2, first.id), undefined);
    strictEqual(await jobs.find(1, other.id), undefined);
    strictEqual(await jobs.find(1, first.id), first);
    // Given up while it waits: nothing of it stays, in memory or on disk.
    await jobs.cancel(first);
    strictEqual(await jobs.find(1, first.id), undefined);
    gate.reject(new Error("the end of the test"));
    await jobs.settled();
    strictEqual(first.state, "cancelled");
    strictEqual(other.state, "refused");
    for await (const { name } of Deno.readDir(folder)) ok(false, `${name} is left`);
  } finally {
    gate.reject(new Error("the end of the test"));
    await jobs.close();
    await Deno.remove(folder, { recursive: true });
  }
});
