/**
 * Layer 2. The channels of a segment that share one sample rate, and what their samples mean.
 *
 * @module
 */

import type { SampleRate } from "../time/mod.ts";
import type { Channel } from "./channel.ts";

/** How samples are held: integers by value (16- and 24-bit converters included), or IEEE 754. */
export type SampleKind = "int32" | "binary32" | "binary64";

/** The digital side of a stream: fixed for the life of its segment, covered by one digest. */
export interface StreamDescriptor {
  /** Stream number within the segment, from 0, in order of the first channel. */
  readonly stream: number;
  /** Samples per seconds, exact. */
  readonly rate: SampleRate;
  readonly kind: SampleKind;
  /** In order of `position`; the row order of every chunk of the stream. */
  readonly channels: readonly Channel[];
}
