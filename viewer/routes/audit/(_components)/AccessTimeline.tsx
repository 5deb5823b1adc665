/**
 * The picture of who saw a patient, when. The table below it says the same in numbers.
 *
 * @module
 */

import type { PatientAccess } from "@wavekeep/core/wire";
import type { VNode } from "preact";
import { layoutTimeline, LINE_HEIGHT, type TimelineLine } from "../../../admin/access_timeline.ts";
import { TimelineFrame, TimelineName } from "../../../components/TimelineFrame.tsx";

/** Signs, drawn from their tops: told apart by their shapes. */
const DIAMOND = "l6 6-6 6-6-6z";
const TRIANGLE = "l7 12h-14z";

/** The picture; nothing where there is nothing to draw. */
export function AccessTimeline({ accesses }: { accesses: readonly PatientAccess[] }): VNode | null {
  const timeline = layoutTimeline(accesses);
  if (timeline === undefined) return null;
  const { lines } = timeline;
  const rest = accesses.length - lines.length;
  const words = (
    <>
      When each person saw something of this patient (UTC); the higher the bar, the longer: under a
      minute, ten minutes, an hour, more. A flat bar: could have, but nothing is known to have been
      on screen. <Sign kind="sign" path={DIAMOND} /> diamond: took it out.
      <Sign kind="sign glass" path={TRIANGLE} /> triangle: broke the glass.
      {rest > 0 ? ` The first ${lines.length} people; all are in the table.` : ""}
    </>
  );
  return (
    <TimelineFrame picture={timeline} label="Timeline" wordsId="timeline-words" words={words}>
      {lines.map((line) => <Line key={line.y} line={line} />)}
    </TimelineFrame>
  );
}

function Line({ line: { name, y, bars, exports, glass } }: { line: TimelineLine }): VNode {
  const base = y + LINE_HEIGHT - 5;
  const room = LINE_HEIGHT - 8;
  return (
    <g>
      <TimelineName name={name} y={base - 3} ruleY={base + 2} />
      {bars.map(({ x, width, share }) => {
        const height = Math.max(3, Math.round(share * room));
        return (
          <rect
            key={x}
            class={share === 0 ? "bar flat" : "bar"}
            x={x}
            y={base - height}
            width={width}
            height={height}
          />
        );
      })}
      {exports.map((x) => <path key={x} class="sign" d={`M${x} ${y - 1}${DIAMOND}`} />)}
      {glass.map((x) => <path key={x} class="sign glass" d={`M${x} ${y}${TRIANGLE}`} />)}
    </g>
  );
}

/** A sign as it stands in the legend. */
function Sign({ kind, path }: { kind: string; path: string }): VNode {
  return (
    <svg class="key" viewBox="-8 -1 16 14" aria-hidden="true">
      <path class={kind} d={`M0 0${path}`} />
    </svg>
  );
}
