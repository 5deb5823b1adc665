/**
 * Layer 6. How a spool is emptied, and what is said of it.
 *
 * @module
 */
import type { Backoff } from "../service/backoff.ts";
import type { SeenState } from "./upstream.ts";

/** How much at once, and how patiently. Milliseconds. */
export interface DrainLimits {
  /** An entry that came in order and within this time is live. */
  readonly liveMs: number;
  readonly batchChunksMax: number;
  readonly batchBytesMax: number;
  readonly backoff: Backoff;
  /** How often ingest is asked for a segment's state, while it is there. */
  readonly askStateMs: number;
}

export const DEFAULT_DRAIN_LIMITS: DrainLimits = {
  liveMs: 10_000,
  batchChunksMax: 64,
  batchBytesMax: 256 * 1024,
  backoff: { baseMs: 1_000, capMs: 60_000 },
  askStateMs: 30_000,
};

/** How the emptying goes. */
export interface DrainStatus {
  /** Why ingest counts as away; null while it answers. */
  readonly awayReason: string | null;
  /** Milliseconds that it has been away for; 0 while it answers. */
  readonly awayMs: number;
  /** Milliseconds since 1970, by this machine: when a receipt came last. */
  readonly lastReceiptAtMs: number | null;
  readonly storedChunks: number;
  readonly repeatedChunks: number;
  readonly retries: number;
  /** Chunks on the disk of a relay, for which no receipt has come yet. */
  readonly handedChunks: number;
  /** Entries up to this number are backlog. */
  readonly liveAfter: number;
}

export interface DrainOptions {
  readonly limits?: Partial<DrainLimits>;
  readonly random?: () => number;
  /** A clock that never jumps: what is live is judged by it. */
  readonly monotonicMs?: () => number;
  /** Told of every state that ingest gave: both clocks are seen at once. */
  readonly onState?: (seen: SeenState) => void;
  readonly onAlarm?: (what: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly onAway?: (reason: string) => void;
  readonly onBack?: () => void;
}
