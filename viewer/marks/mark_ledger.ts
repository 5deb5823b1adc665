/**
 * What the server has of each mark, and what a reader did on top that is not saved.
 *
 * Pure state. What is shown of a mark is always worked out anew, the server's newest version with the
 * unsaved edits in their order, so that news from the server and edits of the reader may come in any
 * order. A mark that the server does not have yet is a draft of version 0, withdrawn: its first edit makes
 * it appear.
 *
 * @module
 */

import type { AnnotationInput, ReviewInput, Verdict } from "@wavekeep/core/recording";
import type { MarkModel } from "../signal/recording_model.ts";
import { type MarkPatch, type MarkState, patched, reviewAfter } from "./mark_edit.ts";

/** One thing that a reader did to a mark. */
export type Edit = { readonly patch: MarkPatch } | { readonly verdict: Verdict | null };

/** An edit that is not saved. Once it was sent it is repeated as it was, whatever happened since. */
export interface PendingEdit {
  readonly edit: Edit;
  /** When it was done, RFC 3339. */
  readonly at: string;
  sent?: AnnotationInput;
  sentReview?: ReviewInput;
}

/** Who edits, and when. */
export interface Reader {
  /** As the server calls them; empty when it is not known. */
  readonly name: string;
  /** RFC 3339. */
  readonly now: () => string;
}

interface Entry {
  saved: MarkState;
  readonly pending: PendingEdit[];
  /** What this reader stated of it last. */
  verdict: Verdict | null;
}

/** The ledger of one recording and one reader. */
export class MarkLedger {
  readonly #reader: Reader;
  readonly #entries = new Map<string, Entry>();
  readonly #unsaved = new Set<string>();

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** Ids of all marks, withdrawn ones included. */
  ids(): Iterable<string> {
    return this.#entries.keys();
  }

  /** Ids of marks with edits that are not saved. */
  get unsaved(): ReadonlySet<string> {
    return this.#unsaved;
  }

  /** Takes in what the server has, unless something newer is known. */
  learn(saved: MarkState): void {
    const { id, version } = saved.mark;
    const known = this.#entries.get(id);
    if (known !== undefined) {
      if (known.saved.mark.version <= version) known.saved = saved;
      return;
    }
    this.#entries.set(id, { saved, pending: [], verdict: this.#ownVerdict(saved) });
  }

  /** Puts an edit on top. */
  push(id: string, edit: Edit): PendingEdit {
    const entry = this.#entries.get(id)!;
    const pending: PendingEdit = { edit, at: this.#reader.now() };
    entry.pending.push(pending);
    if ("verdict" in edit) entry.verdict = edit.verdict;
    this.#unsaved.add(id);
    return pending;
  }

  /** Whether an edit still waits to be saved. */
  isPending(id: string, pending: PendingEdit): boolean {
    return this.#entries.get(id)?.pending.includes(pending) ?? false;
  }

  /** What the server has; undefined when there is no such mark. */
  savedOf(id: string): MarkState | undefined {
    return this.#entries.get(id)?.saved;
  }

  /** What this reader stated of a mark last, saved or not. */
  verdictOf(id: string): Verdict | null {
    return this.#entries.get(id)?.verdict ?? null;
  }

  /** What is shown of a mark, edits included; undefined when there is no such mark. */
  stateOf(id: string): MarkState | undefined {
    const entry = this.#entries.get(id);
    return entry?.pending.reduce((state, pending) => this.#with(state, pending), entry.saved);
  }

  /** The server has taken an edit: it becomes part of what the server has. */
  saved(id: string, pending: PendingEdit): void {
    const entry = this.#entries.get(id)!;
    const { edit, sent, sentReview } = pending;
    const { version } = entry.saved.mark;
    if ("verdict" in edit) {
      const isOfNewest = sentReview?.annotation_version === version;
      if (isOfNewest) entry.saved = this.#with(entry.saved, pending);
    } else if (sent !== undefined && sent.version > version) {
      const { mark, status } = patched(entry.saved, edit.patch);
      const recordedAt = this.#reader.now();
      entry.saved = { mark: { ...mark, ...this.#authorship(sent.version), recordedAt }, status };
    }
    this.drop(id, pending);
  }

  /** Forgets an edit, or all edits of a mark. */
  drop(id: string, pending?: PendingEdit): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    if (pending === undefined) {
      entry.pending.splice(0);
      entry.verdict = this.#ownVerdict(entry.saved);
    } else entry.pending.splice(entry.pending.indexOf(pending), 1);
    if (entry.pending.length === 0) this.#unsaved.delete(id);
  }

  #with(state: MarkState, { edit, at }: PendingEdit): MarkState {
    if ("patch" in edit) {
      // Nobody has reviewed what was changed just now.
      const { mark, status } = patched(state, edit.patch);
      return { mark: { ...mark, review: null }, status };
    }
    const statement = { verdict: edit.verdict, by: this.#reader.name, at };
    return { ...state, mark: { ...state.mark, review: reviewAfter(state.mark.review, statement) } };
  }

  #ownVerdict({ mark: { review } }: MarkState): Verdict | null {
    return review !== null && review.by === this.#reader.name ? review.verdict : null;
  }

  #authorship(version: number): Partial<MarkModel> {
    return { version, author: this.#reader.name, authorRole: "clinician", review: null };
  }
}
