/**
 * The data folder: what lies where, and the credentials in it.
 *
 * Sole owner of DIR/credentials.json, DIR/token_public.jwk, DIR/token_private.jwk and DIR/run.json. The folder is made 0700
 * and what is secret in it 0600, with that mode from the first byte on. There is no start without
 * credentials, and nobody has to invent one: they are random.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { join, resolve } from "node:path";
import type { JWK } from "jose";
import * as z from "zod";
import { fileKeyStore, generateTokenKeys, publicJwkOf } from "@wavekeep/core/crypto";
import { LOGIN_ROLES, type LoginRole } from "@wavekeep/core/service/login_roles";

const Jwk = z.looseObject({ kty: z.string(), crv: z.string(), x: z.string(), d: z.string() });

const FormerJwk = z.strictObject({
  ...{ kty: z.string(), crv: z.string(), x: z.string(), kid: z.string(), exp: z.int().min(0) },
  ...{ alg: z.string().optional(), use: z.string().optional() },
});

function secret(): string {
  return randomBytes(24).toString("base64url");
}

/** A folder of an older version lacks those of logins that came later. */
const LOGIN_PASSWORDS = Object.fromEntries(
  LOGIN_ROLES.map((role) => [role, z.string().min(16).default(secret)]),
) as Record<LoginRole, z.ZodDefault<z.ZodString>>;

const Credentials = z.strictObject({
  version: z.literal(1),
  site: z.strictObject({
    /** Null until the database has given it a number. */
    id: z.int().min(1).nullable(),
    code: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
  }),
  database: z.strictObject({
    superuser: z.string().min(16),
    ...LOGIN_PASSWORDS,
    /** Port of the embedded server's last start; null when it never started. */
    port: z.int().min(1).max(65535).nullable(),
  }),
  /** Private Ed25519 key that signs tokens. */
  token: Jwk,
  /** Public keys of before, the latest first: until their end (`exp`) tokens that they signed are good. */
  formerTokens: z.array(FormerJwk).optional(),
});
export type Credentials = z.infer<typeof Credentials>;

/** Paths of a data folder. */
export interface DataFolder {
  readonly root: string;
  readonly postgres: string;
  readonly keys: string;
  readonly exports: string;
  readonly logs: string;
  readonly simulator: string;
  readonly credentials: string;
  readonly publicJwk: string;
  /** For the accounts service, which signs with it. */
  readonly privateJwk: string;
  readonly demoToken: string;
  readonly run: string;
  readonly lock: string;
}

/** The paths, made absolute; nothing is created. */
export function dataFolder(path: string): DataFolder {
  const root = resolve(path);
  return {
    root,
    postgres: join(root, "postgres"),
    keys: join(root, "keys"),
    exports: join(root, "exports"),
    logs: join(root, "logs"),
    simulator: join(root, "simulator"),
    credentials: join(root, "credentials.json"),
    publicJwk: join(root, "token_public.jwk"),
    privateJwk: join(root, "token_private.jwk"),
    demoToken: join(root, "demo.token"),
    run: join(root, "run.json"),
    lock: join(root, "start.lock"),
  };
}

/**
 * Opens the folder, making it, its keys and its credentials where they are missing.
 *
 * @param options.siteCode Code of the site of fresh credentials.
 */
export async function initialiseDataFolder(
  folder: DataFolder,
  options: { siteCode: string },
): Promise<Credentials> {
  await Deno.mkdir(folder.root, { recursive: true, mode: 0o700 });
  await refuseMode(folder.root, 0o022, "others can write into it; make it 0700");
  await Deno.mkdir(folder.logs, { recursive: true, mode: 0o700 });
  await Deno.mkdir(folder.simulator, { recursive: true, mode: 0o700 });
  await fileKeyStore(folder.keys, { create: true });
  const known = await readCredentials(folder);
  if (known !== undefined) {
    // Also what an older version left out.
    await writeCredentials(folder, known);
    return known;
  }
  const { privateJwk } = await generateTokenKeys();
  const fresh = Credentials.parse({
    version: 1,
    site: { id: null, code: options.siteCode },
    database: {
      superuser: secret(),
      port: null,
    },
    token: privateJwk,
  });
  await writeCredentials(folder, fresh);
  return fresh;
}

/**
 * The credentials, or undefined when there are none.
 *
 * @throws {Error} The file is damaged, or others can read it.
 */
export async function readCredentials(folder: DataFolder): Promise<Credentials | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(folder.credentials);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  await refuseMode(folder.credentials, 0o077, "others can read it; make it 0600");
  const parsed = Credentials.safeParse(safeJson(text));
  if (!parsed.success) {
    // The file holds secrets: name the places, not what is there.
    const places = parsed.error.issues.map((issue) => issue.path.join(".") || "(root)");
    throw new Error(`Cannot read ${folder.credentials}: ${places.join(", ")} do not fit`);
  }
  return parsed.data;
}

/**
 * Stores credentials, and the two halves of the token key beside them, each for whoever needs no more.
 *
 * Hazard: the order counts while services run. Who verifies has to find a new key before anything is signed with
 * it, and the key that signs last is the one that a crash in between has left everybody.
 */
export async function writeCredentials(
  folder: DataFolder,
  credentials: Credentials,
): Promise<void> {
  const { token, formerTokens = [] } = credentials;
  await writePrivate(folder.publicJwk, tokenFile(publicJwkOf(token), formerTokens));
  await writePrivate(folder.credentials, JSON.stringify(credentials, null, 2));
  await writePrivate(folder.privateJwk, tokenFile(token, formerTokens));
}

/** One JWK, as every version reads it; a set when there are former ones. */
function tokenFile(jwk: JWK, former: readonly object[]): string {
  return JSON.stringify(former.length === 0 ? jwk : { keys: [jwk, ...former] });
}

/** Writes a 0600 file that appears whole or not at all. */
export async function writePrivate(path: string, text: string): Promise<void> {
  const draft = `${path}.${crypto.randomUUID()}.new`;
  try {
    await Deno.writeTextFile(draft, text, { mode: 0o600, createNew: true });
    await Deno.rename(draft, path);
  } catch (error) {
    await Deno.remove(draft).catch(() => {});
    throw error;
  }
}

/** Refuses a file or folder whose mode has any of the forbidden bits. */
export async function refuseMode(path: string, forbidden: number, why: string): Promise<void> {
  const { mode } = await Deno.stat(path);
  if (mode !== null && (mode & forbidden) !== 0) {
    throw new Error(`Cannot use ${path}: mode is 0${(mode & 0o777).toString(8)}, ${why}`);
  }
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
