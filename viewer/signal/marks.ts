/**
 * Marks on the page: which are on it, how they look, what they say.
 *
 * A mark touches a page when any part of it does, also when it began before and ends after: shading
 * continues on pages that lie wholly inside.
 *
 * @module
 */

import { eventTerm } from "@wavekeep/core/recording/terms";
import { isClip } from "./clips.ts";
import { lengthText } from "./clock_text.ts";
import { markIndex } from "./mark_index.ts";
import type { MarkModel } from "./recording_model.ts";
import type { Viewport } from "./viewport.ts";

/** Names of kinds, for people. */
const KIND_NAMES: Readonly<Record<string, string>> = {
  "seizure": "Seizure",
  "button": "Button",
  "diary": "Diary",
  "technologist": "Technologist",
  "device-status": "Device",
  "calibration": "Calibration",
  "impedance": "Impedance",
  "sleep-stage": "Sleep stage",
  "note": "Note",
  "clip": "Clip",
  "file": "File mark",
};

/** Every kind a mark can have. */
export const KINDS = Object.keys(KIND_NAMES) as readonly MarkModel["kind"][];

/** The name of a kind. */
export function kindName(kind: string): string {
  return KIND_NAMES[kind] ?? kind;
}

/** End of a mark; its onset when it has no length. */
export function markEnd(mark: Pick<MarkModel, "onset" | "duration">): number {
  return mark.onset + (mark.duration ?? 0);
}

/** Marks of which any part is on the page. `marks` are by onset. */
export function marksOfPage(marks: readonly MarkModel[], viewport: Viewport): MarkModel[] {
  return markIndex(marks).touching(viewport.start, viewport.start + viewport.seconds);
}

/** Marks that shade the page: seizures, of people, files and algorithms alike. */
export function isSeizure(mark: MarkModel): boolean {
  return mark.kind === "seizure";
}

/** Kinds that last for hours and say nothing of a trace: a bar names them, no shading. */
const UNSHADED: ReadonlySet<string> = new Set(["sleep-stage", "device-status"]);

/** Whether a mark shades the stretch it lasts. What was rejected does not. */
export function isShaded(mark: MarkModel): boolean {
  const isLong = mark.duration !== null && mark.duration > 0;
  return (isSeizure(mark) || isLong) && !isRejected(mark) && !UNSHADED.has(mark.kind) &&
    !isClip(mark);
}

/** Whether a reader has said that it is not what it claims to be. */
export function isRejected({ review }: MarkModel): boolean {
  return review?.verdict === "rejected";
}

/** Whether readers have still to look at a mark: what a person marked is that person's statement. */
export function needsReview(mark: Pick<MarkModel, "source" | "review">): boolean {
  return mark.source !== "human" && mark.review === null;
}

/** What a mark says on the page: its term, or its kind; its own text only where that adds to it. */
export function markText(mark: MarkModel): string {
  const words = markWords(mark);
  return mark.duration === null || mark.duration === 0
    ? words
    : `${words} · ${lengthText(mark.duration)}`;
}

/** {@link markText} with who made it, and shorter and shorter ways to say it. */
export function markPhrases(mark: MarkModel): string[] {
  const text = markText(mark);
  const words = markWords(mark);
  return [...new Set([`${text} (${sourceName(mark)})`, text, words, markName(mark)])];
}

/** The term of a mark; its kind where it has none. */
export function markName({ term, kind }: Pick<MarkModel, "term" | "kind">): string {
  return (term === null ? undefined : eventTerm(term)?.name) ?? kindName(kind);
}

function markWords(mark: MarkModel): string {
  const name = isClip(mark) ? kindName("clip") : markName(mark);
  const own = isClip(mark)
    ? mark.text.replace(/ \[[^\]]*\]$/, "").replace(/^Clip: /, "")
    : mark.text;
  const text = own.replaceAll(/\s+/g, " ").trim();
  return text === "" || text.toLowerCase() === name.toLowerCase() ? name : `${name}: ${text}`;
}

/** Who made a mark and what a reader says of it, for people. */
export function sourceName(mark: MarkModel): string {
  return [makerName(mark), verdictName(mark)].filter((part) => part !== "").join(", ");
}

function makerName({ source, method, author, authorRole }: MarkModel): string {
  switch (source) {
    case "algorithm": {
      if (method === null) return "algorithm";
      const score = method.score === null ? "" : `, score ${method.score.toFixed(2)}`;
      return `${method.name} ${method.version}`.trim() + score;
    }
    case "device":
      return "device";
    case "file":
      return "from the file";
    case "human":
      return author === "" ? authorRole || "person" : personName(author, authorRole);
  }
}

/** An account is an id, and says nothing whole: its end tells two people apart. */
function personName(author: string, role: string): string {
  const end = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{8}([0-9a-f]{4})$/.exec(author)?.[1];
  return end === undefined ? author : `${role || "person"} …${end}`;
}

function verdictName(mark: MarkModel): string {
  const { review, source } = mark;
  if (review !== null) {
    const by = review.by === "" ? "" : ` by ${review.by}`;
    return review.disputed ? `${review.verdict}${by}, readers disagree` : review.verdict + by;
  }
  return source === "algorithm" ? "not reviewed" : "";
}
