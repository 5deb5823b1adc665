/**
 * The relay's own clock beside ingest's, as observations of its own.
 *
 * Every state that ingest gives carries its time: with the round trip that is an observation. The best of ten
 * minutes, the one with the shortest round trip, is held for each recording that chunks came for, under the relay's
 * own name and of no segment. What devices observed of the relay's clock goes on unchanged; who puts both together
 * knows the device's clock by ingest's.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { SeenState, Spool } from "@wavekeep/core/spool";
import type { ClockObservationsRequest } from "@wavekeep/core/wire";

/** How often an observation is written down. */
const EVERY_MS = 600_000;

/** The relay's clock, seen beside ingest's. */
export interface SeenClock {
  /** What has to be added to the relay's clock, in microseconds. */
  readonly offsetMicros: number;
  /** Half the round trip. */
  readonly uncertaintyMicros: number;
}

interface Observation extends SeenClock {
  readonly relayMicros: bigint;
  readonly serverMicros: bigint;
}

export interface RelayClock {
  /** Ingest answered. */
  seen(state: SeenState): void;
  /** A chunk came for this recording. */
  active(codes: { readonly patientId: string; readonly recordingId: string }): void;
  /** The last observation; undefined before the first. */
  readonly latest: SeenClock | undefined;
  /** Holds what is due; to be called now and then. */
  flush(): Promise<void>;
}

/** @param options.monotonicMs A clock that never jumps. */
export function createRelayClock(
  spool: Spool,
  options: {
    readonly name: string;
    readonly siteId: number;
    readonly monotonicMs?: () => number;
  },
): RelayClock {
  const { name, siteId, monotonicMs = () => performance.now() } = options;
  const sender = { siteId, subject: name, keyId: null };
  const active = new Map<string, { patientId: string; recordingId: string }>();
  let latest: Observation | undefined;
  let best: Observation | undefined;
  let writtenAt = -Infinity;
  return {
    get latest() {
      return latest;
    },
    seen({ state, askedAtMs, answeredAtMs }) {
      const relayMicros = BigInt(Math.round((askedAtMs + answeredAtMs) * 500));
      const serverMicros = Temporal.Instant.from(state.as_of).epochNanoseconds / 1000n;
      latest = {
        relayMicros,
        serverMicros,
        offsetMicros: Number(serverMicros - relayMicros),
        uncertaintyMicros: Math.round((answeredAtMs - askedAtMs) * 500) + 1,
      };
      if (best === undefined || latest.uncertaintyMicros < best.uncertaintyMicros) best = latest;
    },
    active: (codes) => void active.set(`${codes.patientId}/${codes.recordingId}`, codes),
    async flush() {
      if (best === undefined || monotonicMs() - writtenAt < EVERY_MS || active.size === 0) return;
      const observation = best;
      const recordings = [...active.values()];
      best = undefined;
      active.clear();
      writtenAt = monotonicMs();
      for (const { patientId, recordingId } of recordings) {
        const number = await spool.recording({ siteId, patientId, recordingId });
        await spool.holdRequest(number, sender, {
          method: "POST",
          path: `/patients/${patientId}/recordings/${recordingId}/clock-observations`,
          mediaType: "application/json",
          body: new TextEncoder().encode(JSON.stringify(bodyOf(name, observation))),
        });
      }
    },
  };
}

function bodyOf(name: string, seen: Observation): ClockObservationsRequest {
  const id = createHash("sha256")
    .update(`wavekeep/relay/clock/v1\0${name}\0${seen.relayMicros}\0${seen.serverMicros}`)
    .digest("hex").slice(0, 32);
  return {
    observations: [{
      "observation_id": id,
      "segment_id": null,
      "device_time_micros": String(seen.relayMicros),
      "monotonic_ns": "0",
      "reference_time_micros": String(seen.serverMicros),
      reference: "server",
      "uncertainty_micros": String(seen.uncertaintyMicros),
    }],
  };
}
