/**
 * What makes two marks the same: the keyed digest that tells a repeat from a conflict.
 *
 * Set in stone: digests are stored beside the marks. Without the author: the same mark handed in again by
 * another client is a repeat.
 *
 * @module
 */

import { keyedDigest } from "@wavekeep/core/crypto";
import { anchorList } from "@wavekeep/core/log";
import type { AnnotationInput } from "@wavekeep/core/recording";

/** Everything that a mark says, but for its id. */
export interface MarkContent extends Pick<AnnotationInput, "anchor" | "duration" | "text"> {
  readonly kind: string;
  readonly source: string;
  readonly status: string;
  readonly channels: readonly number[];
  readonly term: string | null;
  readonly detection: AnnotationInput["detection"];
}

/** @param key Data key of the recording. */
export function markDigest(key: Uint8Array, mark: MarkContent): Uint8Array {
  const { kind, source, status, anchor, duration, text, channels } = mark;
  const members = [
    ...[kind, source, status, anchorList(anchor), duration, text, channels],
    ...laterMembers(mark),
  ];
  return keyedDigest(key, new TextEncoder().encode(JSON.stringify(members)));
}

/** Members that came later; a mark without them has the digest it always had. */
function laterMembers({ term, detection }: MarkContent): unknown[] {
  if (term === null && detection === null) return [];
  return [term, detection && [detection.method, detection.version, detection.score]];
}
