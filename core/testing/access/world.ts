/**
 * Two sites on one database with something of everything in each, for the matrix of who may do what.
 *
 * @module
 */

import { strictEqual } from "node:assert/strict";
import { issueToken } from "@wavekeep/core/crypto";
import { PERSON_ROLES, type Role } from "@wavekeep/core/service";
import type { PersonRole } from "@wavekeep/core/wire";
import type { Pipeline, startPipeline } from "../../../query/testing/pipeline.ts";
import { signedHeaders } from "../../../simulator/sign_request.ts";
import type { Ground, ServiceName, SiteName } from "./ground.ts";
import { startLocalGround } from "./local_ground.ts";
import { closedCodes, markCountOf, researchNames } from "./research_target.ts";
import { type Seat, takeSeat } from "./seats.ts";
import {
  allowResearch,
  bareTarget,
  fill,
  type Target,
  type TargetName,
  TARGETS,
} from "./targets.ts";

/** Who asks: a role at a site. A relay speaks for the device. */
export interface Asker {
  readonly role: Role;
  readonly site?: SiteName;
  readonly subject?: string;
}

/** A request before it is sent. */
export interface Asked {
  readonly service: ServiceName;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text of an API key that signs it. */
  readonly signedWith?: string;
}

export interface World {
  readonly ground: Ground;
  readonly targets: Readonly<Record<TargetName, Target>>;
  /** Sends a request with an Authorization header or without. */
  send(asked: Asked, authorization?: string): Promise<Response>;
  /** The header of somebody; made once. */
  authorizationOf(asker: Asker): Promise<string>;
  /** Somebody's session at the accounts service; the same each time. */
  seatOf(role: PersonRole, site?: SiteName): Promise<Seat>;
  /** A new export of a target's recording, ready, by somebody of its site. */
  makeExport(name: "own" | "other" | "elsewhere", side?: "care" | "research"): Promise<string>;
  close(): Promise<void>;
}

/** One in this process. */
export interface LocalWorld extends World {
  readonly pipeline: Pipeline;
}

export const EXPORT_ORDER = { form: "bids", bids: { task: "rest" } };
const EXPORT_EVERY_MS = 5;

/** Makes one in this process, or returns undefined where no test server runs. */
export async function startWorld(
  options: Parameters<typeof startPipeline>[1] = {},
): Promise<LocalWorld | undefined> {
  const ground = await startLocalGround(options);
  return ground && { ...await fillWorld(ground), pipeline: ground.pipeline };
}

/** Puts something of everything into both sites of a ground, which then ends with the world. */
export async function fillWorld(ground: Ground): Promise<World> {
  const seats = new Map<string, Promise<Seat>>();
  const seatOf = (role: PersonRole, site: SiteName = "own") => {
    const name = `${role}/${site}`;
    const seat = seats.get(name) ?? takeSeat(ground, role, site);
    seats.set(name, seat);
    return seat;
  };
  const headers = new Map<string, Promise<string>>();
  const authorizationOf = async ({ role, site = "own", subject = `${role}-1` }: Asker) => {
    if (ground.hasSeats && isPerson(role)) {
      return `Bearer ${await (await seatOf(role, site)).token()}`;
    }
    const name = `${role}/${site}/${subject}`;
    const made = headers.get(name) ?? issueToken(ground.issuer.privateJwk, {
      subject,
      siteId: ground.siteIds[site],
      role,
      expiresAt: Math.floor(Date.now() / 1000) + 3600,
    }).then((token) => `Bearer ${token}`);
    headers.set(name, made);
    return await made;
  };
  const send = (asked: Asked, authorization?: string) => sendTo(ground, asked, authorization);
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
    const base = isCare ? "" : "/research";
    const asker: Asker = {
      role: isCare ? "clinician" : "researcher",
      site: name === "elsewhere" ? "other" : "own",
    };
    const asked = {
      service: "query",
      method: "POST",
      path: `${base}/patients/${patient}/recordings/${recording}/exports`,
      body: isCare ? EXPORT_ORDER : { bids: EXPORT_ORDER.bids },
    } as const;
    let job = await must(asked, asker);
    const id = job["export_id"] as string;
    while (["waiting", "writing", "checking"].includes(job["state"] as string)) {
      await new Promise((resolve) => setTimeout(resolve, EXPORT_EVERY_MS));
      job = await must({ service: "query", method: "GET", path: `${base}/exports/${id}` }, asker);
    }
    strictEqual(job["state"], "ready");
    return id;
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
    await fill(closed, site, "device-3", must, markCountOf(name));
    await allowResearch(closed, site, must);
  }
  for (const name of ["own", "other", "elsewhere"] as const) {
    const asker = { role: "researcher", site: name === "elsewhere" ? "other" : "own" } as const;
    const list = { service: "query", method: "GET", path: "/research/recordings" } as const;
    const research = researchNames(await must(list, asker), name);
    targets[name] = { ...targets[name]!, research: { ...research, exportId: "" } };
    const exportId = await makeExport(name, "research");
    targets[name] = { ...targets[name]!, research: { ...research, exportId } };
  }
  await ground.sequence(async () => {
    const { patient, recording } = targets.elsewhere!;
    const path = `/patients/${patient}/recordings/${recording}/proof`;
    const asked = { service: "query", method: "GET", path } as const;
    const response = await send(asked, await authorizationOf({ role: "clinician", site: "other" }));
    await response.body?.cancel();
    return response.ok;
  });
  return {
    ground,
    targets: targets as Record<TargetName, Target>,
    send,
    authorizationOf,
    seatOf,
    makeExport,
    close: () => ground.close(),
  };
}

function isPerson(role: Role): role is PersonRole {
  return (PERSON_ROLES as readonly Role[]).includes(role);
}

async function sendTo(
  ground: Ground,
  { service, method, path, body, headers, signedWith }: Asked,
  authorization?: string,
): Promise<Response> {
  const isBytes = body instanceof Uint8Array;
  const bytes = isBytes
    ? body as Uint8Array<ArrayBuffer>
    : new TextEncoder().encode(JSON.stringify(body));
  const mediaType = isBytes ? "application/vnd.wavekeep.chunks" : "application/json";
  return await ground.send(service, path, {
    method,
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(body === undefined ? {} : {
        "content-type": mediaType,
        "content-length": String(bytes.byteLength),
      }),
      ...(signedWith === undefined ? {} : signedHeaders(
        {
          method,
          url: `${await ground.originOf(service)}${path}`,
          ...(body === undefined ? {} : { body: { bytes, mediaType } }),
        },
        signedWith,
        { now: Math.floor(Date.now() / 1000) },
      )),
      ...headers,
    },
    ...(body === undefined ? {} : { body: bytes }),
  });
}
