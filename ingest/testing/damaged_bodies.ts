/**
 * Good bodies of every JSON route, and what becomes of them when one value is replaced by a strange one.
 *
 * @module
 */

import fc from "fast-check";
import { Fixture, JSON_CHUNK, OPEN_RECORDING, PATIENT, RECORDING } from "./fixtures.ts";

export const fixture = new Fixture();
export const OWN = `/patients/${PATIENT}/recordings/${RECORDING}`;

/** Good bodies by route, to be damaged. */
export const BODIES: readonly [method: string, path: string, body: Record<string, unknown>][] = [
  ["POST", "/recordings", OPEN_RECORDING],
  ["POST", `${OWN}/segments`, { ...fixture.opening() }],
  ["POST", "/ingest", JSON_CHUNK],
  ["POST", `${OWN}/annotations`, {
    annotations: [{
      annotation_id: "aa".repeat(16),
      version: 1,
      kind: "note",
      source: "human",
      anchor: { coordinate: "recording", onset: "1" },
      duration: "2",
      text: "text",
      channels: [0],
      status: "active",
      term: "spike",
      detection: null,
    }],
  }],
  ["POST", `${OWN}/clock-observations`, {
    observations: [{
      observation_id: "bb".repeat(16),
      segment_id: fixture.hex,
      device_time_micros: "1",
      monotonic_ns: "2",
      reference_time_micros: "3",
      reference: "gps",
      uncertainty_micros: "4",
    }],
  }],
  ["POST", `/segments/${fixture.hex}/statements`, {
    statements: [{
      statement_id: "cc".repeat(16),
      stream: 0,
      kind: "loss",
      first_sequence: 1,
      sequence_count: 1,
      first_sample: 4,
      sample_count: 4,
      reason: 0,
      signature: null,
    }],
  }],
  ["POST", `${OWN}/sources`, {
    file_sha256: "dd".repeat(32),
    byte_length: 1,
    format: "EDF",
    segment_ids: [fixture.hex],
    header: "AAAA",
    annotation_bytes_deflated: "",
    signal_order: [0],
    record_count_as_written: 1,
    trailing: "",
  }],
];

/** Values that break careless code, beside anything JSON can say. */
const strange = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    null,
    "",
    -1,
    0,
    -0,
    1e308,
    2 ** 53,
    -(2 ** 63),
    0.1,
    "9".repeat(15),
    "-9223372036854775809",
    "1e5",
    "\u0000\r\n",
    "\ud800",
    "__proto__",
    "' OR 1=1 --",
    "<script>",
    [],
    {},
    [[]],
    [[[]]],
  ),
);

/** All places in a value, as paths. */
function placesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([name, member]) => placesOf(member, [...path, name])),
  ];
}

function withValueAt(value: unknown, path: readonly string[], change: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return change;
  const copy: Record<string, unknown> = Array.isArray(value)
    ? value.slice() as unknown as Record<string, unknown>
    : { ...value as Record<string, unknown> };
  copy[name] = withValueAt(copy[name], rest, change);
  return copy;
}

/** A body with one value replaced. */
export function damagedBodies(good: Record<string, unknown>): fc.Arbitrary<unknown> {
  return fc.constantFrom(...placesOf(good)).chain((place) =>
    strange.map((value) => withValueAt(good, place, value))
  );
}
