/**
 * A device with a spool: it records without a network, is stopped in the middle, and loses nothing.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { startTestApp, type TestApp } from "../ingest/testing/test_app.ts";
import { withRelay } from "../ingest/relay/testing/relay_stage.ts";
import { type DeviceProgress, runDevice } from "./device.ts";
import { createIngestClient } from "./ingest_client.ts";
import { type DeviceSpool, openDeviceSpool } from "./spooled_client.ts";
import { syntheticSource } from "./synthetic_source.ts";
import { openUploadMemory } from "./upload_memory.ts";

const CODES = { patientId: "p", recordingId: "spooled" };
const SECONDS = 20;

const source = () =>
  syntheticSource({
    seed: 5,
    blockSeconds: 100,
    startSecondOfDay: 36_000,
    startedAt: { civil: "2026-11-21T10:00:00", zone: "UTC" },
    startedAtMicros: 1_795_255_200_000_000n,
    stretches: [{ key: "s0", startSecond: 0, endSecond: SECONDS, clock: "disciplined" }],
  });

/** One life of a device, cut short after `killAfter` reports. */
async function live(
  folder: string,
  ingest: TestApp,
  { network, killAfter = Infinity, isLive = false }: {
    network: () => boolean;
    killAfter?: number;
    isLive?: boolean;
  },
): Promise<{ done: DeviceProgress; spool: DeviceSpool; notices: string[] }> {
  const notices: string[] = [];
  const stop = new AbortController();
  const spool = await openDeviceSpool(`${folder}/spool`, {
    url: "http://ingest",
    siteId: 1,
    token: () => Promise.resolve("device"),
    signal: new AbortController().signal,
    onNotice: (text) => notices.push(text),
    isLive,
    limits: { askStateMs: 20, backoff: { baseMs: 5, capMs: 20 } },
    fetch: async (input, init) => {
      if (!network()) throw new TypeError("network is unreachable");
      return await ingest.app.fetch(new Request(input as string, init as RequestInit));
    },
  });
  const memory = await openUploadMemory(`${folder}/memory`, { siteId: 1, ...CODES });
  let reports = 0;
  try {
    const done = await runDevice({
      codes: CODES,
      source: source(),
      client: spool.client,
      memory,
      speed: "max",
      stop: stop.signal,
      onProgress: () => {
        if (reports++ >= killAfter) stop.abort();
      },
    });
    return { done, spool, notices };
  } finally {
    memory.close();
  }
}

Deno.test("a device with a spool records without a network, and goes on from its own disk", async () => {
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-spooled-" });
  try {
    const ingest = startTestApp();
    let isThere = false;
    const network = () => isThere;
    const first = await live(folder, ingest, { network, killAfter: 8 });
    ok(first.spool.waiting >= 8);
    await first.spool.close();
    const second = await live(folder, ingest, { network });
    // What the first life held is not made again.
    const { chunksHeld, chunksStored } = second.done;
    strictEqual(chunksStored, 0);
    ok(chunksHeld > 0 && chunksHeld <= SECONDS - 8, `${chunksHeld} chunks were held`);
    strictEqual(second.spool.waiting, SECONDS);
    strictEqual(ingest.tables.chunks.size, 0);
    isThere = true;
    await second.spool.emptied(new AbortController().signal);
    deepStrictEqual([ingest.tables.chunks.size, second.spool.disputed], [SECONDS, 0]);
    ok(second.notices.some((text) => text.includes("on this device's disk")));
    await second.spool.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a device with a spool notes its clock beside ingest's when it records, and never a file's", async () => {
  for (const isLive of [true, false]) {
    const folder = await Deno.makeTempDir({ prefix: "wavekeep-spooled-" });
    try {
      const ingest = startTestApp();
      const { spool } = await live(folder, ingest, { network: () => true, isLive });
      const noted = () => [...ingest.tables.observations.values()].map(({ row }) => row.source);
      while (isLive && noted().length === 0) await new Promise((done) => setTimeout(done, 10));
      await spool.emptied(new AbortController().signal);
      deepStrictEqual(noted(), isLive ? ["server"] : []);
      await spool.close();
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
});

Deno.test("a device with a spool keeps what a relay holds until ingest's receipt has come through it", async () => {
  await withRelay(async (stage) => {
    stage.network = "away";
    const relay = await stage.start();
    const folder = await Deno.makeTempDir({ prefix: "wavekeep-spooled-" });
    try {
      const viaRelay = { app: relay.app } as unknown as TestApp;
      const { spool } = await live(folder, viaRelay, { network: () => true });
      await spool.emptied(new AbortController().signal);
      deepStrictEqual([spool.waiting, spool.handed, spool.disputed], [0, SECONDS, 0]);
      stage.network = "there";
      await relay.emptied();
      while (spool.handed > 0) await new Promise((done) => setTimeout(done, 10));
      await spool.emptied(new AbortController().signal);
      deepStrictEqual([spool.waiting, spool.handed, spool.disputed], [0, 0, 0]);
      strictEqual(stage.ingest.tables.chunks.size, SECONDS);
      await spool.close();
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});

Deno.test("a device without a spool streams to a relay as to ingest", async () => {
  await withRelay(async (stage) => {
    const relay = await stage.start();
    const folder = await Deno.makeTempDir({ prefix: "wavekeep-relayed-" });
    const memory = await openUploadMemory(folder, { siteId: 1, ...CODES });
    try {
      const done = await runDevice({
        codes: CODES,
        source: source(),
        client: createIngestClient({
          url: "http://relay",
          token: () => Promise.resolve("device"),
          fetch: async (input, init) =>
            await relay.app.fetch(new Request(input as string, init as RequestInit)),
        }),
        memory,
        speed: "max",
        wallClockMicros: () => 0n,
      });
      deepStrictEqual([done.chunksHeld, done.chunksStored], [SECONDS, 0]);
      await relay.emptied();
      strictEqual(stage.ingest.tables.chunks.size, SECONDS);
      // Its clock stands in 1970, and was compared with the relay's, not with ingest's.
      const seen = stage.ingest.tables.observations;
      deepStrictEqual([...seen.values()].map(({ row }) => row.source), ["relay"]);
    } finally {
      memory.close();
      await Deno.remove(folder, { recursive: true });
    }
  });
});
