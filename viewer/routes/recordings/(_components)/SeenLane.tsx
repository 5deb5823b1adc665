/**
 * What the reader has seen of the recording: a line under the strip, and the next stretch that is left.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { AssessedSeconds } from "../../../signal/assessed_text.ts";
import { civilText, elapsedText, lengthText } from "../../../signal/clock_text.ts";
import type { Stretch } from "../../../signal/seen_map.ts";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import { shareText } from "../../../signal/share_text.ts";
import type { Seen } from "../(_islands)/use_seen.ts";
import { useTheme } from "../(_islands)/use_theme.ts";
import type { Acting } from "./Controls.tsx";

/** The line; stands in the strip, below what is recorded. Above it, lower, what the review ledger had before. */
export function SeenLine(
  { seen, reviewed, end }: {
    readonly seen: Seen;
    readonly reviewed: readonly Stretch[];
    readonly end: number;
  },
): VNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  useEffect(() => {
    const element = canvas.current!;
    const surface = element.getContext("2d");
    if (surface === null || end <= 0) return;
    const width = Math.round(element.clientWidth * (globalThis.devicePixelRatio || 1));
    element.width = width;
    element.height = 2;
    surface.fillStyle = theme.mutedInk;
    for (const [row, stretches] of [reviewed, seen.stretches].entries()) {
      for (const stretch of stretches) {
        // Seen is never shown larger than it is, but for a single pixel.
        const from = Math.ceil(stretch.start / end * width);
        const to = Math.floor(stretch.end / end * width);
        surface.fillRect(Math.min(from, width - 1), row, Math.max(1, to - from), 1);
      }
    }
  }, [seen.stretches, reviewed, end, theme]);
  return <canvas ref={canvas} class="seen-line" aria-hidden="true" />;
}

/** How much was seen, and the way to what was not. */
export function SeenButton(
  { seen, reviewed, model, assessed, acting }: {
    readonly seen: Seen;
    readonly reviewed: readonly Stretch[];
    readonly assessed: AssessedSeconds | undefined;
    readonly model: RecordingModel;
    readonly acting: Acting;
  },
): VNode {
  const at = (seconds: number) =>
    civilText(model.startedAt, seconds)?.time.slice(0, 8) ?? elapsedText(seconds);
  const { next, share } = seen;
  // Seen and judged are two things: what was looked at may have had nothing to judge.
  const before = reviewed.reduce((sum, { start, end }) => sum + end - start, 0);
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
        {before >= 0.5 && ` · ${lengthText(before)} reviewed before`}
      </span>
    </button>
  );
}
