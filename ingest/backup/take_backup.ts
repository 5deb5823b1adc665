/**
 * A base backup of a running cluster: files as they are, and the write-ahead log that makes them one.
 *
 * Sole owner of the order. pg_backup_start → files → pg_backup_stop → write-ahead log from start to stop →
 * manifest, which alone says that the backup is whole. Each backup restores by itself, without any archive,
 * to the moment it ended. Hazard: the session that starts has to be the one that stops; when it is lost the
 * server ends the backup, and no manifest is written.
 *
 * @see PostgreSQL, "Making a Base Backup Using the Low Level API"
 * @module
 */

import { assert } from "@wavekeep/core/assert";
import { join } from "node:path";
import pg from "pg";
import { clusterFiles } from "./cluster_files.ts";
import { copyFile, syncFiles } from "./copy_files.ts";
import {
  type BackupFile,
  backupName,
  type BaseBackup,
  type Manifest,
  writeManifest,
} from "./manifest.ts";

/** What to back up, and where to. */
export interface BackupOptions {
  /** A superuser's url of the running cluster. */
  readonly url: string;
  /** The cluster's folder, on this machine. */
  readonly dataDir: string;
  /** Folder of backups; made when it is not there. */
  readonly to: string;
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

interface ClusterFacts {
  readonly version: string;
  readonly dataDir: string;
  readonly systemIdentifier: string;
  readonly timeline: number;
  readonly segmentBytes: number;
  readonly schemaVersion: number;
  readonly incarnation: number;
  readonly origin: string | null;
  readonly size: string | null;
}

/**
 * Makes one.
 *
 * @throws {Error} The url is of another cluster than the folder's, or of no superuser; or the disk is full.
 */
export async function takeBackup(options: BackupOptions): Promise<BaseBackup> {
  const client = new pg.Client({
    connectionString: options.url,
    application_name: "wavekeep backup",
  });
  client.on("error", () => {}); // the query that was under way reports it
  await client.connect();
  try {
    return await backUp(client, options);
  } finally {
    await client.end();
  }
}

async function backUp(client: pg.Client, options: BackupOptions): Promise<BaseBackup> {
  const { dataDir, to } = options;
  await requireOwn(client, dataDir);
  const facts = await clusterFacts(client);
  await Deno.mkdir(to, { recursive: true, mode: 0o700 });
  // Holds the segments back that this backup needs, for as long as this session lives.
  await client.query(`select pg_create_physical_replication_slot($1, true, true)`, [
    `wavekeep_backup_${Deno.pid}`,
  ]);
  const { rows: [start] } = await client.query<{ segment: string; at: string }>(
    `select pg_walfile_name(pg_backup_start('wavekeep', true)) as segment,
      to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`,
  );
  assert(start !== undefined, "a backup was started");
  const folder = join(to, backupName(start.at));
  await Deno.mkdir(join(folder, "data"), { recursive: true, mode: 0o700 });
  await Deno.mkdir(join(folder, "wal"), { mode: 0o700 });
  const { folders, files } = await copyCluster(folder, options);
  const { rows: [stop] } = await client.query<
    { label: string; map: string; segment: string; at: string }
  >(
    // Not waited for by the server: what is needed is copied below, archive or not.
    `select labelfile as label, spcmapfile as map, pg_walfile_name(lsn) as segment,
        to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
      from pg_backup_stop(false)`,
  );
  assert(stop !== undefined, "a backup was stopped");
  files.push(await writeText(folder, "data/backup_label", stop.label));
  if (stop.map !== "") files.push(await writeText(folder, "data/tablespace_map", stop.map));
  for (const segment of await segmentsBetween(dataDir, start.segment, stop.segment)) {
    const path = `wal/${segment}`;
    const copied = await copyFile(join(dataDir, "pg_wal", segment), join(folder, path));
    if (copied === undefined) {
      throw new Error(`Cannot back up: segment ${segment} of the write-ahead log is gone`);
    }
    files.push({ path, ...copied });
  }
  await syncFiles(
    files.map(({ path }) => join(folder, path)),
    [folder, join(folder, "wal"), ...folders.map((one) => join(folder, "data", one))],
  );
  const manifest: Manifest = {
    version: 1,
    startedAt: start.at,
    stoppedAt: stop.at,
    server: {
      version: facts.version,
      systemIdentifier: facts.systemIdentifier,
      timeline: facts.timeline,
      segmentBytes: facts.segmentBytes,
    },
    firstSegment: start.segment,
    schemaVersion: facts.schemaVersion,
    incarnation: facts.incarnation,
    log: facts.origin === null ? null : { origin: facts.origin, size: Number(facts.size) },
    folders: [...folders],
    files,
  };
  await writeManifest(folder, manifest);
  return { folder, manifest };
}

async function copyCluster(
  folder: string,
  { dataDir, onProgress }: BackupOptions,
): Promise<{ folders: readonly string[]; files: BackupFile[] }> {
  const { folders, files, byteLength } = await clusterFiles(dataDir);
  for (const one of folders) {
    await Deno.mkdir(join(folder, "data", one), { recursive: true, mode: 0o700 });
  }
  const copies: BackupFile[] = [];
  let done = 0;
  for (const file of files) {
    const path = `data/${file}`;
    const copied = await copyFile(join(dataDir, file), join(folder, path), (count) => {
      done += count;
      onProgress?.(done, Math.max(done, byteLength));
    });
    if (copied !== undefined) copies.push({ path, ...copied });
  }
  return { folders, files: copies };
}

/** @throws {Error} The url's server works on another folder, or the role may not ask. */
async function requireOwn(client: pg.Client, dataDir: string): Promise<void> {
  const { rows: [row] } = await client.query<{ directory: string; isSuperuser: boolean }>(
    `select current_setting('data_directory', true) as directory,
      (select rolsuper from pg_roles where rolname = current_user) as "isSuperuser"`,
  );
  if (!row?.isSuperuser) throw new Error("Cannot back up: DATABASE_URL is of no superuser");
  const [asked, found] = await Promise.all([
    Deno.realPath(dataDir),
    Deno.realPath(row.directory).catch(() => row.directory),
  ]);
  if (asked === found) return;
  throw new Error(`Cannot back up ${asked}: the server of DATABASE_URL works on ${found}`);
}

async function clusterFacts(client: pg.Client): Promise<ClusterFacts> {
  const { rows: [facts] } = await client.query<ClusterFacts>(
    `select current_setting('server_version') as version,
        (select system_identifier::text from pg_control_system()) as "systemIdentifier",
        (select timeline_id from pg_control_checkpoint()) as timeline,
        pg_size_bytes(current_setting('wal_segment_size'))::int as "segmentBytes",
        (select max(version) from wavekeep.schema_version) as "schemaVersion",
        (select max(incarnation) from wavekeep.incarnation) as incarnation,
        head.origin, head.size
      from (select 1) as one
        left join (select origin, size from wavekeep.log_head order by log_no desc limit 1) as head on true`,
  );
  assert(facts !== undefined, "one row was asked for");
  return facts;
}

/** Names of a timeline's segments, which are in order as texts, without what lies between that is no segment. */
async function segmentsBetween(dataDir: string, first: string, last: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir(join(dataDir, "pg_wal"))) {
    if (/^[0-9A-F]{24}$/.test(name) && first <= name && name <= last) found.push(name);
  }
  if (!found.includes(first) || !found.includes(last)) {
    throw new Error(`Cannot back up: the write-ahead log lacks ${first} or ${last}`);
  }
  return found.sort();
}

async function writeText(folder: string, path: string, text: string): Promise<BackupFile> {
  const draft = join(folder, `${path}.new`);
  await Deno.writeTextFile(draft, text, { mode: 0o600, createNew: true });
  const copied = await copyFile(draft, join(folder, path));
  await Deno.remove(draft);
  assert(copied !== undefined, "a file that was written is there");
  return { path, ...copied };
}
