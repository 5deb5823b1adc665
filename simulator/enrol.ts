/**
 * Enrolling this device: a code, a key of its own, and the proof that it holds it.
 *
 * @see core/chunk/FORMAT.md, "Device keys"
 * @module
 */

import {
  enrolmentCodeDigest,
  enrolmentSignatureMessage,
  normalEnrolmentCode,
} from "@wavekeep/core/chunk";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { Problem } from "@wavekeep/core/problem";
import {
  DeviceKeyJson,
  DeviceKeysResponse,
  Done,
  EnrolmentCodeResponse,
} from "@wavekeep/core/wire";
import * as z from "zod";
import type { DataFolder } from "./data_folder.ts";
import { type DeviceKeyRing, keyToEnrol, noteEnrolled, openKeyRing } from "./device_keys.ts";
import { describe } from "./ingest_client.ts";
import { DEFAULT_RETRY, retry, type RetryPolicy, TransientError } from "./retry.ts";
import { mintToken } from "./tokens.ts";

/** Ingest, asked as whoever the token is for; without a token as a device that has only a code. */
export interface DeviceApi {
  makeCode(deviceId?: string, livesSeconds?: number): Promise<EnrolmentCodeResponse>;
  enrol(body: { code: string; publicKey: Uint8Array; proof: Uint8Array }): Promise<DeviceKeyJson>;
  list(): Promise<DeviceKeyJson[]>;
  revoke(keyId: string, reason: string): Promise<Done>;
}

const REQUEST_TIMEOUT_MS = 30_000;
/** As for the first contact of a device: a wrong address should be told soon. */
const PATIENCE: RetryPolicy = { ...DEFAULT_RETRY, patienceMs: 15_000 };

/** The routes of keys as functions. Repeated are those that nobody answered, or that may pass. */
export function deviceApi(url: string, token?: string): DeviceApi {
  async function ask<T>(
    method: "GET" | "POST",
    path: string,
    schema: z.ZodType<T>,
    body?: unknown,
  ): Promise<T> {
    return await retry(() => askOnce(method, path, schema, body), PATIENCE);
  }

  async function askOnce<T>(
    method: "GET" | "POST",
    path: string,
    schema: z.ZodType<T>,
    body?: unknown,
  ): Promise<T> {
    const response = await fetch(url.replace(/\/+$/, "") + path, {
      method,
      headers: {
        ...(token === undefined ? {} : { "authorization": `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: "error",
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    }).catch((cause: Error) => {
      throw new TransientError(`Cannot reach ${url}: ${cause.message}`, { cause });
    });
    const answer = await response.json().catch(() => undefined);
    if (response.ok) return schema.parse(answer);
    const problem = Problem.safeParse(answer);
    const reason = describe(response.status, problem.success ? problem.data : undefined);
    if (response.status === 503 || response.status === 429) throw new TransientError(reason);
    throw new Error(reason);
  }
  return {
    makeCode: (deviceId, livesSeconds) =>
      ask("POST", "/devices/codes", EnrolmentCodeResponse, {
        ...(deviceId === undefined ? {} : { "device_id": deviceId }),
        ...(livesSeconds === undefined ? {} : { "lives_seconds": livesSeconds }),
      }),
    enrol: ({ code, publicKey, proof }) =>
      ask("POST", "/devices/enrol", DeviceKeyJson, {
        code,
        "public_key": publicKey.toBase64(),
        proof: proof.toBase64(),
      }),
    list: async () => {
      const all: DeviceKeyJson[] = [];
      for (let after = "";;) {
        const page = await ask("GET", `/devices/keys${after}`, DeviceKeysResponse);
        all.push(...page.keys);
        if (page.next === null) return all;
        after = `?after=${page.next}`;
      }
    },
    revoke: (keyId, reason) => ask("POST", `/devices/keys/${keyId}/revoke`, Done, { reason }),
  };
}

/**
 * Makes a key in the data folder and enrols it with a code.
 *
 * @throws {Error} The code has no shape of one, or ingest refuses it.
 */
export async function enrolWithCode(
  folder: DataFolder,
  api: Pick<DeviceApi, "enrol">,
  typed: string,
): Promise<DeviceKeyJson> {
  const code = normalEnrolmentCode(typed);
  if (code === undefined) throw new Error("Cannot enrol: this is not a one-time code");
  const key = await keyToEnrol(folder);
  const codeDigest = enrolmentCodeDigest(code.code, nodeSha256);
  const message = enrolmentSignatureMessage(
    { siteId: code.siteId, codeDigest, publicKey: key.publicKey },
    nodeSha256,
  );
  const enrolled = await api.enrol({
    code: code.code,
    publicKey: key.publicKey,
    proof: key.sign(message),
  });
  await noteEnrolled(folder, key.keyId, { site: enrolled.site_id, device: enrolled.device_id });
  return enrolled;
}

/** The keys of this device at a site; enrolled first when the data folder may make codes and has none. */
export async function enrolledKeys(
  folder: DataFolder,
  options: { readonly url: string; readonly siteId: number; readonly mayEnrol: boolean },
): Promise<DeviceKeyRing> {
  const ring = await openKeyRing(folder, options.siteId);
  if (ring.current !== undefined || !options.mayEnrol) return ring;
  const api = await administrator(folder, options.url);
  const { code } = await api.makeCode();
  await enrolWithCode(folder, api, code);
  return await openKeyRing(folder, options.siteId);
}

/** The routes as the administrator of the data folder's site. */
export async function administrator(folder: DataFolder, url: string): Promise<DeviceApi> {
  const claims = { role: "admin", subject: "admin", lifeSeconds: 600 } as const;
  return deviceApi(url, await mintToken(folder, claims));
}
