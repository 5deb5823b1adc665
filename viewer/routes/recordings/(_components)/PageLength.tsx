/**
 * How long a page is: so many seconds, or as many as the width has at a paper speed.
 *
 * @module
 */

import type { VNode } from "preact";
import { SPEEDS } from "../../../signal/tools/display_settings.ts";
import { PAGE_SECONDS } from "../../../signal/viewport.ts";
import type { ReadingEvent, ReadingState } from "../(_islands)/reading_state.ts";
import { Choice } from "./Controls.tsx";

/** What the list needs. */
export interface PageLengthProps {
  readonly state: ReadingState;
  readonly dispatch: (event: ReadingEvent) => void;
}

/** One list of both: what is chosen is held, the truth strip prints the other. */
export function PageLength({ state, dispatch }: PageLengthProps): VNode {
  const { speed } = state.display;
  const lengths = PAGE_SECONDS.map((seconds) => ({ text: `${seconds} s`, seconds }));
  const speeds = SPEEDS.map((speed) => ({ text: `${speed} mm/s`, speed }));
  const held = speed === null ? `${state.viewport.seconds} s` : `${speed} mm/s`;
  const all = [...lengths, ...speeds];
  // A page that an address made has a length of its own.
  const texts = all.map(({ text }) => text);
  return (
    <Choice
      name="Page length"
      value={held}
      steps={texts.includes(held) ? texts : [...texts, held]}
      text={(text) => text}
      on={(text) => {
        const chosen = all.find((one) => one.text === text);
        if (chosen === undefined) return;
        if ("seconds" in chosen) dispatch({ type: "page-seconds", seconds: chosen.seconds });
        else dispatch({ type: "display", display: { speed: chosen.speed } });
      }}
    />
  );
}
