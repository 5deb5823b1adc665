/**
 * A chunk by its path: segment, stream, sequence; and the stream that it is of.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { Hex16 } from "@wavekeep/core/recording";
import * as z from "zod";
import type { QueryDeps } from "../deps.ts";
import { identityOf, type OpenRecording, type OpenStream } from "../open_recording.ts";
import type { SiteView } from "../store/query_store.ts";
import type { StreamIdentity } from "../verify_chunk.ts";
import { open } from "./_request.ts";

/** Path parameters that name a chunk. */
export const ChunkPath = z.object({
  "segment_id": Hex16,
  stream: z.coerce.number().int().min(0).max(65535),
  sequence: z.coerce.number().int().min(0).max(2 ** 31 - 2),
});
export type ChunkPath = z.infer<typeof ChunkPath>;

/**
 * Opens the recording of a chunk's path and finds its stream there.
 *
 * @throws {ProblemError} `segment-not-found`; `chunk-not-found` when the segment has no such stream.
 */
export async function openStreamOf(
  view: SiteView,
  deps: QueryDeps,
  path: ChunkPath,
): Promise<{ recording: OpenRecording; stream: OpenStream; identity: StreamIdentity }> {
  const found = await view.segment(path.segment_id);
  if (found === undefined) throw new ProblemError("segment-not-found");
  const recording = await open(view, deps, found.recording);
  const stream = recording.streams.find((stream) =>
    stream.segmentNumber === found.segmentNumber && stream.stream === path.stream
  );
  const identity = stream && identityOf(recording, stream);
  if (stream === undefined || identity === undefined) throw new ProblemError("chunk-not-found");
  return { recording, stream, identity };
}
