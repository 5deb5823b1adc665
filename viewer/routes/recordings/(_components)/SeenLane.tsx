/**
 * What the reader has seen of the recording: a line under the strip, and the next stretch that is left.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { AssessedSeconds } from "../../../signal/assessed_text.ts";
import { civilText, elapsedText, lengthText } from "../../../signal/clock_text.ts";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import { shareText } from "../../../signal/share_text.ts";
import type { Seen } from "../(_islands)/use_seen.ts";
import { useTheme } from "../(_islands)/use_theme.ts";
import type { Acting } from "./Controls.tsx";

/** The line; stands in the strip, below what is recorded. */
export function SeenLine({ seen, end }: { readonly seen: Seen; readonly end: number }): VNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  useEffect(() => {
    const element = canvas.current!;
    const surface = element.getContext("2d");
    if (surface === null || end <= 0) return;
    const width = Math.round(element.clientWidth * (globalThis.devicePixelRatio || 1));
    element.width = width;
    element.height = 1;
    surface.fillStyle = theme.mutedInk;
    for (const stretch of seen.stretches) {
      // Seen is never shown larger than it is, but for a single pixel.
      const from = Math.ceil(stretch.start / end * width);
      const to = Math.floor(stretch.end / end * width);
      surface.fillRect(Math.min(from, width - 1), 0, Math.max(1, to - from), 1);
    }
  }, [seen.stretches, end, theme]);
  return <canvas ref={canvas} class="seen-line" aria-hidden="true" />;
}

/** How much was seen, and the way to what was not. */
export function SeenButton(
  { seen, model, assessed, acting }: {
    readonly seen: Seen;
    readonly assessed: AssessedSeconds | undefined;
    readonly model: RecordingModel;
    readonly acting: Acting;
  },
): VNode {
  const at = (seconds: number) =>
    civilText(model.startedAt, seconds)?.time.slice(0, 8) ?? elapsedText(seconds);
  const { next, share } = seen;
  // Seen and judged are two things: what was looked at may have had nothing to judge.
  const doubtful = assessed?.["not-assessable"] ?? 0;
  return (
    <button
      type="button"
      class="quiet seen"
      disabled={next === undefined}
      onClick={() => acting.act("next-unseen")}
      title="Go to the next stretch you have not seen on this page"
    >
      <strong>{shareText(share)} seen</strong>
      <span class="muted">
        {next === undefined ? "all of it" : `not yet ${at(next.start)} – ${at(next.end)}`}
        {doubtful >= 0.5 && ` · ${lengthText(doubtful)} not assessable`}
      </span>
    </button>
  );
}
