/**
 * A cluster out of a base backup and the write-ahead log, as it was at one moment.
 *
 * Sole owner of the order: an empty folder → verified copies → recovery settings → server → promoted →
 * settings gone. A restore that ended half way has left a folder that nobody takes for a cluster: its
 * control file is copied last.
 *
 * @see PostgreSQL, "Recovering Using a Continuous Archive Backup"
 * @module
 */

import { type EmbeddedPostgres, startEmbeddedPostgres } from "@wavekeep/core/service";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { copyVerified } from "./copy_files.ts";
import { archiveFolder, type BaseBackup, chooseBackup, listBackups } from "./manifest.ts";

/** What to restore, to when, and where to. */
export interface RestoreOptions {
  /** Folder of backups. */
  readonly from: string;
  readonly to: Temporal.Instant | "latest";
  /** The cluster's folder: not there yet, or empty. */
  readonly dataDir: string;
  /** Of the user `postgres` in the backup. */
  readonly superuserPassword: string;
  /** Folder with the last segments that were never archived: pg_wal of the cluster that was lost. */
  readonly lastWal?: string | undefined;
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  readonly onNotice?: (text: string) => void;
}

/** A server on the restored cluster. */
export interface RestoredCluster {
  readonly server: EmbeddedPostgres;
  readonly backup: BaseBackup;
  /** Commit time of the last transaction that came back out of the write-ahead log; null when none did. */
  readonly lastCommitAt: string | null;
  /** Segments that were replayed. */
  readonly segmentCount: number;
  readonly timeline: number;
}

/** The server may replay for hours. */
const REPLAY_TIMEOUT_MS = 72 * 3_600_000;

/** Given to the server for as long as it recovers. */
const RECOVERY_SETTINGS = [
  "restore_command",
  "recovery_target_time",
  "recovery_target_timeline",
  "recovery_target_action",
];

/**
 * Restores, and leaves the server running; the caller stops it.
 *
 * @throws {Error} The folder is not empty; no backup reaches that moment, or it is damaged; the archive ends
 * before it.
 */
export async function restoreCluster(options: RestoreOptions): Promise<RestoredCluster> {
  const dataDir = resolve(options.dataDir);
  await requireEmpty(dataDir);
  const backup = chooseBackup(await listBackups(options.from), options.to);
  options.onNotice?.(`base backup ${basename(backup.folder)}`);
  await copyBack(backup, dataDir, options);
  await writeRecovery(backup, dataDir, options);
  const logFile = `${dataDir}.restore.log`;
  options.onNotice?.("replaying the write-ahead log");
  let server: EmbeddedPostgres;
  try {
    server = await startEmbeddedPostgres({
      dataDir,
      port: 0,
      superuserPassword: options.superuserPassword,
      logFile,
      startTimeoutMs: REPLAY_TIMEOUT_MS,
      // Nobody may look in before it is what it should be.
      settings: { "hot_standby": "off" },
    });
  } catch (cause) {
    throw await whyNotReached(logFile, options.to, cause);
  }
  try {
    const state = await endRecovery(server.url);
    const log = await Deno.readTextFile(logFile);
    const segmentCount = log.match(/restored log file "[0-9A-F]{24}" from archive/g)?.length ?? 0;
    return { server, backup, segmentCount, ...state };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function requireEmpty(dataDir: string): Promise<void> {
  await Deno.mkdir(dataDir, { recursive: true, mode: 0o700 });
  for await (const { name } of Deno.readDir(dataDir)) {
    throw new Error(`Cannot restore into ${dataDir}: it is not empty (${name})`);
  }
  await Deno.chmod(dataDir, 0o700);
}

async function copyBack(
  { folder, manifest }: BaseBackup,
  dataDir: string,
  { onProgress }: RestoreOptions,
): Promise<void> {
  if (manifest.files.some(({ path }) => path === "data/tablespace_map")) {
    throw new Error(
      `Cannot restore ${folder}: it has tablespaces; pg_basebackup's steps are wanted`,
    );
  }
  for (const one of manifest.folders) {
    await Deno.mkdir(join(dataDir, one), { recursive: true, mode: 0o700 });
  }
  const total = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  const isControl = ({ path }: { path: string }) => path === "data/global/pg_control";
  const inOrder = [
    ...manifest.files.filter((file) => !isControl(file)),
    ...manifest.files.filter(isControl),
  ];
  await copyVerified(folder, inOrder, {
    place: (path) =>
      path.startsWith("data/")
        ? join(dataDir, path.slice("data/".length))
        // What of the log belongs to the backup is replayed first; the archive has the rest.
        : join(dataDir, "pg_wal", path.slice("wal/".length)),
    folders: [dataDir, ...manifest.folders.map((one) => join(dataDir, one))],
    onBytes: (count) => onProgress?.(done += count, total),
  });
}

async function writeRecovery(
  { folder }: BaseBackup,
  dataDir: string,
  { from, to, lastWal }: RestoreOptions,
): Promise<void> {
  const script = fileURLToPath(new URL("fetch_segment.sh", import.meta.url));
  const folders = [
    archiveFolder(from),
    join(folder, "wal"),
    ...lastWal === undefined ? [] : [lastWal],
  ];
  const command = ["sh", script, '"%f"', '"%p"', ...folders.map((one) => resolve(one))]
    .map((word) => word.startsWith('"') ? word : `"${word}"`).join(" ");
  const settings: Record<string, string> = {
    "restore_command": command,
    "recovery_target_timeline": "latest",
    "recovery_target_action": "promote",
    ...(to === "latest" ? {} : { "recovery_target_time": serverTime(to) }),
  };
  const lines = Object.entries(settings).map(([name, value]) =>
    `${name} = '${value.replaceAll("'", "''")}'\n`
  );
  // Later lines win, and this file is read last.
  await Deno.writeTextFile(join(dataDir, "postgresql.auto.conf"), lines.join(""), { append: true });
  await Deno.writeTextFile(join(dataDir, "recovery.signal"), "", { mode: 0o600 });
}

/** As PostgreSQL reads it: not every form of ISO 8601. */
function serverTime(to: Temporal.Instant): string {
  return to.toString({ smallestUnit: "microsecond" }).replace("T", " ").replace("Z", "+00");
}

/** What came back, once the server is a primary; recovery's settings are taken out again. */
async function endRecovery(
  url: string,
): Promise<{ lastCommitAt: string | null; timeline: number }> {
  const client = new pg.Client({ connectionString: url, application_name: "wavekeep restore" });
  client.on("error", () => {}); // the query that was under way reports it
  await client.connect();
  try {
    for (const name of RECOVERY_SETTINGS) await client.query(`alter system reset ${name}`);
    await client.query("checkpoint");
    const { rows: [row] } = await client.query<
      { isRecovering: boolean; at: string | null; timeline: number }
    >(
      `select pg_is_in_recovery() as "isRecovering",
          to_char(pg_last_xact_replay_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
          (select timeline_id from pg_control_checkpoint()) as timeline`,
    );
    if (row!.isRecovering) throw new Error("Cannot use the restored cluster: it still recovers");
    return { lastCommitAt: row!.at, timeline: row!.timeline };
  } finally {
    await client.end();
  }
}

/** The archive may end before the moment that was asked for; the server's log says where. */
async function whyNotReached(
  logFile: string,
  to: RestoreOptions["to"],
  cause: unknown,
): Promise<unknown> {
  const log = await Deno.readTextFile(logFile).catch(() => "");
  if (!log.includes("recovery ended before configured recovery target was reached")) return cause;
  const [, at] = /last completed transaction was at log time ([^\n]+)/.exec(log) ?? [];
  return new Error(
    `Cannot restore to ${to}: the write-ahead log that is there ends before it` +
      (at === undefined ? "" : `; its last transaction is of ${at}`) +
      " (--to latest takes what there is)",
    { cause },
  );
}
