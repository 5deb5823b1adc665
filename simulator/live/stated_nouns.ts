/**
 * Nouns that lie in the clear and follow from their columns: closings, clock observations, devices of keys.
 *
 * @module
 */

import { asciiBytes, concatBytes, formatHex } from "@wavekeep/core/bytes";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { clockStatement, closeStatement, type NounType } from "@wavekeep/core/log";
import { type Columns, micros, nameOf, type NounReader, type NounRow, utf8 } from "./noun_row.ts";

const DEVICE_LABEL = asciiBytes("wavekeep/device/v1\0");

/** Both digests are of the same bytes. */
function statedRow(row: Columns, statement: Uint8Array): NounRow {
  const digest = nodeSha256(statement);
  const receivedAtMicros = BigInt(row.at!);
  return { name: nameOf(row), contentDigest: digest, storedDigest: digest, receivedAtMicros };
}

const CLOSE: NounReader = {
  sql: `select r.reference as id, 0 as number, encode(c.idempotency_key, 'hex') as key, c.actor,
      ${micros("c.closed_at")} as at, c.recording_id as recording
    from wavekeep.recording_close c join wavekeep.recording r using (recording_id)`,
  row: (row) =>
    statedRow(
      row,
      utf8(closeStatement({ "idempotency_key": row["key"]!, author: row["actor"]! })),
    ),
};

const CLOCK: NounReader = {
  sql: `select observation_id as id, 0 as number, segment_no as segment,
      device_time_micros::text as device, monotonic_ns::text as monotonic,
      reference_time_micros::text as reference, source, uncertainty_micros::text as uncertainty,
      actor, ${micros("server_time")} as at, recording_id as recording
    from wavekeep.clock_observation`,
  row: (row) =>
    statedRow(
      row,
      utf8(clockStatement({
        "observation_id": formatHex(new Uint8Array(row.id)),
        "segment_number": row["segment"]!,
        "device_time_micros": row["device"]!,
        "monotonic_ns": row["monotonic"]!,
        "reference_time_micros": row["reference"]!,
        source: row["source"]!,
        "uncertainty_micros": row["uncertainty"]!,
        author: row["actor"]!,
      })),
    ),
};

const DEVICE: NounReader = {
  sql: `select substring(key_id for 16) as id, 0 as number, key_id as content, site_id as site,
      device_id as device, ${micros("enrolled_at")} as at, null as recording
    from wavekeep.device_key`,
  row: (row) => {
    const statement = concatBytes(DEVICE_LABEL, row.content, utf8(row["device"]!));
    return { ...statedRow(row, statement), name: `${nameOf(row)}/${row["site"]}` };
  },
};

/** By type. */
export const STATED_NOUNS: Partial<Record<NounType, NounReader>> = {
  "recording-close": CLOSE,
  "clock-observation": CLOCK,
  device: DEVICE,
};
