/**
 * Which files of a cluster belong into a base backup.
 *
 * @see PostgreSQL, "Making a Base Backup Using the Low Level API": what may and what must be left out
 * @module
 */

import { join } from "node:path";

/** Folders that a backup has empty: what is in them is of the running server, or comes from elsewhere. */
const LEFT_EMPTY = new Set([
  "pg_dynshmem",
  "pg_notify",
  "pg_replslot",
  "pg_serial",
  "pg_snapshots",
  "pg_stat_tmp",
  "pg_subtrans",
  "pg_wal",
]);

const LEFT_OUT = new Set([
  "postmaster.pid",
  "postmaster.opts",
  "backup_label",
  "backup_label.old",
  "tablespace_map",
  "tablespace_map.old",
  "recovery.signal",
  "standby.signal",
  "postgresql.auto.conf.tmp",
  "current_logfiles.tmp",
  "pg_internal.init",
]);

/** What is in a cluster's folder, by paths below it. */
export interface ClusterFiles {
  readonly folders: readonly string[];
  readonly files: readonly string[];
  /** By their sizes now. */
  readonly byteLength: number;
}

/**
 * Lists them.
 *
 * @throws {Error} A tablespace lies outside of the folder: this backup would be without it.
 */
export async function clusterFiles(dataDir: string): Promise<ClusterFiles> {
  const folders: string[] = [];
  const files: string[] = [];
  let byteLength = 0;
  async function walk(path: string): Promise<void> {
    for await (const entry of Deno.readDir(join(dataDir, path))) {
      const { name } = entry;
      const own = path === "" ? name : `${path}/${name}`;
      if (path === "pg_tblspc") {
        throw new Error(
          `Cannot back up: tablespace ${name} lies outside of ${dataDir}; use pg_basebackup`,
        );
      }
      if (entry.isSymlink) {
        throw new Error(`Cannot back up: ${own} in ${dataDir} is a link; use pg_basebackup`);
      }
      if (name.startsWith("pgsql_tmp") || LEFT_OUT.has(name)) continue;
      if (entry.isDirectory) {
        folders.push(own);
        if (own === "pg_wal") folders.push("pg_wal/archive_status");
        if (!LEFT_EMPTY.has(own)) await walk(own);
      } else if (entry.isFile) {
        const size = await Deno.stat(join(dataDir, own)).then((stat) => stat.size, () => undefined);
        // Gone since it was listed.
        if (size === undefined) continue;
        files.push(own);
        byteLength += size;
      }
    }
  }
  await walk("");
  return { folders, files, byteLength };
}
