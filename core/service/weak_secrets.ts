/**
 * Layer 6. Secrets that are none: what came with an example, what anybody would guess, what everybody can read.
 *
 * A service that others can reach does not start with one: hundreds of medical servers were found open because
 * what was meant for a first look went on as it was. On loopback it starts and says so in its log.
 *
 * @module
 */
import type { Logger } from "./json_log.ts";
import { isLoopbackHost } from "./loopback.ts";
import { fileOf, Secret } from "./secret.ts";

/** A variable whose secret is weak: why, and what to do. Never the secret. */
export interface WeakSecret {
  readonly variable: string;
  readonly reason: string;
  readonly remedy: string;
}

/** A configuration's values by variable. */
export type ConfigValues = Readonly<Record<string, unknown>>;

/** Passwords and tokens are random: 12 characters of base64 are 72 bits. */
const LENGTH_MIN = 12;

/** What stands in examples, ours and others', and what comes first to anybody. */
const WELL_KNOWN = new Set([
  ...[
    "admin",
    "changeit",
    "changeme",
    "changethis",
    "default",
    "demo",
    "eeg",
    "example",
    "letmein",
  ],
  ...["orthanc", "passw0rd", "password", "postgres", "qwerty", "root", "secret", "test", "token"],
  ...["wavekeep", "welcome", "yourpassword"],
]);

/** Files that hold a private key or a token. The key folder looks after its own (core/crypto/key_store.ts). */
const PRIVATE_FILES = [
  "TLS_KEY_FILE",
  "TOKEN_PRIVATE_KEY_FILE",
  "RELAY_TOKEN_FILE",
  "PAGE_TOKEN_FILE",
] as const;

/**
 * What is weak in a configuration.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { findWeakSecrets, Secret } from "@wavekeep/core/service";
 *
 * const url = "postgres://wavekeep_writer:wavekeep_writer@db.example/wavekeep";
 * const found = await findWeakSecrets({ DATABASE_URL: new Secret(url) });
 * deepStrictEqual(found.map(({ reason }) => reason), ["the password is the name of its role"]);
 * ```
 */
export async function findWeakSecrets(config: ConfigValues): Promise<WeakSecret[]> {
  const found: WeakSecret[] = [];
  for (const [variable, value] of Object.entries(config)) {
    if (value instanceof Secret) {
      const reason = weaknessOf(value.reveal());
      if (reason !== undefined) {
        const remedy =
          "make a random one: openssl rand -base64 24; a role's with deno task migrate";
        found.push({ variable, reason, remedy });
      }
    }
    const path = value instanceof Secret ? fileOf(value) : privatePath(variable, value);
    if (path === undefined || !await isOpenToAll(path)) continue;
    found.push({
      variable: value instanceof Secret ? `${variable}_FILE` : variable,
      reason: "everybody on this computer can read the file",
      remedy: "chmod 0600 it and think about who may have read it (Kubernetes: defaultMode 0440)",
    });
  }
  if (config["DEMO_TOKEN_FILE"] !== undefined) {
    found.push({
      variable: "DEMO_TOKEN_FILE",
      reason: "whoever opens the page is signed in as the demo site's clinician",
      remedy: "leave it out; people sign in",
    });
  }
  return found;
}

function privatePath(variable: string, value: unknown): string | undefined {
  const isPrivate = (PRIVATE_FILES as readonly string[]).includes(variable);
  return isPrivate && typeof value === "string" ? value : undefined;
}

function weaknessOf(secret: string): string | undefined {
  const url = URL.canParse(secret) ? new URL(secret) : hostsUrl(secret);
  if (url === undefined) return weaknessOfText("the secret", secret);
  const [user, password] = [decode(url.username), decode(url.password)];
  // Without one the server asks for something else, such as a certificate.
  if (password === "") return undefined;
  if (plain(password) === plain(user)) return "the password is the name of its role";
  return weaknessOfText("the password", password);
}

function weaknessOfText(what: string, text: string): string | undefined {
  if (WELL_KNOWN.has(plain(text))) return `${what} is one that stands in examples`;
  if (text.length < LENGTH_MIN) return `${what} has fewer than ${LENGTH_MIN} characters`;
  return new Set(text).size < 5 ? `${what} repeats itself` : undefined;
}

/** As it would be guessed: `Change-Me1` is `changeme`. */
function plain(text: string): string {
  return text.toLowerCase().replace(/[^a-z]+$|[-_. ]/g, "");
}

/** A url of several hosts, `postgres://user:password@a:5432,b:5432/name`, is none to URL. */
function hostsUrl(text: string): URL | undefined {
  const first = /^(\w+:\/\/[^@/]*@)[^/]*/.exec(text)?.[1];
  return first !== undefined && URL.canParse(`${first}host/`)
    ? new URL(`${first}host/`)
    : undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function isOpenToAll(path: string): Promise<boolean> {
  try {
    const { mode } = await Deno.stat(path);
    return mode !== null && (mode & 0o007) !== 0;
  } catch {
    // Whoever needs the file says that it is not there.
    return false;
  }
}

/**
 * Refuses weak secrets where others can reach the service, or the service reaches others: it listens beyond
 * loopback, or it listens nowhere and its database is on another computer.
 *
 * @throws {Error} With every finding and its remedy.
 */
export async function requireStrongSecrets(config: ConfigValues, logger: Logger): Promise<void> {
  const found = await findWeakSecrets(config);
  if (found.length === 0) return;
  if (isReachable(config)) {
    throw new Error(
      "Cannot start beyond loopback with weak secrets: " +
        found.map(({ variable, reason, remedy }) => `${variable}: ${reason} (${remedy})`).join(
          "; ",
        ),
    );
  }
  for (const { variable, reason } of found) {
    if (variable !== "DEMO_TOKEN_FILE") {
      logger.warn("weak secret accepted on loopback", { variable, reason });
    }
  }
}

function isReachable(config: ConfigValues): boolean {
  const hosts = [config["HOST"], config["PAGE_HOST"]].filter((host) => typeof host === "string");
  if (hosts.length > 0) return hosts.some((host) => !isLoopbackHost(host));
  return Object.values(config).some((value) => {
    if (!(value instanceof Secret)) return false;
    const host = /^\w+:\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/?]*)/.exec(value.reveal())?.[1];
    return host !== undefined && host !== "" && !isLoopbackHost(host);
  });
}
