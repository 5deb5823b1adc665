/**
 * Streams that this process meets for the first time: what a crash may have cost them is looked for.
 *
 * Sole owner of who was met. A process that ends without draining takes the summaries with it that it had
 * not written; those of a device that goes on are found missing when it comes again, and made up.
 *
 * @module
 */

import { BLOCK_BUCKETS } from "@wavekeep/core/summary";
import type { Logger } from "@wavekeep/core/service";
import { type RepairDeps, type RepairedStream, repairStream } from "./repair.ts";
import type { SummarisedChunk } from "./summaries.ts";
import type { SummaryLimits } from "./summary_limits.ts";

/** Streams remembered as met; then the oldest is met again, which costs a count. */
const MET_MAX = 50_000;

/** Repairs that wait for their turn. */
export interface FirstMeetings {
  readonly size: number;
  /** Notes a stream for repair when it was not met before. */
  meet(name: string, chunk: SummarisedChunk): void;
  /** Does the next one; never rejects. */
  repairNext(): Promise<void>;
  clear(): void;
}

/** @param options.betweenBlocks Called after every block that was made up; awaited. */
export function createFirstMeetings(
  deps: RepairDeps & { readonly logger: Logger },
  { limits: { repairBlocks }, betweenBlocks }: {
    readonly limits: Pick<SummaryLimits, "repairBlocks">;
    readonly betweenBlocks: () => Promise<void> | void;
  },
): FirstMeetings {
  const met = new Set<string>();
  const repairs: { stream: RepairedStream; sequence: number }[] = [];
  return {
    get size() {
      return repairs.length;
    },
    meet(name, { segment, recording, header }) {
      if (met.has(name)) return;
      met.add(name);
      if (met.size > MET_MAX) met.delete(met.values().next().value!);
      // Before the first chunk there was none to lose.
      if (header.sequence === 0 || repairBlocks === 0) return;
      const { descriptorDigest } = segment.streams.find(({ stream }) => stream === header.stream)!;
      repairs.push({
        stream: {
          recording,
          segmentNumber: segment.segmentNumber,
          segmentDigest: segment.segmentDigest,
          stream: header.stream,
          descriptorDigest,
        },
        sequence: header.sequence,
      });
    },
    async repairNext() {
      const { stream, sequence } = repairs.shift()!;
      const end = (Math.floor(sequence / BLOCK_BUCKETS) + 1) * BLOCK_BUCKETS;
      const start = Math.max(0, end - repairBlocks * BLOCK_BUCKETS);
      try {
        const { chunkCount } = await repairStream(deps, stream, { start, end }, {
          blocksMax: repairBlocks,
          onProgress: betweenBlocks,
        });
        if (chunkCount > 0) deps.logger.info("summaries made up", { chunkCount });
      } catch (error) {
        deps.logger.warn("summaries not made up, readers compute them from chunks", { error });
      }
    },
    clear() {
      repairs.length = 0;
    },
  };
}
