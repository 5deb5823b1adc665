/**
 * Which events the reader goes through: by kind, by who made them, by review, by words.
 *
 * @module
 */

import type { MarkModel } from "../signal/recording_model.ts";
import { isClip } from "../signal/clips.ts";
import { kindName, markText, sourceName } from "../signal/marks.ts";

/** What passes. */
export interface MarkFilter {
  /** `all` is all but clips: they are pages that somebody keeps, and nothing that happened. */
  readonly kind: MarkModel["kind"] | "all";
  readonly source: MarkModel["source"] | "all";
  readonly review: "all" | "unreviewed" | "accepted" | "rejected" | "disputed";
  /** Each word has to occur in what a mark says, in its kind or in who made it. */
  readonly words: string;
}

/** Everything passes. */
export const NO_FILTER: MarkFilter = { kind: "all", source: "all", review: "all", words: "" };

/** Answers by array of marks: a filter is asked many times between two changes of either. */
const answers = new WeakMap<readonly MarkModel[], Map<string, readonly MarkModel[]>>();

/** The marks that pass, in their order; the array itself when all do. The same answer while asked again. */
export function filterMarks(
  marks: readonly MarkModel[],
  filter: MarkFilter,
): readonly MarkModel[] {
  const words = filter.words.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const { kind, source, review } = filter;
  const key = JSON.stringify([kind, source, review, words]);
  let known = answers.get(marks);
  if (known === undefined) answers.set(marks, known = new Map());
  let found = known.get(key);
  if (found === undefined) {
    const passing = marks.filter((mark) =>
      isOfKind(mark, kind) &&
      (source === "all" || mark.source === source) &&
      (review === "all" || isIn(mark, review)) &&
      (words.length === 0 || hasWords(mark, words))
    );
    found = passing.length === marks.length ? marks : passing;
    // What is typed letter by letter leaves many answers nobody asks for again.
    if (known.size >= 8) known.clear();
    known.set(key, found);
  }
  return found;
}

function isOfKind(mark: MarkModel, wanted: MarkFilter["kind"]): boolean {
  if (isClip(mark)) return wanted === "clip";
  return wanted === "all" || mark.kind === wanted;
}

function isIn({ review, source }: MarkModel, wanted: MarkFilter["review"]): boolean {
  if (wanted === "unreviewed") return review === null && source !== "human";
  return wanted === "disputed" ? review?.disputed === true : review?.verdict === wanted;
}

function hasWords(mark: MarkModel, words: readonly string[]): boolean {
  const said = `${markText(mark)} ${kindName(mark.kind)} ${sourceName(mark)}`.toLowerCase();
  return words.every((word) => said.includes(word));
}
