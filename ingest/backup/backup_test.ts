/**
 * Backup, more ingest, a crash, and back: to a moment, to the end, and never over something that is there.
 *
 * @module
 */

import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseHex } from "@wavekeep/core/bytes";
import { fileKeyStore, generateTokenKeys, issueToken } from "@wavekeep/core/crypto";
import { createLogger, parseConfig, startEmbeddedPostgres } from "@wavekeep/core/service";
import { inDatabase, makeClusterFolder, withLogin } from "../../core/testing/test_database.ts";
import { createApp } from "../app.ts";
import { IngestConfig } from "../config.ts";
import { SequencerConfig } from "../log/config.ts";
import { openSequencer } from "../log/open_sequencer.ts";
import { migrate } from "../migrate.ts";
import { openDeps } from "../open_deps.ts";
import { Fixture, OPEN_RECORDING, PATIENT, RECORDING } from "../testing/fixtures.ts";
import { afterRestore, describeReport, isSound } from "./after_restore.ts";
import { checkKeys } from "./check_keys.ts";
import { listBackups } from "./manifest.ts";
import { restoreCluster } from "./restore_cluster.ts";
import { takeBackup } from "./take_backup.ts";

const PASSWORD = "only-for-this-test";
const SMALL = { "shared_buffers": "16MB", "max_connections": "60" };
const logger = createLogger({ service: "test", write: () => {} });
const sleep = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));
const names = async (folder: string) =>
  (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
const never = new AbortController().signal;

function command(folder: string): string {
  const script = fileURLToPath(new URL("archive_segment.sh", import.meta.url));
  return `sh "${script}" "%p" "%f" "${folder}"`;
}

Deno.test("a restored database is what it was, and says what it lacks", async (t) => {
  const folder = await makeClusterFolder("wavekeep-backup-");
  const backups = join(folder, "backups");
  const keyFolder = join(folder, "keys");
  const dataDir = join(folder, "postgres");
  const server = await startEmbeddedPostgres({
    dataDir,
    port: 0,
    superuserPassword: PASSWORD,
    ephemeral: true,
    settings: {
      ...SMALL,
      "archive_mode": "on",
      "archive_command": command(join(backups, "wal")),
    },
  });
  const ask = async <T>(sql: string) =>
    await inDatabase(server.url, async (client) => (await client.query(sql)).rows[0] as T);
  try {
    const { sites } = await migrate(server.url, {
      passwords: { writer: PASSWORD, sequencer: PASSWORD, scrubber: PASSWORD },
      sites: ["home"],
    });
    const keys = await generateTokenKeys();
    await fileKeyStore(keyFolder, { create: true });
    await Deno.writeTextFile(join(folder, "public.jwk"), JSON.stringify(keys.publicJwk));
    const { deps, close } = await openDeps(
      parseConfig(IngestConfig, {
        "DATABASE_URL": withLogin(server.url, "wavekeep_writer", PASSWORD),
        "KEY_DIR": keyFolder,
        "TOKEN_PUBLIC_KEY_FILE": join(folder, "public.jwk"),
        "VERIFY_WORKERS": "0",
      }),
      logger,
    );
    const app = createApp(deps);
    const token = await issueToken(keys.privateJwk, {
      subject: "device-1",
      siteId: sites[0]!.siteId,
      role: "device",
      expiresAt: Math.floor(Date.now() / 1000) + 3600,
    });
    const send = async (method: string, path: string, body: unknown) => {
      const isBytes = body instanceof Uint8Array;
      const response = await app.request(path, {
        method,
        headers: {
          "authorization": `Bearer ${token}`,
          "content-type": isBytes ? "application/vnd.wavekeep.chunks" : "application/json",
        },
        body: isBytes ? body as Uint8Array<ArrayBuffer> : JSON.stringify(body),
      });
      const text = await response.text();
      strictEqual(response.status, 201, text);
      return JSON.parse(text);
    };
    const fixture = new Fixture();
    let previousDigest: Uint8Array = fixture.digest;
    const put = async (from: number, to: number) => {
      for (let n = from; n < to; n++) {
        const chunk = fixture.chunk(n, { previousDigest });
        previousDigest = parseHex(
          (await send("PUT", fixture.path(n), chunk)).results[0].receipt.chunk_digest,
        );
      }
    };
    const sequencer = await openSequencer(
      parseConfig(SequencerConfig, {
        "SEQUENCER_DATABASE_URL": withLogin(server.url, "wavekeep_sequencer", PASSWORD),
        "KEY_DIR": keyFolder,
      }),
      logger,
    );
    await send("POST", "/recordings", OPEN_RECORDING);
    await send(
      "POST",
      `/patients/${PATIENT}/recordings/${RECORDING}/segments`,
      fixture.opening(),
    );
    await put(0, 2);
    await sequencer.sequencer.step();
    await takeBackup({ url: server.url, dataDir, to: backups });
    await put(2, 4);
    const { at } = await ask<{ at: string }>(
      `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`,
    );
    await put(4, 6);
    const { size } = await sequencer.sequencer.step();
    await close();
    await sequencer.close();
    // What is archived reaches beyond the moment; the last segment never gets there.
    const { segment } = await ask<{ segment: string }>(
      "select pg_walfile_name(pg_switch_wal()) as segment",
    );
    const archived = () =>
      ask<{ isThere: boolean }>(
        `select last_archived_wal >= '${segment}' as "isThere" from pg_stat_archiver`,
      );
    while (!(await archived()).isThere) await sleep(20);
    await inDatabase(
      server.url,
      (client) => client.query("insert into wavekeep.site (code) values ('last')"),
    );
    Deno.kill(server.pid, "SIGQUIT");
    await server.ended;

    const restore = (name: string, to: string, lastWal?: string) =>
      restoreCluster({
        from: backups,
        to: to === "latest" ? to : Temporal.Instant.from(to),
        dataDir: join(folder, name),
        superuserPassword: PASSWORD,
        lastWal,
      });
    const withoutPatientKey = async (url: string) => {
      const own = join(keyFolder, "patients");
      const [file] = await names(own);
      await Deno.rename(join(own, file!), join(folder, "away"));
      const fit = await inDatabase(url, (client) => checkKeys(client, keyFolder));
      await Deno.rename(join(folder, "away"), join(own, file!));
      return fit;
    };
    const verified = async (
      name: string,
      to: string,
      { lastWal, beginsNewLog = false }: { lastWal?: string; beginsNewLog?: boolean } = {},
    ) => {
      const restored = await restore(name, to, lastWal);
      try {
        const { url } = restored.server;
        const report = await afterRestore({ url, keyFolder, signal: never, beginsNewLog });
        const found = await inDatabase(url, async (client) => {
          const { rows } = await client.query(
            `select (select array_agg(sequence order by sequence) from wavekeep.chunk) as sequences,
              (select array_agg(code order by code) from wavekeep.site) as sites,
              (select rolpassword like 'SCRAM%' from pg_authid where rolname = 'wavekeep_scrubber') as "hasPassword"`,
          );
          return rows[0];
        });
        return { report, found, withoutKey: await withoutPatientKey(url) };
      } finally {
        await restored.server.stop();
      }
    };

    await t.step("to the end, with what was never archived: nothing is missing", async () => {
      const { report, found } = await verified("end", "latest", {
        lastWal: join(dataDir, "pg_wal"),
      });
      deepStrictEqual([found.sequences, found.sites], [[0, 1, 2, 3, 4, 5], ["home", "last"]]);
      deepStrictEqual([report.log?.behind, report.log?.goesOn], [0, true]);
    });

    await t.step(
      "to a moment: what was stored then, and what was signed since is counted",
      async () => {
        const { report, found, withoutKey } = await verified("then", at, {
          beginsNewLog: true,
        });
        deepStrictEqual(found, { sequences: [0, 1, 2, 3], sites: ["home"], hasPassword: true });
        const settings = await Deno.readTextFile(join(folder, "then", "postgresql.auto.conf"));
        ok(!/^\s*(restore_command|recovery_)/m.test(settings), settings);
        const { keys, log, scrub, incarnation } = report;
        deepStrictEqual([keys.fitCount, keys.recordingCount], [1, 1]);
        deepStrictEqual([scrub?.findingCount, scrub?.failedCount, scrub?.lines], [0, 0, []]);
        ok(scrub!.checkedCount >= 4);
        ok(incarnation > 1);
        deepStrictEqual(log?.findings, []);
        deepStrictEqual([log.keptSize, log.goesOn], [size, false]);
        ok(log.behind > 0 && log.size + log.behind === size);
        ok(isSound(report));
        // A key folder that does not fit is told.
        deepStrictEqual(withoutKey.withoutKey, [{ siteId: 1, patientCode: PATIENT }]);
        strictEqual(isSound({ ...report, keys: withoutKey }), false);
        match(
          describeReport({ ...report, newLog: undefined }),
          /leaves that were signed are gone[^]*--new-log .*incarnation-/,
        );
        // What was stored after the last checkpoint has its leaf now, too.
        ok(report.newLog!.size > log.size);
        match(report.newLog!.key, /\/incarnation-\d+\+[0-9a-f]{8}\+/);
        match(describeReport(report), /another was begun[^]*incarnation-/);
      },
    );

    await t.step("a moment that no backup reaches is refused", async () => {
      await rejects(restore("early", "2020-01-01T00:00:00Z"), /the oldest base backup ended at/);
    });

    await t.step("nothing is written over", async () => {
      await rejects(restore("then", "latest"), /it is not empty/);
    });

    await t.step("a backup with one other byte is refused, and the file named", async () => {
      const [{ folder: base, manifest }] = await listBackups(backups) as [
        Awaited<ReturnType<typeof listBackups>>[0],
      ];
      const { path } = manifest.files.find(({ bytes }) => bytes >= 8192)!;
      const file = await Deno.open(join(base, path), { read: true, write: true });
      await file.seek(100, Deno.SeekMode.Start);
      const byte = new Uint8Array(1);
      await file.read(byte);
      await file.seek(100, Deno.SeekMode.Start);
      await file.write(Uint8Array.of(byte[0]! ^ 1));
      file.close();
      await rejects(restore("damaged", "latest"), (error: Error) => error.message.includes(path));
    });
  } finally {
    await server.stop();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("archive_segment.sh takes a segment once, and never another one of its name", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const archive = async (text: string) => {
      await Deno.writeTextFile(join(folder, "segment"), text);
      const line = command(join(folder, "wal")).replace("%p", join(folder, "segment"))
        .replace("%f", "000000010000000000000001");
      return (await new Deno.Command("sh", { args: ["-c", line], stderr: "null" }).output()).code;
    };
    strictEqual(await archive("one"), 0);
    strictEqual(await archive("one"), 0);
    strictEqual(await archive("another"), 1);
    const files = await names(join(folder, "wal"));
    deepStrictEqual(files, ["000000010000000000000001"]);
    strictEqual(await Deno.readTextFile(join(folder, "wal", files[0]!)), "one");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
