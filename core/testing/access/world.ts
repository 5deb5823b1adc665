// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * Two sites on one database with something of everything in each, for the matrix of who may do what.
 *
 * Four targets of each kind: a device's own recording, another device's at the same site, one of the other site,
 * and one that never was.
 *
 * @module
 */

import { strictEqual } from "node:assert/strict";
import { concatBytes } from "@wavekeep/core/bytes";
import { recordingReference } from "@wavekeep/core/chunk";
import { ed25519Signer, nodeSha256 } from "@wavekeep/core/crypto";
import type { Role } from "@wavekeep/core/service";
import { Fixture, type FixtureSet, fixtureSet } from "../../../ingest/testing/fixtures.ts";
import { enrolment } from "../../../ingest/testing/signed_device.ts";
import { sequenceLog } from "../../../query/testing/sequence_log.ts";
import { type Pipeline, startPipeline } from "../../../query/testing/pipeline.ts";
import { closedCodes, NO_RESEARCH, researchNames, type ResearchTarget } from "./research_target.ts";

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

/** Who asks: a role at a site. A relay speaks for the device. */
export interface Asker {
  readonly role: Role;
  readonly site?: "own" | "other";
  readonly subject?: string;
}

/** A request before it is sent. */
export interface Asked {
  readonly service: "ingest" | "query";
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface World {
  readonly pipeline: Pipeline;
  readonly targets: Readonly<Record<TargetName, Target>>;
  /** Sends a request with an Authorization header or without. */
  send(asked: Asked, authorization?: string): Promise<Response>;
  /** The header of somebody; made once. */
  authorizationOf(asker: Asker): Promise<string>;
  /** A new export of a target's recording, ready, by somebody of its site. */
  makeExport(name: "own" | "other" | "elsewhere", side?: "care" | "research"): Promise<string>;
  close(): Promise<void>;
}

/** Numbers ids of requests, so that none is sent twice. */
let requestNumber = 0;

/** 16 bytes that no request has had, hexadecimal. */
export function freshId(): string {
  return `f${(++requestNumber).toString(16).padStart(31, "0")}`;
}

export const EXPORT_ORDER = { form: "bids", bids: { task: "rest" } };

/** Makes it, or returns undefined where no test server runs. */
export async function startWorld(
  options: Parameters<typeof startPipeline>[1] = {},
): Promise<World | undefined> {
  const pipeline = await startPipeline("access", options);
  if (pipeline === undefined) return undefined;
  const headers = new Map<string, Promise<string>>();
  const authorizationOf = ({ role, site = "own", subject = `${role}-1` }: Asker) => {
    const name = `${role}/${site}/${subject}`;
    const made = headers.get(name) ??
      pipeline.token({ role, site, subject }).then((token) => `Bearer ${token}`);
    headers.set(name, made);
    return made;
  };
  const send = async ({ service, method, path, body, headers }: Asked, authorization?: string) => {
    const isBytes = body instanceof Uint8Array;
    const bytes = isBytes
      ? body as Uint8Array<ArrayBuffer>
      : new TextEncoder().encode(JSON.stringify(body));
    return await pipeline[service].request(path, {
      method,
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(body === undefined ? {} : {
          "content-type": isBytes ? "application/vnd.wavekeep.chunks" : "application/json",
          "content-length": String(bytes.byteLength),
        }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: bytes }),
    });
  };
  const must = async (asked: Asked, asker: Asker): Promise<Record<string, unknown>> => {
    const response = await send(asked, await authorizationOf(asker));
    const text = await response.text();
    strictEqual(response.ok, true, `${asked.method} ${asked.path}: ${response.status} ${text}`);
    return text === "" ? {} : JSON.parse(text);
  };
  const makeExport = async (
    name: "own" | "other" | "elsewhere",
    side: "care" | "research" = "care",
  ) => {
    const isCare = side === "care";
    const { patient, recording } = isCare ? targets[name]! : targets[name]!.research;
    const job = await must({
      service: "query",
      method: "POST",
      path: `${isCare ? "" : "/research"}/patients/${patient}/recordings/${recording}/exports`,
      body: isCare ? EXPORT_ORDER : { bids: EXPORT_ORDER.bids },
    }, {
      role: isCare ? "clinician" : "researcher",
      site: name === "elsewhere" ? "other" : "own",
    });
    await pipeline.queryDeps.exports!.settled();
    return job["export_id"] as string;
  };
  const targets: Partial<Record<TargetName, Target>> = {};
  for (const [index, name] of TARGETS.entries()) {
    const codes = { patient: `patient-${name}`, recording: `recording-${name}` };
    const bare = bareTarget(codes, index);
    targets[name] = bare;
    if (name === "unknown") continue;
    const site = name === "elsewhere" ? "other" : "own";
    const keyId = await fill(bare, site, name === "other" ? "device-2" : "device-1", must);
    targets[name] = { ...bare, keyId, exportId: await makeExport(name) };
    const closed = bareTarget(closedCodes(name), index + TARGETS.length);
    await fill(closed, site, "device-3", must);
    await allowResearch(closed, site, must);
    const research = await researchNames(pipeline, site, closed);
    targets[name] = { ...targets[name]!, research: { ...research, exportId: "" } };
  }
  for (const name of ["own", "other", "elsewhere"] as const) {
    const { research, ...target } = targets[name]!;
    const exportId = await makeExport(name, "research");
    targets[name] = { ...target, research: { ...research, exportId } };
  }
  await sequenceLog(pipeline.database.ownerUrl);
  return {
    pipeline,
    targets: targets as Record<TargetName, Target>,
    send,
    authorizationOf,
    makeExport,
    close: () => pipeline.close(),
  };
}

function bareTarget(
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

type Must = (asked: Asked, asker: Asker) => Promise<Record<string, unknown>>;

/** A recording with a segment, two chunks, a parameter set and a mark; and a device's key. */
async function fill(
  { patient, recording, fixture, set, annotationId }: Target,
  site: "own" | "other",
  subject: string,
  must: Must,
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
  await post(`${base}/annotations`, { annotations: [markOf(annotationId)] });
  const key = ed25519Signer(crypto.getRandomValues(new Uint8Array(32)));
  const { code } = await post(
    "/devices/codes",
    { device_id: `amp-${subject}` },
    { role: "admin", site },
  );
  const enrolled = await post("/devices/enrol", enrolment(key, code as string));
  return enrolled["key_id"] as string;
}

/** Says that no more comes, and that researchers may look. */
async function allowResearch(
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
