/**
 * Clips: pages that somebody keeps, with how they were looked at.
 *
 * A clip is a mark over the stretch of its page; montage, filters and scale stand in its text. So it is
 * stored, versioned, exported and shared as every mark is, and nothing of it stays in the browser. It is of
 * a kind of its own: whoever goes from event to event does not stop at it. The first clips were notes, and
 * are still found by their text.
 *
 * @module
 */

import { SENSITIVITIES, SENSITIVITY_DEFAULT } from "./amplitude_scale.ts";
import { type PageView, parseView, viewQuery } from "./page_view.ts";
import type { MarkModel } from "./recording_model.ts";
import { displayQuery, type DisplaySettings, parseDisplay } from "./tools/display_settings.ts";

/** How a page is looked at: all that a clip keeps beside its stretch and its comment. */
export interface ClipLook {
  readonly view: PageView;
  readonly display: DisplaySettings;
  /** µV/mm. */
  readonly sensitivity: number;
}

/** A page that was kept. */
export interface Clip extends ClipLook {
  /** Of its mark. */
  readonly id: string;
  readonly start: number;
  readonly seconds: number;
  readonly comment: string;
}

const CLIP = /^Clip(?:: ([\s\S]*?))? \[([^\]]*)\]$/;

/** The text of a clip's mark, such as `Clip: spikes [uv=10&montage=average]`. */
export function clipText(comment: string, { view, display, sensitivity }: ClipLook): string {
  const query = new URLSearchParams({
    uv: String(sensitivity),
    ...viewQuery(view),
    ...displayQuery(display),
  });
  const words = comment.replaceAll(/\s+/g, " ").trim();
  return `${words === "" ? "Clip" : `Clip: ${words}`} [${query}]`;
}

/** Whether a mark is a clip. */
export function isClip({ kind, text }: Pick<MarkModel, "kind" | "text">): boolean {
  return kind === "clip" || (kind === "note" && CLIP.test(text));
}

/** The clips among marks, by onset. */
export function clipsOf(marks: readonly MarkModel[]): Clip[] {
  return marks.flatMap((mark) => {
    if (!isClip(mark) || mark.duration === null || mark.duration <= 0) return [];
    // Whoever changed the text of a clip keeps its stretch; how it was looked at is then not known.
    const match = CLIP.exec(mark.text);
    const query = new URLSearchParams(match?.[2]);
    const get = (name: string) => query.get(name) ?? undefined;
    return [{
      id: mark.id,
      start: mark.onset,
      seconds: mark.duration,
      comment: match === null ? mark.text : match[1] ?? "",
      view: parseView(get),
      display: parseDisplay(get),
      sensitivity: SENSITIVITIES.find((step) => String(step) === get("uv")) ?? SENSITIVITY_DEFAULT,
    }];
  });
}
