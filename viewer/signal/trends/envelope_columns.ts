/**
 * The envelope of one row over days: least and greatest by column, in the row's unit.
 *
 * @module
 */

import { gainAndOffset, physicalOf } from "@wavekeep/core/calibration";
import type { Calibration } from "@wavekeep/core/recording";

/** What of query's answer is used, as JSON has it. */
export interface EnvelopeAnswer {
  readonly start: string;
  readonly end: string;
  readonly columns: number;
  readonly complete: boolean;
  readonly streams: readonly {
    readonly first_column: number;
    readonly column_count: number;
    readonly channels: readonly {
      readonly channel: { readonly calibration: Calibration | null };
      readonly least: readonly (number | null)[];
      readonly greatest: readonly (number | null)[];
    }[];
  }[];
}

/** Columns of equal length from `start` on; NaN where there is no sample. */
export interface EnvelopeColumns {
  readonly start: number;
  readonly secondsPerColumn: number;
  readonly least: Float32Array;
  readonly greatest: Float32Array;
}

/** The answer as physical values; where segments share a column, the wider of both. */
export function envelopeColumns(answer: EnvelopeAnswer): EnvelopeColumns {
  const start = Number(answer.start);
  const least = new Float32Array(answer.columns).fill(NaN);
  const greatest = new Float32Array(answer.columns).fill(NaN);
  for (const { first_column: first, channels } of answer.streams) {
    for (const { channel, ...values } of channels) {
      const scale = channel.calibration === null ? undefined : gainAndOffset(channel.calibration);
      for (const [at, low] of values.least.entries()) {
        const high = values.greatest[at] ?? null;
        if (low === null || high === null) continue;
        const [a, b] = [low, high].map((value) =>
          scale === undefined ? value : physicalOf(value, scale)
        );
        const column = first + at;
        least[column] = Math.min(a!, b!, orElse(least[column], Infinity));
        greatest[column] = Math.max(a!, b!, orElse(greatest[column], -Infinity));
      }
    }
  }
  const secondsPerColumn = (Number(answer.end) - start) / Math.max(1, answer.columns);
  return { start, secondsPerColumn, least, greatest };
}

function orElse(value: number | undefined, otherwise: number): number {
  return value === undefined || Number.isNaN(value) ? otherwise : value;
}
