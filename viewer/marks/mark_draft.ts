/**
 * What the editor holds before it is saved: where, what it is called, what it says, which channels.
 *
 * @module
 */

import { eventTerm } from "@wavekeep/core/recording/terms";
import type { MarkModel } from "../signal/recording_model.ts";
import { extentOfSelection, type Selection, selectStretch } from "../signal/selection.ts";
import { findTerms } from "./term_search.ts";

/** A mark that is being written. */
export interface MarkDraft {
  /** Of the mark that is changed; undefined for a new one. */
  readonly id: string | undefined;
  readonly selection: Selection;
  /** What is typed where the term goes. */
  readonly label: string;
  /** The term that was chosen for what is typed. */
  readonly term: string | null;
  readonly kind: MarkModel["kind"];
  readonly text: string;
}

/** What is handed to the book of marks. */
export interface MarkContent {
  readonly kind: MarkModel["kind"];
  readonly term: string | null;
  readonly text: string;
  readonly onset: number;
  readonly duration: number | null;
  readonly rows: readonly number[] | null;
}

/** A draft of a new mark. */
export function newDraft(selection: Selection): MarkDraft {
  return { id: undefined, selection, label: "", term: null, kind: "note", text: "" };
}

/** A draft that changes a mark. */
export function draftOf(mark: MarkModel): MarkDraft {
  return {
    id: mark.id,
    selection: selectStretch(mark.onset, mark.duration, mark.rows),
    label: mark.term === null ? "" : eventTerm(mark.term)?.name ?? "",
    term: mark.term,
    kind: mark.kind,
    text: mark.text,
  };
}

/** The draft with a term, whose kind it takes on. */
export function withTerm(draft: MarkDraft, term: string): MarkDraft {
  const found = eventTerm(term);
  return found === undefined ? draft : { ...draft, term, label: found.name, kind: found.kind };
}

/** The draft with what was typed for its term: whatever it leads to is chosen when it is saved. */
export function withLabel(draft: MarkDraft, label: string): MarkDraft {
  return { ...draft, label, term: null };
}

/**
 * The content of a draft. What was typed becomes the term it leads to; words that lead to none are never
 * lost: they go before the text.
 */
export function contentOf(draft: MarkDraft): MarkContent {
  const label = draft.label.trim();
  const found = draft.term === null && label !== "" ? findTerms(label)[0]?.id : undefined;
  const { term, kind, text } = found === undefined ? draft : withTerm(draft, found);
  const isOwnLabel = term === null && label !== "";
  const { start, seconds } = extentOfSelection(draft.selection);
  return {
    kind,
    term,
    text: isOwnLabel ? [label, text.trim()].filter((part) => part !== "").join(": ") : text.trim(),
    onset: start,
    duration: seconds === 0 ? null : seconds,
    rows: draft.selection.rows,
  };
}
