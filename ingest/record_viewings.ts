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
import type { ViewingInput } from "@wavekeep/core/recording";
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
  const rows = viewings.map((input) => ({
    input,
    // Nothing is shown in the future, whatever a clock that was set meanwhile says.
    shownAtMicros: now - BigInt(Math.max(0, sent_at_ms - input.shown_at_ms)) * 1_000n,
    contentDigest: nodeSha256(new TextEncoder().encode(JSON.stringify(contentOf(input)))),
  }));
  const outcomes = await deps.viewings.putViewings(sender, recordingId, rows);
  return {
    results: viewings.map(({ viewing_id }, index) => {
      const outcome = outcomes[index]!;
      if (outcome !== "conflict") return { viewing_id, status: outcome === "stored" ? 201 : 200 };
      const error = new ProblemError("idempotency-conflict", {
        detail: "The id is that of another viewing",
      });
      const problem = toProblem(error.slug, error.details, sender.requestId);
      return { viewing_id, status: error.status, problem };
    }),
  };
}

/** In one order, whatever order it came in. */
function contentOf({ display, ...input }: ViewingInput): unknown[] {
  const { shown_at_ms, shown_ms, start_ms, end_ms, live_lag_ms } = input;
  return [
    ...[shown_at_ms, shown_ms, start_ms, end_ms, live_lag_ms],
    Object.entries(display).sort(([a], [b]) => a < b ? -1 : 1),
  ];
}
