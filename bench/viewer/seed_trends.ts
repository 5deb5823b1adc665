/**
 * Bench, viewer. Trends of days without two minutes of computing them.
 *
 * One block of epochs is derived from its chunks, as `deno task trends` does it; every other one is a copy of
 * it in its own place, sealed and written by the deriver's own store, and the deriver makes the coarse levels of
 * them. So there are as many rows and bytes as of days that were derived, and reading them is the same.
 *
 * @module
 */

import { fileKeyStore, seal, trendPlace, unseal } from "@wavekeep/core/crypto";
import { createLogger, openPool } from "@wavekeep/core/service";
import { TREND_ALGORITHM, TrendBlock, trendBlockSequences } from "@wavekeep/core/trend";
import { recordingKey } from "../../ingest/recording_key.ts";
import { deriveStream } from "../../ingest/trend/derive_stream.ts";
import { deriveDeps } from "../../ingest/trend/open_deps.ts";
import type { DayDevice } from "../day/device.ts";
import type { Stage } from "../stage.ts";

/** The newest blocks, which are derived first: one of them is full. */
const BLOCKS_DERIVED = 2;

/** Blocks written in one transaction. */
const BLOCKS_PER_WRITE = 64;

/** Makes every trend of a recording of one stream. */
export async function seedTrends(stage: Stage, device: DayDevice): Promise<void> {
  const logger = createLogger({ service: "bench", level: "warn" });
  const pool = openPool(stage.deriver.url, { role: "wavekeep_deriver", max: 1, logger });
  try {
    const deps = deriveDeps(pool, await fileKeyStore(stage.deriver.keyDir), logger);
    const [siteId] = await deps.store.sites();
    const { patientId: patientCode, recordingId: recordingCode } = device;
    const [stream] = await deps.store.streams(siteId!, { patientCode, recordingCode });
    const { recording: { recordingId }, segmentNumber, stream: number } = stream!;
    const place = { recordingId, segmentNumber, stream: number };
    const derive = (blocksMax = Infinity) =>
      deriveStream(deps, stream!, { settled: new Set() }, { isEnded: true, blocksMax });
    await derive(BLOCKS_DERIVED);

    const size = trendBlockSequences(0);
    const rows = await deps.store.rows(siteId!, place);
    const full = rows.find(({ level, chunkCount }) => level === 0 && chunkCount === size);
    if (full !== undefined) {
      const key = await recordingKey(deps.keyStore, stream!.recording);
      const textOf = (block: number) =>
        trendPlace({ siteId: siteId!, ...place, algorithm: TREND_ALGORITHM, level: 0, block });
      const [kept] = await deps.store.bodies(siteId!, place, { level: 0, blocks: [full.block] });
      const made = TrendBlock.decode(unseal(key, textOf(full.block), kept!.body));
      const missing = Array.from({ length: full.block }, (_, block) => block)
        .filter((block) => !rows.some((row) => row.level === 0 && row.block === block));
      for (let at = 0; at < missing.length; at += BLOCKS_PER_WRITE) {
        const blocks = missing.slice(at, at + BLOCKS_PER_WRITE).map((block) => ({
          level: 0,
          block,
          chunkCount: size,
          revision: 1,
          body: seal(key, textOf(block), copyOf(made, block).encode()),
        }));
        if (!await deps.store.write(siteId!, place, blocks)) {
          throw new Error("Cannot write trends: somebody else derives them");
        }
      }
    }
    const { leftCount } = await derive();
    if (leftCount > 0) throw new Error(`Cannot seed trends: ${leftCount} blocks are not made`);
  } finally {
    await pool.end();
  }
}

/** The same numbers at another place. */
function copyOf(from: TrendBlock, block: number): TrendBlock {
  const copy = new TrendBlock({ level: from.level, block }, from.derivationCounts);
  copy.counts.set(from.counts);
  copyRows(from.pairs, copy.pairs);
  from.sides.forEach((side, i) => copyRows(side, copy.sides[i]!));
  return copy;
}

function copyRows<T extends object>(from: T, to: T): void {
  for (const name of Object.keys(from) as (keyof T)[]) {
    (to[name] as Uint16Array).set(from[name] as Uint16Array);
  }
}
