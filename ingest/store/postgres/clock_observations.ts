/**
 * Clock observations.
 *
 * @module
 */

import { parseHex } from "@wavekeep/core/bytes";
import type pg from "pg";
import { formatInstant } from "../../instant.ts";
import type { NewClockObservation, Repeatable, Sender } from "../ingest_store.ts";
import { allOrNone } from "./all_or_none.ts";
import { insertEvent } from "./events.ts";

interface ObservationRow {
  readonly segmentNumber: number | null;
  readonly deviceTimeMicros: string;
  readonly monotonicNs: string;
  readonly referenceTimeMicros: string;
  readonly source: string;
  readonly uncertaintyMicros: string | null;
}

export async function putClockObservations(
  pool: pg.Pool,
  sender: Sender,
  recordingId: string,
  observations: readonly NewClockObservation[],
): Promise<Repeatable[]> {
  return await allOrNone<NewClockObservation, Repeatable>(pool, sender, {
    items: observations,
    idOf: ({ observationId }) => observationId,
    isRefusal: (outcome) => outcome === "conflict",
    put: (client, observation) => putObservation(client, sender, recordingId, observation),
  });
}

async function putObservation(
  client: pg.PoolClient,
  sender: Sender,
  recordingId: string,
  observation: NewClockObservation,
): Promise<Repeatable> {
  const observationId = parseHex(observation.observationId, 16);
  const { rowCount } = await client.query(
    `insert into wavekeep.clock_observation
       (recording_id, observation_id, site_id, segment_no, device_time_micros, monotonic_ns,
        reference_time_micros, source, uncertainty_micros, actor, server_time)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (recording_id, observation_id) do nothing`,
    [
      recordingId,
      observationId,
      sender.siteId,
      observation.segmentNumber,
      observation.deviceTimeMicros,
      observation.monotonicNs,
      observation.referenceTimeMicros,
      observation.source,
      observation.uncertaintyMicros,
      sender.actor,
      formatInstant(observation.atMicros),
    ],
  );
  if (rowCount === 1) {
    const { leaf } = observation;
    await insertEvent(client, sender, { kind: "clock-observation.stored", recordingId, leaf });
    return "stored";
  }
  const { rows: [row] } = await client.query<ObservationRow>(
    `select segment_no as "segmentNumber", device_time_micros::text as "deviceTimeMicros",
        monotonic_ns::text as "monotonicNs", reference_time_micros::text as "referenceTimeMicros",
        source, uncertainty_micros::text as "uncertaintyMicros"
      from wavekeep.clock_observation where recording_id = $1 and observation_id = $2`,
    [recordingId, observationId],
  );
  return row !== undefined && isSame(row, observation) ? "repeated" : "conflict";
}

function isSame(row: ObservationRow, given: NewClockObservation): boolean {
  const number = (text: string | null) => text === null ? null : BigInt(text);
  return row.segmentNumber === given.segmentNumber && row.source === given.source &&
    number(row.deviceTimeMicros) === number(given.deviceTimeMicros) &&
    number(row.monotonicNs) === number(given.monotonicNs) &&
    number(row.referenceTimeMicros) === number(given.referenceTimeMicros) &&
    number(row.uncertaintyMicros) === number(given.uncertaintyMicros);
}
