/**
 * What autoplay does, and its settings; there while it is in use.
 *
 * @module
 */

import type { VNode } from "preact";
import { AUTOPLAY_SECONDS } from "../../../signal/autoplay.ts";
import type { Autoplay } from "../(_islands)/use_autoplay.ts";
import { Choice } from "./Controls.tsx";

/** The bar. */
export function AutoplayBar({ autoplay }: { readonly autoplay: Autoplay }): VNode | null {
  if (!autoplay.isOpen) return null;
  return (
    <div class="reading-bar" role="group" aria-label="Autoplay">
      <button type="button" onClick={autoplay.toggle}>
        {autoplay.isPlaying ? "Pause" : "Play"}
      </button>
      <Choice
        name="Seconds a page"
        label="Autoplay"
        value={autoplay.seconds}
        steps={AUTOPLAY_SECONDS}
        text={(seconds) => `${seconds} s a page`}
        on={autoplay.setSeconds}
      />
      <label class="inline">
        <input
          type="checkbox"
          checked={autoplay.stopsAtEvents}
          onChange={({ currentTarget }) => autoplay.setStops(currentTarget.checked)}
        />
        Stop at events to review
      </label>
      <span role="status">
        {autoplay.isPlaying ? "Playing. Space or Esc pauses." : autoplay.said}
      </span>
      <button type="button" class="push" onClick={autoplay.close}>Close autoplay</button>
    </div>
  );
}
