/** Nothing goes by a rule until somebody has typed how much, or has said beforehand that nobody needs to. */
import { deepStrictEqual, match, strictEqual, throws } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { fileKeyStore } from "@wavekeep/core/crypto";
import { createTestDatabase, inDatabase } from "../../core/testing/test_database.ts";
import { migrate } from "../migrate.ts";
import { storeStream } from "../testing/stored_stream.ts";
import type { RetentionPlan } from "./apply_retention.ts";
import { type Asking, unconfirmed } from "./confirm.ts";
import { parseFlags } from "./main.ts";

const PLAN: RetentionPlan = {
  rule: { recordingsDays: 10, quarantineDays: 5, eventsDays: null },
  patients: ["a", "b"].map((patientCode) => ({
    ...{ patientCode, recordingCount: 1, endedAt: "2020-01-01T00:00:00Z", isHeld: false },
  })),
  held: [],
  rows: { quarantine: 40, events: 0 },
};

Deno.test("unconfirmed() wants the number that was shown, and nothing that is typed without reading", () => {
  const questions: string[] = [];
  const typing = (text: string | null): Asking => ({
    isTerminal: true,
    ask: (question) => (questions.push(question), text),
  });
  const options = { siteId: 3, isConfirmed: false };
  for (const text of ["42", " 42 "]) {
    strictEqual(unconfirmed(PLAN, options, typing(text)), undefined, text);
  }
  for (const text of ["", "y", "yes", "2", "40", "0042", "4 2", "42.0", null]) {
    match(unconfirmed(PLAN, options, typing(text))!, /not confirmed, nothing was done/);
  }
  match(questions[0]!, /2 patients are erased at site 3, 40 rows are deleted\. Type 42/);
});

Deno.test("unconfirmed() asks nobody where nobody sits, or who said so beforehand", () => {
  const nobody = (isTerminal: boolean): Asking => ({
    isTerminal,
    ask: () => {
      throw new Error("asked");
    },
  });
  const refusal = unconfirmed(PLAN, { siteId: 3, isConfirmed: false }, nobody(false));
  match(refusal!, /nothing was done.*--yes/);
  for (const isTerminal of [true, false]) {
    strictEqual(unconfirmed(PLAN, { siteId: 3, isConfirmed: true }, nobody(isTerminal)), undefined);
  }
});

Deno.test("parseFlags() takes --yes with --apply alone", () => {
  throws(() => parseFlags(["--site", "1", "--yes"]), /--yes belongs to --apply/);
  deepStrictEqual(parseFlags(["--site", "1", "--apply", "--yes"]), {
    ...{ siteId: 1, actor: "operator", isApplied: true, isConfirmed: true },
  });
  deepStrictEqual(parseFlags(["--site", "1", "--apply"]), {
    ...{ siteId: 1, actor: "operator", isApplied: true, isConfirmed: false },
  });
});

Deno.test("retention --apply does nothing in a pipe, and what is listed with --yes", async () => {
  const database = await createTestDatabase("retention_confirm");
  if (database === undefined) return;
  const { siteId, ownerUrl } = database;
  const folder = await Deno.makeTempDir();
  const run = async (...flags: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", fileURLToPath(new URL("main.ts", import.meta.url))]
        .concat("--site", String(siteId), ...flags),
      env: { "ERASER_DATABASE_URL": database.eraserUrl, "KEY_DIR": folder },
      stdin: "null",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  };
  const putAside = () =>
    inDatabase(ownerUrl, async (client) => {
      const { rows } = await client.query("select count(*)::int as n from wavekeep.quarantine");
      return rows[0].n as number;
    });
  try {
    const keyStore = await fileKeyStore(folder, { create: true });
    const common = { siteId, keyStore, channelCount: 1, chunkCount: 1, value: () => 0 };
    await storeStream(ownerUrl, { ...common, patientCode: "p-1", recordingCode: "r-1" });
    await migrate(ownerUrl, { keep: ["site-a:quarantine=5"] });
    await inDatabase(ownerUrl, async (client) => {
      await client.query(
        `insert into wavekeep.quarantine (site_id, recording_id, segment_no, stream_no, sequence,
            actor, chunk_digest, stored_digest, byte_length, received_at)
          select site_id, recording_id, 0, 0, 0, 'test', $1, $1, 0, now() - interval '6 days'
            from wavekeep.recording`,
        [new Uint8Array(32)],
      );
    });
    const listed = /0 events/;
    const refused = await run("--apply");
    deepStrictEqual([refused.code, await putAside()], [1, 1]);
    match(refused.stdout, listed);
    match(refused.stderr, /nobody can be asked here, nothing was done.*--yes/);
    const done = await run("--apply", "--yes");
    deepStrictEqual([done.code, await putAside()], [0, 0], done.stderr);
    match(done.stdout, /gone: 0 patients with 0 recordings, 1 chunks of the quarantine, 0 events/);
    const again = await run("--apply");
    deepStrictEqual([again.code, again.stderr], [0, ""]);
    match(again.stdout, /nothing has outlived the rule/);
  } finally {
    await database.drop();
    await Deno.remove(folder, { recursive: true });
  }
});
