/**
 * Which seconds were reviewed by whom, drawn over the time of the recording.
 *
 * @module
 */

import type { ViewingReader } from "@wavekeep/core/wire";
import type { VNode } from "preact";
import { TimelineFrame, TimelineName } from "../../../components/TimelineFrame.tsx";
import { layoutLedger, LINE_HEIGHT } from "../../../viewings/ledger_picture.ts";

/** The picture; nothing where there is nothing to draw. */
export function LedgerTimeline({ readers, endSeconds }: {
  readers: readonly ViewingReader[];
  /** Of the recording; without it the axis ends where the last reviewed second does. */
  endSeconds: number | undefined;
}): VNode | null {
  const picture = layoutLedger(readers, endSeconds);
  if (picture === undefined) return null;
  return (
    <TimelineFrame
      picture={picture}
      label="Reviewed seconds"
      wordsId="ledger-words"
      words="Seconds of the recording that were on screen, by reader; the table below says how much."
    >
      {picture.lines.map(({ name, y, bars }) => (
        <g key={y}>
          <TimelineName name={name} y={y + LINE_HEIGHT - 9} ruleY={y + LINE_HEIGHT - 3} />
          {bars.map(({ x, width }) => (
            <rect key={x} class="bar" x={x} y={y + 5} width={width} height={LINE_HEIGHT - 11} />
          ))}
        </g>
      ))}
    </TimelineFrame>
  );
}
