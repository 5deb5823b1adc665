/**
 * Bearer tokens from a data folder, or from WAVEKEEP_TOKEN.
 *
 * @module
 */

import * as z from "zod";
import { apiKeyIdOf, isApiKeyText, issueDeviceToken, issueToken } from "@wavekeep/core/crypto";
import type { Role } from "@wavekeep/core/service";
import { type DataFolder, readCredentials } from "./data_folder.ts";
import { openKeyRing } from "./device_keys.ts";
import type { TokenSource } from "./ingest_client.ts";

/** A credential in use: the site it belongs to, and the token of this moment. */
export interface Credential {
  /** 0: only the server knows. */
  readonly siteId: number;
  readonly token: TokenSource;
  /** The server refused the token, and it is this time there: a device's own clock may stand in 1970. */
  readonly refusedAt: (serverMs: number) => void;
}

const LIFE_SECONDS = 3600;
/** A clock that is off by less makes no token that is refused. */
const CLOCK_MS = 60_000;
/** A token is replaced while it still has this long to live. */
const MARGIN_SECONDS = 600;

/**
 * Issues a token for the site of a data folder.
 *
 * @throws {Error} The folder has no credentials, or its site has no number yet.
 */
export async function mintToken(
  folder: DataFolder,
  claims: { role: Role; subject: string; lifeSeconds: number },
): Promise<string> {
  const credentials = await readCredentials(folder);
  if (credentials === undefined) {
    throw new Error(`Cannot issue a token: ${folder.root} has no credentials; run start first`);
  }
  if (credentials.site.id === null) {
    throw new Error(`Cannot issue a token: site ${credentials.site.code} has no number yet`);
  }
  return await issueToken(credentials.token, {
    subject: claims.subject,
    siteId: credentials.site.id,
    role: claims.role,
    expiresAt: Math.floor(Date.now() / 1000) + claims.lifeSeconds,
  });
}

/**
 * The credential of a command: WAVEKEEP_TOKEN, a token or an API key, when it is set, else minted from the data folder and
 * renewed before it ends; for a device without such a folder, signed with its own enrolled key.
 */
export async function openCredential(
  folder: DataFolder,
  options: { role: Role; subject: string; environmentToken: string | undefined },
): Promise<Credential> {
  const { role, subject, environmentToken } = options;
  if (environmentToken !== undefined && isApiKeyText(environmentToken)) {
    return apiKeyCredential(environmentToken, role);
  }
  if (environmentToken !== undefined && environmentToken !== "") {
    const siteId = siteOfToken(environmentToken);
    return { siteId, token: () => Promise.resolve(environmentToken), refusedAt: () => {} };
  }
  const time = { aheadMs: 0 };
  const mint = await ownTokens(folder, role, time) ??
    (() => mintToken(folder, { role, subject, lifeSeconds: LIFE_SECONDS }));
  let token = await mint();
  let renewAt = Date.now() + (LIFE_SECONDS - MARGIN_SECONDS) * 1000;
  return {
    siteId: siteOfToken(token),
    token: async () => {
      if (Date.now() >= renewAt) {
        token = await mint();
        renewAt = Date.now() + (LIFE_SECONDS - MARGIN_SECONDS) * 1000;
      }
      return token;
    },
    refusedAt: (serverMs) => {
      const aheadMs = serverMs - Date.now();
      if (Math.abs(aheadMs - time.aheadMs) < CLOCK_MS) return;
      time.aheadMs = aheadMs;
      renewAt = 0;
    },
  };
}

/** A key of a machine: which site it is of only the server knows. */
function apiKeyCredential(text: string, role: Role): Credential {
  if (apiKeyIdOf(text) === undefined) {
    throw new Error("Cannot use WAVEKEEP_TOKEN: the API key in it is misspelt");
  }
  if (role === "device") {
    throw new Error("Cannot use WAVEKEEP_TOKEN: a device enrols a key of its own, and no API key");
  }
  return { siteId: 0, token: () => Promise.resolve(text), refusedAt: () => {} };
}

/** Signs tokens with the key of a device that has no issuer beside it; undefined for anybody else. */
async function ownTokens(
  folder: DataFolder,
  role: Role,
  time: { readonly aheadMs: number },
): Promise<(() => Promise<string>) | undefined> {
  if (role !== "device" || await readCredentials(folder) !== undefined) return undefined;
  const { current: key } = await openKeyRing(folder);
  if (key === undefined) return undefined;
  const { siteId, deviceId, keyId } = key;
  return () => {
    const now = Math.floor((Date.now() + time.aheadMs) / 1000);
    return Promise.resolve(issueDeviceToken(key, { siteId, deviceId, keyId, now }));
  };
}

/** The site a token speaks for; read, not verified: the server does that. */
export function siteOfToken(token: string): number {
  const Claims = z.looseObject({ site: z.int().min(1) });
  try {
    const payload = token.split(".")[1] ?? "";
    const text = new TextDecoder().decode(
      Uint8Array.from(
        atob(payload.replaceAll("-", "+").replaceAll("_", "/")),
        (c) => c.charCodeAt(0),
      ),
    );
    return Claims.parse(JSON.parse(text)).site;
  } catch {
    throw new Error("Cannot use WAVEKEEP_TOKEN: it is not a token that names a site");
  }
}
