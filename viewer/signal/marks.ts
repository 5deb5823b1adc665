/**
 * Marks on the page and the way from one seizure to the next.
 *
 * A mark touches a page when any part of it does, also when it began before and ends after: shading
 * continues on pages that lie wholly inside.
 *
 * @module
 */

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
  "file": "File mark",
};

/** The name of a kind. */
export function kindName(kind: string): string {
  return KIND_NAMES[kind] ?? kind;
}

/** End of a mark; its onset when it has no length. */
export function markEnd(mark: MarkModel): number {
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

/** The seizure after or before the page's left edge, or undefined. */
export function neighbourSeizure(
  marks: readonly MarkModel[],
  viewport: Viewport,
  direction: "next" | "previous",
): MarkModel | undefined {
  // A page that shows a seizure begins a tenth before it; that one is where we are, not the next.
  const here = viewport.start + viewport.seconds / 10;
  const seizures = marks.filter(isSeizure);
  return direction === "next"
    ? seizures.find((mark) => mark.onset > here + 0.001)
    : seizures.findLast((mark) => mark.onset < here - 0.001);
}

/** What a mark says on the page. Its own text comes only where it adds to the kind. */
export function markText(mark: MarkModel): string {
  const kind = kindName(mark.kind);
  const text = mark.text.replaceAll(/\s+/g, " ").trim();
  const words = text === "" || text.toLowerCase() === kind.toLowerCase()
    ? kind
    : `${kind}: ${text}`;
  return mark.duration === null || mark.duration === 0
    ? words
    : `${words} · ${lengthText(mark.duration)}`;
}

/** Who made a mark, for people. */
export function sourceName(mark: MarkModel): string {
  const names: Readonly<Record<string, string>> = {
    human: mark.authorRole || "person",
    algorithm: "algorithm, not reviewed",
    device: "device",
    file: "from the file",
  };
  return names[mark.source] ?? mark.source;
}
