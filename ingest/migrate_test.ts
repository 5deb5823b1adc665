/** The command line of `deno task migrate`, run as a process under the permissions it needs. */
import { match, strictEqual } from "node:assert/strict";
import { createTestDatabase, inDatabase, withDatabase } from "../core/testing/test_database.ts";

async function run(args: string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--allow-env=DATABASE_URL,WRITER_PASSWORD,READER_PASSWORD,AUDIT_PASSWORD,DERIVER_PASSWORD,SEQUENCER_PASSWORD,SCRUBBER_PASSWORD,ERASER_PASSWORD,REGISTRAR_PASSWORD,ACCOUNTS_PASSWORD,AUDITOR_PASSWORD,PG*,NODE_PG_FORCE_NATIVE",
      "--allow-net=127.0.0.1",
      `--allow-read=${new URL("./store/migrations", import.meta.url).pathname}`,
      new URL("./migrate.ts", import.meta.url).pathname,
      ...args,
    ],
    env: { "DATABASE_URL": "", ...env },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("migrate --help explains itself and exits 0", async () => {
  const { code, stdout } = await run(["--help"]);
  strictEqual(code, 0);
  for (const word of ["--site CODE", "DATABASE_URL", "WRITER_PASSWORD", "Exit codes"]) {
    match(stdout, new RegExp(word));
  }
});

Deno.test("migrate exits 2 on wrong usage", async () => {
  for (
    const [args, env] of [[["--bogus"], {}], [[], {}], [["--site", "a/b"], {
      "DATABASE_URL": "postgres://127.0.0.1:1/x",
    }]] as [string[], Record<string, string>][]
  ) {
    strictEqual((await run(args, env)).code, 2, JSON.stringify(args));
  }
});

Deno.test("migrate exits 1 where no database answers, and shows no password", async () => {
  const { code, stdout } = await run([], {
    "DATABASE_URL": "postgres://postgres:hunter2@127.0.0.1:1/x",
  });
  strictEqual(code, 1);
  match(stdout, /"level":"error","msg":"migration failed"/);
  strictEqual(stdout.includes("hunter2"), false);
});

Deno.test("migrate brings an empty database up to date and makes the sites", async () => {
  const database = await createTestDatabase("migrate_cli");
  if (database === undefined) return;
  const name = `${database.name}_cli`;
  await inDatabase(database.ownerUrl, (client) => client.query(`create database ${name}`));
  try {
    const env = { "DATABASE_URL": withDatabase(database.ownerUrl, name) };
    const { code, stdout } = await run(["--site", "s1", "--site", "s2"], env);
    strictEqual(code, 0, stdout);
    const last = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
    strictEqual(last.msg, "database is up to date");
    strictEqual(last.sites.length, 2);
  } finally {
    await inDatabase(
      database.ownerUrl,
      (client) => client.query(`drop database ${name} with (force)`),
    );
    await database.drop();
  }
});
