/**
 * The list of clips, and a line to keep the page on screen.
 *
 * @module
 */

import type { VNode } from "preact";
import { filterSummary, MONTAGE_NAMES } from "../../../signal/page_view.ts";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import { momentText } from "../../../signal/selection.ts";
import type { Clips } from "../(_islands)/use_clips.ts";

/** What the panel needs. */
export interface ClipPanelProps {
  readonly clips: Clips;
  readonly model: RecordingModel;
  readonly onPrint: () => void;
}

/** The panel. */
export function ClipPanel({ clips: { clips, save, open }, model, onPrint }: ClipPanelProps): VNode {
  return (
    <details class="panel clips">
      <summary>
        Clips <span class="count">{clips.length}</span>
      </summary>
      <form
        class="group"
        onSubmit={(event) => {
          event.preventDefault();
          save(String(new FormData(event.currentTarget).get("comment") ?? ""));
          event.currentTarget.reset();
        }}
      >
        <input
          name="comment"
          maxLength={200}
          placeholder="comment"
          aria-label="Comment of the clip"
        />
        <button type="submit">Keep page</button>
        <button type="button" onClick={onPrint}>Print…</button>
      </form>
      <ol>
        {clips.map((clip) => (
          <li key={clip.id}>
            <button type="button" class="mark-button" onClick={() => open(clip)}>
              <span class="mark-time">
                {momentText(clip.start, model).replace(/\.\d+$/, "")}
                <span class="muted">{clip.seconds} s</span>
              </span>
              <span class="mark-text">{clip.comment || "Clip"}</span>
              <span class="muted">
                {MONTAGE_NAMES[clip.view.montage.kind]}, {clip.sensitivity} µV/mm
              </span>
              <span class="sr-only">{filterSummary(clip.view.filters)}</span>
            </button>
          </li>
        ))}
      </ol>
    </details>
  );
}
