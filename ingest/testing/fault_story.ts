/**
 * A device's whole day, every kind of call of every store in it, and a process that may lose one of them.
 *
 * @module
 */

import { ok } from "node:assert/strict";
import { concatBytes } from "@wavekeep/core/bytes";
import { CommitOutcomeUnknownError } from "@wavekeep/core/service";
import type { FaultMode } from "../store/faults.ts";
import { memoryDeviceStore } from "../store/memory_device_store.ts";
import { memoryStore, storedPositions } from "../store/memory_store.ts";
import { memoryKeyStore } from "../store/memory_key_store.ts";
import { StoreUnavailableError } from "../store/store_errors.ts";
import { Fixture, fixtureSet, JSON_CHUNK, OPEN_RECORDING, PATIENT, RECORDING } from "./fixtures.ts";
import { enrolment, SignedFixture, testKey } from "./signed_device.ts";
import {
  send,
  slugOf,
  startTestApp,
  TEST_NOW_MICROS,
  type TestApp,
  type TestDisk,
} from "./test_app.ts";

type Json = Record<string, unknown>;
/** A body may follow from the answer before. */
type Step = readonly [
  method: string,
  path: string,
  body: unknown | ((before: Json) => unknown),
  token?: string,
];

const fixture = new Fixture();
const [carried, ahead] = [fixtureSet(1), fixtureSet(2)];
const key = testKey(3);
const signed = new SignedFixture(key, "chunk", 9);
const OWN = `/patients/${PATIENT}/recordings/${RECORDING}`;

const STORY: readonly Step[] = [
  ["POST", "/recordings", OPEN_RECORDING],
  ["POST", `${OWN}/segments`, fixture.opening()],
  ["PUT", fixture.path(0), fixture.chunk(0)],
  ["PUT", fixture.path(1), fixture.chunk(1)],
  ["POST", "/ingest", fixture.batch(2, 3, 4)],
  ["POST", "/ingest", concatBytes(fixture.chunk(5, { set: carried.set }), carried.record)],
  ["PUT", fixture.setPath(ahead), ahead.record],
  ["PUT", fixture.path(6), fixture.chunk(6, { set: ahead.set })],
  ["PUT", fixture.path(0), fixture.chunk(0, { value: 999 })],
  ["GET", `/segments/${fixture.hex}/state`, undefined],
  ["POST", `/patients/${PATIENT}/recordings/nowhere/close`, {
    idempotency_key: "ff".repeat(16),
  }],
  ["POST", "/devices/codes", { device_id: "amp-1" }, "admin"],
  ["POST", "/devices/enrol", (made: Json) => enrolment(key, made["code"] as string)],
  ["GET", "/devices/keys", undefined, "admin"],
  ["POST", `${OWN}/segments`, signed.opening()],
  ["PUT", signed.path(0), signed.sign(signed.chunk(0))],
  ["POST", `/devices/keys/${key.keyId.toHex()}/revoke`, { reason: "lost" }, "admin"],
  ["POST", `${OWN}/annotations`, {
    annotations: [{
      annotation_id: "aa".repeat(16),
      kind: "button",
      source: "device",
      anchor: { coordinate: "sample", segment_id: fixture.hex, stream: 0, sample: "2.5" },
      duration: null,
      text: "patient pressed the button",
    }],
  }],
  ["POST", `${OWN}/reviews`, {
    reviews: [{
      review_id: "ab".repeat(16),
      annotation_id: "aa".repeat(16),
      annotation_version: 1,
      verdict: "accepted",
    }],
  }, "clinician"],
  ["POST", `${OWN}/clock-observations`, {
    observations: [{
      observation_id: "bb".repeat(16),
      segment_id: fixture.hex,
      device_time_micros: "1000",
      monotonic_ns: "5",
      reference_time_micros: "2000",
      reference: "ntp",
      uncertainty_micros: "10",
    }],
  }],
  ["POST", `/segments/${fixture.hex}/statements`, {
    statements: [{
      statement_id: "cc".repeat(16),
      stream: 0,
      kind: "end",
      first_sequence: 7,
      sequence_count: 0,
      first_sample: 28,
      sample_count: 0,
      reason: 5,
      signature: null,
    }],
  }],
  ["POST", `${OWN}/sources`, {
    file_sha256: "dd".repeat(32),
    byte_length: 10,
    format: "EDF",
    segment_ids: [fixture.hex],
    header: "AAAA",
    annotation_bytes_deflated: "",
    signal_order: [0, 1, 2],
    record_count_as_written: -1,
    trailing: "",
  }],
  ["POST", "/ingest", JSON_CHUNK],
  ["POST", `${OWN}/close`, { idempotency_key: "ee".repeat(16) }],
];

/** What the sender may take for final: stored, repeated, a conflict that was put aside, or nothing there. */
const FINAL = new Set([200, 201, 404, 409]);

/** One call of one method of one of the stores, and how it fails. */
export interface BrokenCall {
  readonly store: StoreName;
  readonly method: string;
  /** From 0. */
  readonly nth: number;
  readonly mode: FaultMode;
}

type StoreName = "store" | "deviceStore" | "keyStore";

/** How often the story called each method, by `store.method`. */
export type CallCounts = Map<string, number>;

/** Reading changes nothing: it fails in one way. */
export function isRead(method: string): boolean {
  return /^(find|list|segmentProgress|parameterSetRoom|revokedKeyIds|devicesMustSign|patientKey)/
    .test(method);
}

/** Every method of every store. */
export function allMethods(): string[] {
  const stores = storesOn({ disk: undefined });
  return Object.entries(stores).flatMap(([name, store]) =>
    Object.keys(store).map((method) => `${name}.${method}`)
  ).sort();
}

/** Plays the day; a step that is not answered finally is sent again to a fresh process. */
export async function playStory(disk: TestDisk, broken?: BrokenCall) {
  const counts: CallCounts = new Map();
  const start = (broken?: BrokenCall): TestApp =>
    startTestApp({ disk, ...watched(storesOn({ disk }), counts, broken) });
  let { app, deps } = start(broken);
  const refusals: { status: number; slug: string | undefined; retryAfter: string | null }[] = [];
  let before: Json = {};
  for (const [method, path, told, token = "device"] of STORY) {
    const body = typeof told === "function" ? told(before) : told;
    let answer = await send(app, method, path, { body, token });
    if (!FINAL.has(answer.status)) {
      refusals.push({
        status: answer.status,
        slug: slugOf(answer.json),
        retryAfter: answer.headers.get("retry-after"),
      });
      await deps.announcer.settled();
      ({ app, deps } = start());
      answer = await send(app, method, path, { body, token });
    }
    ok(FINAL.has(answer.status), `${method} ${path}: ${answer.status} ${slugOf(answer.json)}`);
    before = answer.json;
  }
  await deps.announcer.settled();
  return { refusals, counts };
}

function storesOn({ disk }: { disk: TestDisk | undefined }) {
  return {
    store: memoryStore({
      ...(disk === undefined ? {} : { tables: disk.tables }),
      nowMicros: () => TEST_NOW_MICROS,
    }),
    deviceStore: memoryDeviceStore(disk?.devices),
    keyStore: memoryKeyStore(disk?.keys),
  };
}

/** The same stores, counting their calls and breaking one. */
function watched<Stores extends object>(
  stores: Stores,
  counts: CallCounts,
  broken: BrokenCall | undefined,
): Stores {
  const own = new Map<string, number>();
  const watch = (name: string, store: object) =>
    Object.fromEntries(
      Object.entries(store).map(([method, call]) => [method, async (...args: unknown[]) => {
        const label = `${name}.${method}`;
        counts.set(label, (counts.get(label) ?? 0) + 1);
        const nth = own.get(label) ?? 0;
        own.set(label, nth + 1);
        const isBroken = broken?.store === name && broken.method === method && broken.nth === nth;
        if (isBroken && broken.mode === "failed") {
          throw new StoreUnavailableError(`Cannot ${label}: ordered to fail`);
        }
        const result = await call(...args);
        if (isBroken) {
          throw new CommitOutcomeUnknownError(`Cannot tell whether ${label} committed: ordered`);
        }
        return result;
      }]),
    );
  return Object.fromEntries(
    Object.entries(stores).map(([name, store]) => [name, watch(name, store)]),
  ) as Stores;
}

/** Everything that may not differ from a day without faults. */
export function summaryOf({ tables, devices }: TestDisk) {
  const kinds: Record<string, number> = {};
  for (const { kind } of tables.events) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return {
    patients: tables.patients.length,
    recordings: tables.recordings.map(({ recordingCode }) => recordingCode),
    closed: tables.closed.size,
    segments: tables.segments.map(({ segment }) => segment.segmentNumber),
    positions: storedPositions(tables),
    // The JSON chunk's digest hangs on its recording's key, which is another one every day.
    digests: [...tables.chunks.values()]
      .filter(({ recordingId }) => recordingId === tables.recordings[0]?.recordingId)
      .map(({ chunkDigest }) => chunkDigest.toHex()).sort(),
    parameterSets: [...tables.parameterSets.values()].map(({ digest }) => digest.toHex()).sort(),
    setEvents: kinds["parameter-set.stored"],
    quarantine: tables.quarantine.map(({ sequence, body }) => [sequence, body !== null]),
    annotations: tables.annotations.size,
    reviews: tables.reviews.size,
    observations: tables.observations.size,
    statements: tables.statements.size,
    sources: tables.sources.size,
    chunkEvents: kinds["chunk.stored"],
    deviceKeys: devices.keys.map(({ deviceId, revokedAtMicros }) => [deviceId, revokedAtMicros]),
    deviceEvents: devices.events.map(({ kind }) => kind),
  };
}
