/**
 * What ingest refuses to start on, run as a process: a server that may lose what was acknowledged, a
 * wrong role, a database without the schema, a missing key.
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { fileKeyStore, generateTokenKeys, issueToken } from "@wavekeep/core/crypto";
import {
  createTestDatabase,
  TEST_SERVER_EXCEPTIONS,
  type TestDatabase,
  withDatabase,
} from "../core/testing/test_database.ts";

interface LogLine {
  readonly msg: string;
  readonly port?: number;
  readonly error?: { readonly message: string };
}

const keys = await generateTokenKeys();

/** The variables a good start has, beside the database. */
async function environment(folder: string): Promise<Record<string, string>> {
  await fileKeyStore(join(folder, "keys"), { create: true });
  await Deno.writeTextFile(join(folder, "public.jwk"), JSON.stringify(keys.publicJwk));
  return {
    "PORT": "0",
    "KEY_DIR": join(folder, "keys"),
    "TOKEN_PUBLIC_KEY_FILE": join(folder, "public.jwk"),
    "DURABILITY_EXCEPTIONS": TEST_SERVER_EXCEPTIONS.join(),
  };
}

/**
 * Runs ingest until it listens or ends. When it listens, `visit` is called and it is stopped.
 *
 * @returns Its exit code, and why it refused.
 */
async function run(
  env: Record<string, string>,
  visit: (port: number) => Promise<void> = () => Promise.resolve(),
): Promise<{ code: number; refusal: string | undefined }> {
  const child = new Deno.Command(Deno.execPath(), {
    // The task and not the file: so it runs under the permissions it is shipped with.
    args: ["task", "--quiet", "ingest"],
    cwd: new URL("..", import.meta.url),
    env: { ...env, "DENO_NO_PROMPT": "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines: LogLine[] = [];
  let text = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    const complete = text.split("\n");
    text = complete.pop() ?? "";
    for (const line of complete) {
      const entry: LogLine = JSON.parse(line);
      lines.push(entry);
      if (entry.msg !== "listening") continue;
      try {
        await visit(entry.port ?? 0);
      } finally {
        child.kill("SIGTERM");
      }
    }
  }
  const { code } = await child.status;
  return { code, refusal: lines.find(({ msg }) => msg === "refused to start")?.error?.message };
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-start-up-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function databaseTest(
  name: string,
  test: (database: TestDatabase, folder: string) => Promise<void>,
): void {
  Deno.test(name, async () => {
    const database = await createTestDatabase("start_up");
    if (database === undefined) return;
    try {
      await withFolder((folder) => test(database, folder));
    } finally {
      await database.drop();
    }
  });
}

/** Opens a recording, which makes a patient's key: what needs most of the permissions. */
async function openRecording(port: number, siteId: number): Promise<number> {
  const token = await issueToken(keys.privateJwk, {
    subject: "device-1",
    siteId,
    role: "device",
    expiresAt: Math.floor(Date.now() / 1000) + 60,
  });
  const response = await fetch(`http://127.0.0.1:${port}/recordings`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({
      "patient_id": "p1",
      "recording_id": "r1",
      "idempotency_key": "0".repeat(32),
      "started_at": null,
    }),
  });
  await response.body?.cancel();
  return response.status;
}

databaseTest(
  "ingest starts on a good server, takes a recording, and stops in order",
  async (database, folder) => {
    const env = { ...await environment(folder), "DATABASE_URL": database.writerUrl };
    const { code, refusal } = await run(env, async (port) => {
      const response = await fetch(`http://127.0.0.1:${port}/readyz`);
      strictEqual(response.status, 200, await response.clone().text());
      strictEqual((await response.json()).status, "ready");
      strictEqual(await openRecording(port, database.siteId), 201);
      strictEqual(await openRecording(port, database.siteId), 200);
    });
    deepStrictEqual([code, refusal], [0, undefined]);
  },
);

databaseTest("ingest refuses a role that is not the writer's", async (database, folder) => {
  const env = await environment(folder);
  for (
    const [url, reason] of [
      [database.readerUrl, /wavekeep_reader as wavekeep_writer: it is not wavekeep_writer/],
      [database.auditUrl, /it is not wavekeep_writer/],
      [database.ownerUrl, /it is a superuser or bypasses row-level security/],
    ] as const
  ) {
    const { code, refusal } = await run({ ...env, "DATABASE_URL": url });
    strictEqual(code, 1);
    match(refusal ?? "", reason);
  }
});

databaseTest("ingest refuses a database without the schema", async (database, folder) => {
  const env = await environment(folder);
  const { code, refusal } = await run({
    ...env,
    "DATABASE_URL": withDatabase(database.writerUrl, "postgres"),
  });
  strictEqual(code, 1);
  match(refusal ?? "", /schema version is missing, this build needs \d+; run `deno task migrate`/);
});

databaseTest("ingest refuses to invent a master key", async (database, folder) => {
  const env = { ...await environment(folder), "DATABASE_URL": database.writerUrl };
  await Deno.remove(join(folder, "keys", "master.key"));
  const { code, refusal } = await run(env);
  strictEqual(code, 1);
  match(refusal ?? "", /master\.key is missing/);
});

databaseTest(
  "ingest refuses a server that may lose what was acknowledged, unless it is named",
  async (database, folder) => {
    const env = { ...await environment(folder), "DATABASE_URL": database.writerUrl };
    const { code, refusal } = await run({ ...env, "DURABILITY_EXCEPTIONS": "" });
    strictEqual(code, 1);
    match(refusal ?? "", /fsync is off \(.*\); full_page_writes is off \(/);

    const half = await run({ ...env, "DURABILITY_EXCEPTIONS": "fsync" });
    strictEqual(half.code, 1);
    match(half.refusal ?? "", /server: full_page_writes is off/);

    const named = await run(env, async (port) => {
      const body = await (await fetch(`http://127.0.0.1:${port}/readyz`)).text();
      ok(body.includes(`"setting":"fsync"`), body);
    });
    strictEqual(named.code, 0);
  },
);
