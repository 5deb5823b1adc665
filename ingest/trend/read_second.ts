/**
 * One second of a stream out of its stored chunk.
 *
 * Sole owner of what a stored chunk may be believed for here: it is opened, verified and decoded, and what
 * fails that is told to the log and judged by nobody.
 *
 * @module
 */

import { gridRange, readChunkHeader, verifyChunk } from "@wavekeep/core/chunk";
import { chunkPlace, nodeSha256, unseal } from "@wavekeep/core/crypto";
import { isCoreError } from "@wavekeep/core/error";
import { ProblemError } from "@wavekeep/core/problem";
import type { Logger } from "@wavekeep/core/service";
import type { SampleRate } from "@wavekeep/core/time";
import type { EpochSecond } from "@wavekeep/core/trend";
import type { StoredSets } from "../stored_sets.ts";
import { readValidSet } from "../valid_set.ts";
import { CHUNK_SAMPLE_COUNT_MAX } from "../verify/verifier.ts";
import type { FollowedStream } from "./trend_store.ts";

/**
 * Reads a second.
 *
 * @returns Its rows; `"unusable"` when it is short, `"damaged"` when what is stored fails its checks.
 *
 * @throws What the store throws, and what is nobody's bytes' fault.
 */
export async function readSecond(
  deps: { readonly sets: Pick<StoredSets, "find">; readonly logger: Logger },
  { recording, segmentNumber, stream, descriptorDigest, segmentDigest }: FollowedStream,
  { key, rate }: { readonly key: Uint8Array; readonly rate: SampleRate },
  { sequence, body }: { readonly sequence: number; readonly body: Uint8Array },
): Promise<EpochSecond | "damaged"> {
  const { siteId, recordingId } = recording;
  const place = { recordingId, segmentNumber, stream, sequence };
  try {
    const bytes = unseal(key, chunkPlace({ siteId, ...place }), body);
    const digest = readChunkHeader(bytes).parameterSetDigest;
    const set = digest === null ? undefined : await deps.sets.find(recording, digest);
    const { header, samples } = verifyChunk(bytes, {
      sha256: nodeSha256,
      identity: { descriptorDigest, segmentDigest },
      sampleCountMax: CHUNK_SAMPLE_COUNT_MAX,
      parameterSet: () => set && readValidSet(set),
    });
    const grid = gridRange(rate, sequence);
    const { sampleCount, channelCount } = header;
    if (sampleCount !== grid.end - grid.start) return "unusable";
    return Array.from(
      { length: channelCount },
      (_, row) => samples.subarray(row * sampleCount, (row + 1) * sampleCount),
    );
  } catch (error) {
    if (!isCoreError(error) && !isBadSet(error)) throw error;
    deps.logger.error("stored chunk damaged, its second is not assessable", { ...place, error });
    return "damaged";
  }
}

/** A parameter set that fails its checks takes the chunks that name it with it. */
function isBadSet(error: unknown): boolean {
  return error instanceof ProblemError && error.slug === "integrity-failed";
}
