/**
 * `GET …/viewings`: the review ledger of a recording: who had which seconds on screen, when, at which montage and
 * scale, and how far behind the live edge.
 *
 * Also for auditors: it holds nothing of what was recorded, so that a restricted patient's is open to them.
 *
 * @see core/decisions/0051-review-ledger.md
 * @module
 */

import { networkOf } from "@wavekeep/core/service";
import {
  LIVE_LAG_SECONDS_MAX,
  type Viewing,
  type ViewingLedger,
  type ViewingReader,
  ViewingsQuery,
} from "@wavekeep/core/wire";
import { type Context, Hono } from "hono";
import { healthHeaders } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import type { StoredLedger, StoredViewing, StoredViewingReader } from "../store/query_store.ts";
import { findRecording, grantAccess, parsePath, parseQuery, RecordingPath } from "./_request.ts";

export function viewingRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.get("/patients/:patient_id/recordings/:recording_id/viewings", async (c) => {
    const codes = parsePath(c, RecordingPath);
    const { limit, after } = parseQuery(c, ViewingsQuery);
    const [shownAt = "", viewingId = ""] = after?.split("_") ?? [];
    const found = await deps.store.read(c.var.principal.siteId, async (view) => {
      const { recordingId } = await findRecording(view, codes);
      const ledger = await view.ledger(recordingId, {
        limit: limit + 1,
        after: after === undefined ? undefined : { shownAt, viewingId },
        liveLagMsMax: LIVE_LAG_SECONDS_MAX * 1000,
      });
      return { recordingId, ledger, asOf: view.asOf };
    });
    await recordAccess(c, deps, found.recordingId);
    return c.json(
      ledgerJson(found.ledger, limit, found.asOf),
      200,
      healthHeaders("application/json"),
    );
  });
  return app;
}

/** An auditor's look at it is written down as everybody's; what a patient allows is no matter of it. */
async function recordAccess(c: Context, deps: QueryDeps, recordingId: string): Promise<void> {
  const principal = c.get("principal");
  if (principal.role !== "auditor") return await grantAccess(c, deps, recordingId);
  c.set("accessed", { recordingId });
  const from = networkOf(c);
  await deps.grants.ensure({ principal, requestId: c.get("requestId"), recordingId, from });
}

function ledgerJson(ledger: StoredLedger, limit: number, asOf: string): ViewingLedger {
  const page = ledger.viewings.slice(0, limit);
  const last = page.at(-1);
  const { live } = ledger;
  return {
    readers: ledger.readers.map(readerJson),
    live: live === undefined ? null : {
      "within_seconds": LIVE_LAG_SECONDS_MAX,
      viewings: live.viewings,
      "first_at": live.firstAt,
      "last_at": live.lastAt,
      "longest_pause_seconds": live.longestPauseMs / 1000,
    },
    viewings: page.map(viewingJson),
    next: ledger.viewings.length <= limit || last === undefined
      ? null
      : `${last.shownAt}_${last.viewingId}`,
    "as_of": asOf,
  };
}

function readerJson(reader: StoredViewingReader): ViewingReader {
  const { stretches } = reader;
  return {
    actor: reader.actor,
    person: personOf(reader),
    roles: [...reader.roles],
    viewings: reader.viewings,
    "first_at": reader.firstAt,
    "last_at": reader.lastAt,
    seconds: stretches.reduce((sum, [start, end]) => sum + end - start, 0) / 1000,
    stretches: stretches.map(([start, end]) => [start / 1000, end / 1000]),
    "live_viewings": reader.liveViewings,
  };
}

function viewingJson(row: StoredViewing): Viewing {
  return {
    "viewing_id": row.viewingId,
    actor: row.actor,
    person: personOf(row),
    role: row.role,
    "shown_at": row.shownAt,
    "shown_seconds": row.shownMs / 1000,
    "start_seconds": row.startMs / 1000,
    "end_seconds": row.endMs / 1000,
    "live_lag_seconds": row.liveLagMs === null ? null : row.liveLagMs / 1000,
    display: row.display,
    "received_at": row.receivedAt,
  };
}

function personOf({ login, displayName }: Pick<StoredViewing, "login" | "displayName">) {
  return login === null ? null : { login, "display_name": displayName ?? login };
}
