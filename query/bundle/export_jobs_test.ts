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
import { SealedSpool } from "./sealed_spool.ts";

const order = (siteId: number): ExportOrder => ({
  siteId,
  actor: "a",
  requestId: "r",
  recording: { recordingId: "x" } as ExportOrder["recording"],
  earlierSizes: [],
  bids: undefined,
  original: false,
});

const logger = createLogger({ service: "test", write: () => {} });

Deno.test("exports that wait take so many bytes and no more, and the next is told when to come", async () => {
  const folder = await Deno.makeTempDir();
  const deps = {
    store: { read: () => Promise.reject(new Error("away")) },
    audit: { recordExport: () => Promise.resolve() },
    consents: { require: () => Promise.resolve(), watch: () => () => {} },
    logger,
  } as unknown as QueryDeps;
  let nowMs = 0;
  const jobs = await ExportJobs.open(deps, folder, { bytesMax: 100_000, nowMs: () => nowMs });
  try {
    const kept = await jobs.start(order(1));
    await jobs.settled();
    // As if it had been written.
    kept.spooledBytes = 100_000;
    nowMs = 600_000;
    await rejects(jobs.start(order(2)), (error) => {
      ok(error instanceof ProblemError);
      strictEqual(error.slug, "export-space");
      strictEqual(error.details.retryAfterSeconds, 3_000, "when the oldest has expired");
      return true;
    });
    nowMs = 3_600_000;
    ok(await jobs.start(order(2)));
  } finally {
    await jobs.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a spool ends a file at the moment when there is no more room", async () => {
  const folder = await Deno.makeTempDir();
  try {
    let left = 3 * 65_564;
    const spool = new SealedSpool(folder, new Uint8Array(32), {
      beforeWrite: (byteLength) => {
        left -= byteLength;
        if (left < 0) throw new RangeError("no room");
      },
    });
    const block = new Uint8Array(65_536);
    await spool.write("fits", [block, block]);
    await rejects(spool.write("does not", [block, block]), /no room/);
    strictEqual(spool.files.length, 1);
    strictEqual((await Deno.stat(`${folder}/1`)).size, 65_564);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a site fills its own share of the queue, and sees no job of another", async () => {
  const folder = await Deno.makeTempDir();
  const gate = Promise.withResolvers<never>();
  gate.promise.catch(() => {});
  const deps = {
    store: { read: () => gate.promise },
    audit: { recordExport: () => Promise.resolve() },
    consents: { require: () => Promise.resolve(), watch: () => () => {} },
    logger,
  } as unknown as QueryDeps;
  const jobs = await ExportJobs.open(deps, folder);
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
