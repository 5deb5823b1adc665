// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * What requests of the matrix name, and how it comes to be there.
 *
 * Four of each kind: a device's own recording, another device's at the same site, one of the other site, and one that
 * never was.
 *
 * @module
 */

import { concatBytes } from "@wavekeep/core/bytes";
import { recordingReference } from "@wavekeep/core/chunk";
import { ed25519Signer, nodeSha256 } from "@wavekeep/core/crypto";
import { Fixture, type FixtureSet, fixtureSet } from "../../../ingest/testing/fixtures.ts";
import { enrolment } from "../../../ingest/testing/signed_device.ts";
import { NO_RESEARCH, type ResearchTarget } from "./research_target.ts";
import type { Asked, Asker } from "./world.ts";

export const TARGETS = ["own", "other", "elsewhere", "unknown"] as const;
/** Whose it is that a request names. */
export type TargetName = typeof TARGETS[number];

/** What requests of the matrix name. */
export interface Target {
  readonly patient: string;
  readonly recording: string;
  readonly fixture: Fixture;
  readonly set: FixtureSet;
  /** Hexadecimal. */
  readonly annotationId: string;
  /** Hexadecimal. */
  readonly keyId: string;
  /** Hexadecimal. */
  readonly exportId: string;
  readonly research: ResearchTarget;
}

/** Numbers ids of requests, so that none is sent twice; on no database that had a run before. */
let requestNumber = 0;

/** 16 bytes that no request has had, hexadecimal. */
export function freshId(): string {
  return `f${(++requestNumber).toString(16).padStart(31, "0")}`;
}

/** A target that nothing is there of yet. */
export function bareTarget(
  { patient, recording }: Pick<Target, "patient" | "recording">,
  index: number,
): Target {
  const reference = recordingReference(patient, recording, nodeSha256);
  const hex = (byteLength: number) => String(index + 1).repeat(2 * byteLength);
  return {
    patient,
    recording,
    fixture: new Fixture(index + 1, { recordingReference: reference }),
    set: fixtureSet(index + 1),
    annotationId: hex(16),
    keyId: hex(32),
    exportId: hex(16),
    research: NO_RESEARCH,
  };
}

/** Asks as somebody, and throws when it is refused. */
export type Must = (asked: Asked, asker: Asker) => Promise<Record<string, unknown>>;

/** A recording with a segment, two chunks, a parameter set and a mark; and a device's key. */
export async function fill(
  { patient, recording, fixture, set, annotationId }: Target,
  site: "own" | "other",
  subject: string,
  must: Must,
  markCount = 1,
): Promise<string> {
  const asker: Asker = { role: "device", site, subject };
  const base = `/patients/${patient}/recordings/${recording}`;
  const post = (path: string, body: unknown, as = asker) =>
    must({ service: "ingest", method: "POST", path, body }, as);
  await post("/recordings", openingOf({ patient, recording }));
  await post(`${base}/segments`, fixture.opening());
  await post("/ingest", concatBytes(fixture.batch(0, 1), fixture.chunk(0, { stream: 1 })));
  const coded = fixture.chunk(2, { set: set.set });
  await must(
    { service: "ingest", method: "PUT", path: fixture.setPath(set), body: set.record },
    asker,
  );
  await post("/ingest", coded);
  await post(`${base}/annotations`, {
    annotations: [annotationId, freshId()].slice(0, markCount).map(markOf),
  });
  const key = ed25519Signer(crypto.getRandomValues(new Uint8Array(32)));
  const { code } = await post(
    "/devices/codes",
    // Told apart in a list of a site's keys.
    { device_id: `amp-${subject}${site === "own" ? "" : "-elsewhere"}` },
    { role: "admin", site },
  );
  const enrolled = await post("/devices/enrol", enrolment(key, code as string));
  return enrolled["key_id"] as string;
}

/** Says that no more comes, and that researchers may look. */
export async function allowResearch(
  { patient, recording }: Pick<Target, "patient" | "recording">,
  site: "own" | "other",
  must: Must,
): Promise<void> {
  await must({
    service: "ingest",
    method: "POST",
    path: `/patients/${patient}/recordings/${recording}/close`,
    body: { idempotency_key: freshId() },
  }, { role: "device", site, subject: "device-3" });
  await must({
    service: "ingest",
    method: "POST",
    path: `/patients/${patient}/consent`,
    body: { research: "allowed", reason: "asked at admission" },
  }, { role: "admin", site });
}

/** Body of `POST /recordings`; the same again for the same recording. */
export function openingOf({ patient, recording }: Pick<Target, "patient" | "recording">) {
  return {
    patient_id: patient,
    recording_id: recording,
    idempotency_key: nodeSha256(new TextEncoder().encode(patient + recording)).toHex().slice(0, 32),
    started_at: { civil: "2026-11-06T13:43:04", zone: null },
  };
}

/** A second that was on screen. */
export function viewingOf(viewing_id: string) {
  return {
    viewing_id,
    shown_at_ms: 0,
    shown_ms: 1_500,
    start_ms: 0,
    end_ms: 1_000,
    live_lag_ms: null,
    display: {
      montage: "recorded",
      uv_per_mm: 7,
      mm_per_second: 30,
      ...{ low_hz: 0.5, high_hz: 70, notch_hz: null, phase: "causal" },
      ...{ rows_shown: 2, rows_total: 2 },
    },
  };
}

/** A mark with an id. */
export function markOf(annotation_id: string) {
  return {
    annotation_id,
    kind: "note",
    source: "human",
    anchor: { coordinate: "recording", onset: "0.5" },
    duration: null,
    text: "a mark",
  };
}
