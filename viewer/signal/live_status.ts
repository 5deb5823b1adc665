/**
 * Whether what is on screen is live, and the alarm when it stops being so.
 *
 * A trace that has frozen looks exactly like a quiet patient, so silence is said: "No data for 12 s".
 * Time enters as an argument, monotonic milliseconds of this computer; wall clocks are not compared.
 *
 * @module
 */

import { lengthText } from "./clock_text.ts";
import type { RecordingModel } from "./recording_model.ts";

/** Silence after which a live recording is stale, seconds. */
export const STALE_SECONDS = 12;

/** Silence after which an open recording is no longer called live when a page opens, seconds. */
const DORMANT_SECONDS = 120;

/** What is known of the live edge. */
export interface LiveEdge {
  /** End of the newest sample, seconds from recording start. */
  readonly endSeconds: number;
  /** When that end last moved, monotonic ms of this computer; null when nothing has ever arrived. */
  readonly movedAtMs: number | null;
  /** Whether the stream of events is connected. */
  readonly isConnected: boolean;
}

/** What the screen says. */
export type LiveState =
  | { readonly kind: "recorded"; readonly text: string }
  | { readonly kind: "live"; readonly text: string }
  | { readonly kind: "stale"; readonly text: string }
  | { readonly kind: "disconnected"; readonly text: string };

/** The edge of a page that just opened. `ageSeconds` is the silence the server knows of. */
export function firstEdge(endSeconds: number, ageSeconds: number | null, nowMs: number): LiveEdge {
  return {
    endSeconds,
    movedAtMs: ageSeconds === null ? null : nowMs - ageSeconds * 1000,
    isConnected: false,
  };
}

/** Takes an event: only an end that moves forward counts, backfill of older hours does not. */
export function advanceEdge(edge: LiveEdge, endSeconds: number, nowMs: number): LiveEdge {
  if (endSeconds <= edge.endSeconds) return { ...edge, isConnected: true };
  return { endSeconds, movedAtMs: nowMs, isConnected: true };
}

/**
 * How old a moment of the recording is: behind the newest sample, and for as long as that has been the newest.
 * Null where nothing more is to come, or nothing has.
 */
export function lagMs(edge: LiveEdge, seconds: number, nowMs: number): number | null {
  if (edge.movedAtMs === null) return null;
  return Math.max(0, edge.endSeconds - seconds) * 1000 + Math.max(0, nowMs - edge.movedAtMs);
}

/** Whether newer samples may come: open, and not every stream has reached its stated end. */
export function mayGrow(
  { status, endSeconds, ageSeconds }: Pick<RecordingModel, "status" | "endSeconds" | "ageSeconds">,
): boolean {
  return status === "open" && !(endSeconds > 0 && ageSeconds === null);
}

/** What to say now. */
export function liveState(
  edge: LiveEdge,
  options: { readonly status: "open" | "closed"; readonly nowMs: number },
): LiveState {
  if (options.status === "closed") return { kind: "recorded", text: "Recorded" };
  if (edge.movedAtMs === null) {
    // No silence to speak of: every stream has reached its stated end, or none has begun.
    const text = edge.endSeconds > 0 ? "Complete" : "Open, nothing has arrived yet";
    return { kind: "recorded", text };
  }
  const silentSeconds = Math.max(0, Math.floor((options.nowMs - edge.movedAtMs) / 1000));
  if (silentSeconds >= STALE_SECONDS) {
    const isDormant = silentSeconds >= DORMANT_SECONDS;
    const text = `No data for ${lengthText(silentSeconds)}`;
    return { kind: isDormant ? "recorded" : "stale", text: isDormant ? `Open. ${text}` : text };
  }
  if (!edge.isConnected) {
    return { kind: "disconnected", text: "Connecting to the live stream…" };
  }
  return { kind: "live", text: "Live" };
}
