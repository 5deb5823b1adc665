/**
 * The services of the matrix as processes of their own, started by their tasks with the permissions that those have,
 * asked over HTTP. Of a command and of tests: whoever calls has the database.
 *
 * @module
 */

import { fileKeyStore, generateTokenKeys, issueToken } from "@wavekeep/core/crypto";
import { freePort } from "@wavekeep/core/service";
import { join } from "node:path";
import { sequenceLog } from "../../../query/testing/sequence_log.ts";
import { ServiceProcess } from "../../../simulator/faults/service_process.ts";
import type { TestDatabase } from "../test_database.ts";
import type { Ground, ServiceName } from "./ground.ts";

/** Nothing here is about how often somebody may ask. */
const NO_LIMITS =
  "address:100000,sign-in:100000,account:100000,device:100000,relay:100000,site:100000";
const DAY_SECONDS = 86_400;

/** What the processes stand on. */
export interface ProcessGroundOptions {
  readonly database: Omit<TestDatabase, "name" | "drop">;
  /** Of its own, and empty: keys, tokens, exports and the relay's spool go there. Removed by whoever made it. */
  readonly folder: string;
  /** Server settings that are weak, as services are told. */
  readonly durabilityExceptions?: readonly string[];
  readonly signal?: AbortSignal;
  /** Told of each process that is ready, or had ended by itself. */
  readonly onState?: (what: string) => void;
}

/**
 * Starts all of them, and waits until each is ready. What is started here ends with the ground.
 *
 * @throws {Error} One of them does not get ready: with its last lines.
 */
export async function startProcessGround(options: ProcessGroundOptions): Promise<Ground> {
  const { database, folder, durabilityExceptions = [], signal, onState } = options;
  await using undo = new AsyncDisposableStack();
  const at = (name: string) => join(folder, name);
  await fileKeyStore(at("keys"), { create: true });
  const { privateJwk, publicJwk } = await generateTokenKeys();
  const pagePassword = crypto.randomUUID();
  const write = (name: string, text: string) => Deno.writeTextFile(at(name), text, { mode: 0o600 });
  await write("token_private.jwk", JSON.stringify(privateJwk));
  await write("token_public.jwk", JSON.stringify(publicJwk));
  await write("page.token", pagePassword);
  await write(
    "relay.token",
    await issueToken(privateJwk, {
      subject: "relay-1",
      siteId: database.siteId,
      role: "relay",
      expiresAt: Math.floor(Date.now() / 1000) + DAY_SECONDS,
    }),
  );
  const urls = new Map<ServiceName, string>();
  const start = async (task: string, env: Readonly<Record<string, string>>) => {
    const service = await ServiceProcess.of({
      task,
      env: { "HOST": "127.0.0.1", "LOG_LEVEL": "error", ...env },
      ...(signal === undefined ? {} : { signal }),
    });
    undo.use(service);
    service.start();
    urls.set(task as ServiceName, service.url);
    return service;
  };
  const all = {
    "KEY_DIR": at("keys"),
    "TOKEN_PUBLIC_KEY_FILE": at("token_public.jwk"),
    "DURABILITY_EXCEPTIONS": durabilityExceptions.join(),
    "RATE_LIMITS": NO_LIMITS,
  };
  const services = [
    await start("ingest", {
      ...all,
      "DATABASE_URL": database.writerUrl,
      "DERIVER_DATABASE_URL": database.deriverUrl,
    }),
    await start("query", {
      ...all,
      "DATABASE_URL": database.readerUrl,
      "AUDIT_DATABASE_URL": database.auditUrl,
      "AUDITOR_DATABASE_URL": database.auditorUrl,
      "EXPORT_DIR": at("exports"),
    }),
    await start("accounts", {
      ...all,
      "DATABASE_URL": database.accountsUrl,
      "TOKEN_PRIVATE_KEY_FILE": at("token_private.jwk"),
    }),
  ];
  const pagePort = String(freePort());
  urls.set("relay page", `http://127.0.0.1:${pagePort}`);
  services.push(
    await start("relay", {
      "UPSTREAM_URL": urls.get("ingest")!,
      "RELAY_TOKEN_FILE": at("relay.token"),
      "TOKEN_PUBLIC_KEY_FILE": at("token_public.jwk"),
      "SPOOL_DIR": at("relay/spool"),
      "KEY_DIR": at("relay/keys"),
      "PAGE_PORT": pagePort,
      "PAGE_TOKEN_FILE": at("page.token"),
    }),
    await start("viewer", {
      "INGEST_URL": urls.get("ingest")!,
      "QUERY_URL": urls.get("query")!,
      "ACCOUNTS_URL": urls.get("accounts")!,
      "TOKEN_PUBLIC_KEY_FILE": at("token_public.jwk"),
    }),
  );
  for (const service of services) {
    await service.ready();
    onState?.(`${service.task} is ready`);
  }
  const client = undo.adopt(Deno.createHttpClient({}), (client) => client.close());
  const kept = undo.move();
  return {
    siteIds: { own: database.siteId, other: database.otherSiteId },
    issuer: { privateJwk, publicJwk },
    ownerUrl: database.ownerUrl,
    accountsUrl: database.accountsUrl,
    pagePassword,
    hasSeats: true,
    send: (service, path, init) =>
      fetch(urls.get(service)! + path, {
        ...init,
        client,
        redirect: "manual",
        signal: AbortSignal.timeout(ANSWER_MS),
      }),
    originOf: (service) => Promise.resolve(urls.get(service)!),
    sequence: async () => void await sequenceLog(database.ownerUrl),
    close: async () => {
      for (const { task, deaths } of services) {
        if (deaths.length > 0) onState?.(`${task} ended by itself: ${deaths.join()}`);
      }
      await kept.disposeAsync();
    },
  };
}

/** Nothing of the matrix takes so long; a stream's head is there at once. */
const ANSWER_MS = 30_000;
