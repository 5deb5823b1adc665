/**
 * Which seconds were reviewed by whom, drawn over the time of the recording.
 *
 * @module
 */

import type { ViewingReader } from "@wavekeep/core/wire";
import type { VNode } from "preact";
import { layoutLedger, LINE_HEIGHT } from "../../../viewings/ledger_picture.ts";

/** The picture; nothing where there is nothing to draw. */
export function LedgerTimeline({ readers, endSeconds }: {
  readers: readonly ViewingReader[];
  endSeconds: number;
}): VNode | null {
  const picture = layoutLedger(readers, endSeconds);
  if (picture === undefined) return null;
  const { width, height, lines, ticks } = picture;
  return (
    <figure class="card timeline">
      <div class="table-scroll" role="region" aria-label="Reviewed seconds" tabIndex={0}>
        <svg
          viewBox={`0 0 ${width} ${height}`}
          width={width}
          height={height}
          class="picture"
          role="img"
          aria-labelledby="ledger-words"
        >
          {ticks.map(({ x, text }) => (
            <g key={x}>
              <line class="tick" x1={x} x2={x} y1={18} y2={height} />
              <text class="tick-text" x={x} y={13} text-anchor={x > width - 60 ? "end" : "start"}>
                {text}
              </text>
            </g>
          ))}
          {lines.map(({ name, y, bars }) => (
            <g key={y}>
              <text class="line-name" x={6} y={y + LINE_HEIGHT - 9}>
                {name.length <= 26 ? name : `${name.slice(0, 25)}…`}
              </text>
              <line
                class="tick"
                x1={0}
                x2={width}
                y1={y + LINE_HEIGHT - 3}
                y2={y + LINE_HEIGHT - 3}
              />
              {bars.map(({ x, width }) => (
                <rect key={x} class="bar" x={x} y={y + 5} width={width} height={LINE_HEIGHT - 11} />
              ))}
            </g>
          ))}
        </svg>
      </div>
      <figcaption id="ledger-words" class="muted">
        Seconds of the recording that were on screen, by reader; the table below says how much.
      </figcaption>
    </figure>
  );
}
