/**
 * One attempt to save an edit: as a version of its mark or as a review, and what follows from the answer.
 *
 * What was sent once is sent again as it was, ids and all, until somebody answers: the server knows a
 * repeat. Only when another reader's version stands where ours wanted to is ours made anew, on top.
 *
 * @module
 */

import type { AnnotationJson } from "@wavekeep/core/wire";
import type { MarkClient } from "../api/mark_client.ts";
import { isIdle, patched, reviewOf, versionOf } from "./mark_edit.ts";
import type { MarkLedger, PendingEdit } from "./mark_ledger.ts";
import type { JobOutcome } from "./save_queue.ts";

/** What saving needs. */
export interface Saving {
  readonly ledger: MarkLedger;
  readonly client: Pick<MarkClient, "versions" | "saveMark" | "saveReview">;
  readonly newId: () => string;
  /** Takes in what the server has of a mark. */
  readonly learn: (annotation: AnnotationJson) => void;
  /** Another reader was first; `newest` is theirs. */
  readonly overtaken: (newest: AnnotationJson) => void;
}

/** Tries once. Throws when nobody knows what became of it. */
export async function saveEdit(
  saving: Saving,
  id: string,
  pending: PendingEdit,
): Promise<JobOutcome> {
  const { ledger, client, newId } = saving;
  const { edit } = pending;
  const base = ledger.savedOf(id)!;
  if ("verdict" in edit) {
    pending.sentReview ??= reviewOf(base.mark, edit.verdict, newId());
    const outcome = await client.saveReview(pending.sentReview);
    if (outcome === "saved") return "saved";
    return { refused: outcome.kind === "refused" ? outcome.reason : "Another review has its id" };
  }
  // Another reader may have done the same meanwhile: nothing is left to save.
  if (pending.sent === undefined && isIdle(base, edit.patch)) return "saved";
  pending.sent ??= versionOf(patched(base, edit.patch), base.mark.version + 1);
  const outcome = await client.saveMark(pending.sent);
  if (outcome === "saved") return "saved";
  if (outcome.kind === "refused") return { refused: outcome.reason };
  const newest = (await client.versions(id))?.versions.at(-1);
  if (newest === undefined || newest.version < pending.sent.version) {
    return { refused: "Another mark has its id" };
  }
  saving.learn(newest);
  saving.overtaken(newest);
  delete pending.sent;
  return "again";
}
