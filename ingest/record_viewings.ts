// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * Recording what readers had on screen: rows of the review ledger. Append-only.
 *
 * Sole owner of whose clock counts: a page says when by its own and what that clock says now, so how long ago it
 * was is known, and the server's clock says the rest.
 *
 * @see core/decisions/0051-review-ledger.md
 * @module
 */

import { nodeSha256 } from "@wavekeep/core/crypto";
import { ProblemError, toProblem } from "@wavekeep/core/problem";
import { VIEWING_AGE_MS_MAX, type ViewingInput } from "@wavekeep/core/recording";
import type { ViewingsRequest, ViewingsResponse } from "@wavekeep/core/wire";
import type { IngestDeps } from "./deps.ts";
import { findRecording, type RecordingCodes } from "./find_recording.ts";
import type { ViewingSender } from "./store/viewing_store.ts";

/** `POST …/viewings`: one answer per viewing, in order. */
export async function recordViewings(
  deps: Pick<IngestDeps, "store" | "viewings" | "clock">,
  sender: ViewingSender,
  codes: RecordingCodes,
  { sent_at_ms, viewings }: ViewingsRequest,
): Promise<ViewingsResponse> {
  const { recordingId } = await findRecording(deps, sender, codes);
  const now = deps.clock.nowMicros();
  const rows = viewings.flatMap((input) => {
    const agoMs = sent_at_ms - input.shown_at_ms;
    if (agoMs > VIEWING_AGE_MS_MAX) return [];
    return {
      input,
      // Nothing is shown in the future, whatever a clock that was set meanwhile says.
      shownAtMicros: now - BigInt(Math.max(0, agoMs)) * 1_000n,
      contentDigest: nodeSha256(new TextEncoder().encode(JSON.stringify(contentOf(input)))),
    };
  });
  const stored = rows.length === 0
    ? []
    : await deps.viewings.putViewings(sender, recordingId, rows);
  const outcomes = new Map(rows.map(({ input }, index) => [input, stored[index]!]));
  return {
    results: viewings.map((input, index) => {
      const { viewing_id } = input;
      const outcome = outcomes.get(input);
      if (outcome === "stored") return { viewing_id, status: 201 };
      if (outcome === "repeated") return { viewing_id, status: 200 };
      const error = outcome === "conflict" ? anotherViewing() : tooLongAgo(index);
      const problem = toProblem(error.slug, error.details, sender.requestId);
      return { viewing_id, status: error.status, problem };
    }),
  };
}

function anotherViewing(): ProblemError {
  return new ProblemError("idempotency-conflict", {
    detail: "The id is that of another viewing",
  });
}

/** A ledger that says when somebody looked must not say what nobody knows. */
function tooLongAgo(index: number): ProblemError {
  const days = VIEWING_AGE_MS_MAX / 86_400_000;
  return new ProblemError("validation", {
    errors: [{
      detail: `must be at most ${days} days before sent_at_ms`,
      pointer: `/body/viewings/${index}/shown_at_ms`,
    }],
  });
}

/** In one order, whatever order it came in. */
function contentOf({ display, ...input }: ViewingInput): unknown[] {
  const { shown_at_ms, shown_ms, start_ms, end_ms, live_lag_ms } = input;
  return [
    ...[shown_at_ms, shown_ms, start_ms, end_ms, live_lag_ms],
    Object.entries(display).sort(([a], [b]) => a < b ? -1 : 1),
  ];
}
