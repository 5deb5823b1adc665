/**
 * The frame of a picture over time: a figure that scrolls where it does not fit, ticks, and words that say it all.
 *
 * @module
 */

import type { ComponentChildren, VNode } from "preact";
import { TIMELINE, type TimelinePicture } from "../timeline_shape.ts";

/** Letters of a name that fit before the lines. */
const NAME_LENGTH_MAX = 26;

/** Of the picture's right, which a tick's text must not cross. */
const TICK_TEXT_WIDTH = 60;

/** What the frame needs. */
export interface TimelineFrameProps {
  readonly picture: TimelinePicture;
  /** What its region is called. */
  readonly label: string;
  /** Id of the words, one on the page. */
  readonly wordsId: string;
  /** What it shows, below it and as its name. */
  readonly words: ComponentChildren;
  /** The lines. */
  readonly children: ComponentChildren;
}

/** The frame around lines. */
export function TimelineFrame(
  { picture: { width, height, ticks }, label, wordsId, words, children }: TimelineFrameProps,
): VNode {
  return (
    <figure class="card timeline">
      <div class="table-scroll" role="region" aria-label={label} tabIndex={0}>
        <svg
          viewBox={`0 0 ${width} ${height}`}
          width={width}
          height={height}
          class="picture"
          role="img"
          aria-labelledby={wordsId}
        >
          {ticks.map(({ x, text }) => (
            <g key={x}>
              <line class="tick" x1={x} x2={x} y1={TIMELINE.top - 6} y2={height} />
              <text
                class="tick-text"
                x={x}
                y={TIMELINE.top - 12}
                text-anchor={x > width - TICK_TEXT_WIDTH ? "end" : "start"}
              >
                {text}
              </text>
            </g>
          ))}
          {children}
        </svg>
      </div>
      <figcaption id={wordsId} class="muted">{words}</figcaption>
    </figure>
  );
}

/** The name of a line, with the rule below it. */
export function TimelineName({ name, y, ruleY }: {
  name: string;
  /** Of the letters' feet. */
  y: number;
  ruleY: number;
}): VNode {
  const isLong = name.length > NAME_LENGTH_MAX;
  return (
    <>
      <text class="line-name" x={6} y={y}>
        {isLong ? `${name.slice(0, NAME_LENGTH_MAX - 1)}…` : name}
      </text>
      <line class="tick" x1={0} x2={TIMELINE.width} y1={ruleY} y2={ruleY} />
    </>
  );
}
