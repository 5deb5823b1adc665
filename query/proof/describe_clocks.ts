/**
 * What the clocks of a recording's devices are worth, out of what was observed of them.
 *
 * A device behind a relay sees the relay's clock, and the relay sees ingest's: where both were observed, the device's
 * clock is told by ingest's. What a file said of itself is no observation of a clock that anybody could set right.
 *
 * @module
 */

import { type ClockObservation, fitClock } from "@wavekeep/core/time";
import type { RecordingProof } from "@wavekeep/core/wire";

/** One row of `clock_observation`; numbers as decimal text. */
export interface ClockRow {
  /** Null: of the sender's own clock, a relay's. */
  readonly segmentNumber: number | null;
  readonly deviceTimeMicros: string;
  readonly referenceTimeMicros: string;
  readonly source: string;
  readonly uncertaintyMicros: string | null;
}

/** Clocks that are believed by themselves. */
const REFERENCES = new Set(["server", "ntp", "gps", "operator"]);

/** A fit for each segment that was observed, in the order of their numbers. */
export function describeClocks(rows: readonly ClockRow[]): RecordingProof["clocks"] {
  const relay = rows.filter((row) => row.segmentNumber === null && row.source === "server")
    .map(toObservation);
  const numbers = new Set(rows.flatMap(({ segmentNumber }) => segmentNumber ?? []));
  return [...numbers].sort((a, b) => a - b).flatMap((number) => {
    const own = rows.filter(({ segmentNumber }) => segmentNumber === number);
    const direct = own.filter(({ source }) => REFERENCES.has(source)).map(toObservation);
    const seen = own.filter(({ source }) => source === "relay").map(toObservation);
    const through = relay.length === 0 ? [] : seen.map((each) => throughRelay(each, relay));
    const known = [...direct, ...through];
    const fit = fitClock(known.length > 0 ? known : seen);
    if (fit === undefined) return [];
    return [{
      segment_number: number,
      reference: known.length > 0 ? "server" as const : "relay" as const,
      offset_seconds: secondsText(fit.offsetMicros),
      offset_uncertainty_seconds: fit.offsetUncertaintyMicros / 1e6,
      drift_ppm: fit.driftPpm,
      drift_uncertainty_ppm: fit.driftUncertaintyPpm,
      observation_count: fit.observationCount,
      used_count: fit.usedCount,
      jump_count: fit.jumpCount,
    }];
  });
}

function toObservation(row: ClockRow): ClockObservation {
  return {
    deviceMicros: BigInt(row.deviceTimeMicros),
    referenceMicros: BigInt(row.referenceTimeMicros),
    uncertaintyMicros: row.uncertaintyMicros === null ? null : Number(row.uncertaintyMicros),
  };
}

/** The device's look at the relay, by ingest's clock: the relay's own look that is nearest in its time. */
function throughRelay(
  seen: ClockObservation,
  relay: readonly ClockObservation[],
): ClockObservation {
  const distance = ({ deviceMicros }: ClockObservation) => {
    const difference = deviceMicros - seen.referenceMicros;
    return difference < 0n ? -difference : difference;
  };
  const nearest = relay.reduce((best, each) => distance(each) < distance(best) ? each : best);
  const known = (micros: number | null) => micros ?? 500_000;
  return {
    deviceMicros: seen.deviceMicros,
    referenceMicros: seen.referenceMicros + nearest.referenceMicros - nearest.deviceMicros,
    uncertaintyMicros: known(seen.uncertaintyMicros) + known(nearest.uncertaintyMicros),
  };
}

/** Decimal seconds, exact. */
function secondsText(micros: bigint): string {
  const size = micros < 0n ? -micros : micros;
  const text = `${size / 1_000_000n}.${String(size % 1_000_000n).padStart(6, "0")}`;
  return micros < 0n ? `-${text}` : text;
}
