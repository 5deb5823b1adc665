/**
 * Faults. The simulator's own device, with every receipt that it was given.
 *
 * @module
 */

import { join } from "node:path";
import { civilStartOf } from "../civil_now.ts";
import { type DeviceProgress, runDevice } from "../device.ts";
import { createIngestClient, type IngestClient } from "../ingest_client.ts";
import { DEFAULT_RETRY } from "../retry.ts";
import { syntheticSource } from "../synthetic_source.ts";
import { openUploadMemory } from "../upload_memory.ts";
import type { Stage } from "./stage.ts";

/** Where a chunk is, as `segment/stream/sequence`. */
export type ChunkPlace = string;

/** What all devices of a drill hold receipts of. */
export class Receipts {
  readonly digests = new Map<ChunkPlace, string>();
  readonly violations: string[] = [];

  /** A client that writes down what is acknowledged. */
  watch(client: IngestClient): IngestClient {
    return {
      ...client,
      sendChunks: async (bytes, count) => {
        const outcomes = await client.sendChunks(bytes, count);
        for (const { status, receipt } of outcomes) {
          if (receipt === undefined || status >= 300) continue;
          const place = `${receipt.segment_id}/${receipt.stream}/${receipt.sequence}`;
          const before = this.digests.get(place);
          if (before !== undefined && before !== receipt.chunk_digest) {
            this.violations.push(`${place} was acknowledged with two digests`);
          }
          this.digests.set(place, receipt.chunk_digest);
        }
        return outcomes;
      },
    };
  }
}

/** One device: a recording of so many seconds, or one that goes on until it is stopped. */
export class DrillDevice {
  readonly #stage: Stage;
  readonly #receipts: Receipts;
  readonly #of: { name: string; seed: number; seconds: number | null; url: string };
  /** How often it began again because the server was restored. */
  restarts = 0;

  constructor(
    stage: Stage,
    receipts: Receipts,
    of: { name: string; seed: number; seconds: number | null; url: string },
  ) {
    this.#stage = stage;
    this.#receipts = receipts;
    this.#of = of;
  }

  /** Sends what is missing, as a run of `deno task simulate` does; again after the end, what was lost. */
  async run(stop?: AbortSignal): Promise<DeviceProgress> {
    const { name, seed, seconds, url } = this.#of;
    const { siteId, signal } = this.#stage;
    const codes = { patientId: name, recordingId: name };
    const memory = await openUploadMemory(join(this.#stage.folder, "devices"), {
      siteId,
      ...codes,
    });
    const token = await this.#stage.token("device", name);
    const client = createIngestClient({
      url,
      token: () => Promise.resolve(token),
      policy: { ...DEFAULT_RETRY, capMs: 500 },
      firstContactMs: Infinity,
      signal,
    });
    const startedAt = civilStartOf(1_760_000_000);
    try {
      return await runDevice({
        codes,
        memory,
        client: this.#receipts.watch(client),
        source: syntheticSource({
          seed,
          blockSeconds: 600,
          startSecondOfDay: 0,
          startedAt,
          startedAtMicros: 1_760_000_000_000_000n,
          stretches: [{ key: "drill", startSecond: 0, endSecond: seconds, clock: "disciplined" }],
        }),
        speed: seconds === null ? LIVE_SPEED : "max",
        onRestored: () => this.restarts++,
        endWhenStopped: true,
        ...(stop === undefined ? {} : { stop }),
      });
    } finally {
      memory.close();
    }
  }
}

/** Chunks a second of a device that goes on. */
const LIVE_SPEED = 8;
