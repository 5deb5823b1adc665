// The command line of the sequencer: what each option does to a log, and what it needs.

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { createTestDatabase, inDatabase } from "../../core/testing/test_database.ts";

const MAIN = new URL("./main.ts", import.meta.url).pathname;

async function run(args: string[], env: Record<string, string>) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", "--quiet", "-A", MAIN, ...args],
    env: { "SEQUENCER_DATABASE_URL": "", "LOG_ORIGIN": "", "LOG_LEVEL": "warn", ...env },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("sequence: --key, --once, --health and --new-log, each as it says", async () => {
  const database = await createTestDatabase("sequence_cli");
  const folder = await Deno.makeTempDir();
  try {
    const alone = { "KEY_DIR": folder };
    const named = await run(["--key"], { ...alone, "LOG_ORIGIN": "example.org/log" });
    deepStrictEqual([named.code, named.stderr], [0, ""]);
    match(named.stdout, /^example\.org\/log\+[0-9a-f]{8}\+/);
    strictEqual((await run(["--once", "--key"], alone)).code, 2);
    match((await run(["--once"], alone)).stderr, /SEQUENCER_DATABASE_URL/);
    if (database === undefined) return;

    const env = { ...alone, "SEQUENCER_DATABASE_URL": database.sequencerUrl };
    const once = await run(["--once"], env);
    strictEqual(once.code, 0, once.stderr);
    match(once.stdout, /^localhost\/wavekeep\/[0-9a-f]{16}: 1 leaves$/);
    deepStrictEqual((await run(["--health"], env)).code, 0);
    // A leaf that has waited for a minute, which nobody takes.
    await inDatabase(database.ownerUrl, (client) =>
      client.query(
        `insert into wavekeep.event (site_id, kind, actor, at, leaf_entry, leaf_content)
          values ($1, 'test', 'test', clock_timestamp() - interval '1 minute', $2, '')`,
        [database.siteId, new Uint8Array(56).fill(1, 0, 1)],
      ));
    const red = await run(["--health"], env);
    strictEqual(red.code, 1, red.stdout + red.stderr);
    match(red.stdout, /^oldest leaf that waits: [6-9]\d{4} ms; 1 leaves$/);

    const begun = await run(["--new-log", "example.org/second"], env);
    match(begun.stdout, /^example\.org\/second: \d+ leaves$/, begun.stderr);
    const key = await run(["--key"], alone);
    match(key.stdout, /^example\.org\/second\+/, "the name of what was signed last");
    const origins = await inDatabase(
      database.ownerUrl,
      async (client) =>
        (await client.query("select origin from wavekeep.log_head order by log_no")).rows.length,
    );
    strictEqual(origins, 2);
  } finally {
    await database?.drop();
    await Deno.remove(folder, { recursive: true });
  }
});
