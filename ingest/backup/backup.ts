/**
 * A base backup of the running database: `deno task backup`.
 *
 * @module
 */

import { readSecretVariable } from "@wavekeep/core/service";
import { print } from "@wavekeep/core/service/print";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { archiveFolder, listBackups } from "./manifest.ts";
import { openBar } from "./progress.ts";
import { takeBackup } from "./take_backup.ts";
import { findPlaces } from "./where.ts";

const USAGE = `Usage: deno task backup --to DIR [--data DIR | --cluster DIR]
       deno task backup --to DIR --list

Copies the running database's files into a folder below DIR, with a digest of each, and what of the
write-ahead log makes them consistent. It restores by itself; with the archive of the write-ahead log
in DIR/wal (deno task start --archive DIR, or archive_command) it restores to any moment since.
Keys are not in it: back up KEY_DIR apart, and the log's checkpoint in it (core/how_to/back_up_and_restore.md).

  --to DIR        folder of backups, on another disk
  --data DIR      data folder of deno task start (default .wavekeep)
  --cluster DIR   folder of another cluster on this machine; DATABASE_URL is its superuser's then
  --list          what is there, and which moments can be restored
  --help          this text

Exit codes: 0 fine, 1 refused or failed, 2 usage.
`;

async function main(args: string[]): Promise<number> {
  let flags;
  try {
    flags = parseArgs({
      args,
      options: {
        to: { type: "string" },
        data: { type: "string" },
        cluster: { type: "string" },
        list: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
    if (!flags.help && flags.to === undefined) throw new Error("--to is needed");
  } catch (error) {
    print("stderr", `${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (flags.help) {
    print("stdout", USAGE);
    return 0;
  }
  const bar = openBar("backup");
  try {
    if (flags.list) return await list(flags.to!);
    const places = await findPlaces({ ...flags, url: databaseUrl(flags.cluster) });
    const startedMs = performance.now();
    const { folder, manifest } = await takeBackup({
      url: places.url,
      dataDir: places.cluster,
      to: resolve(flags.to!),
      onProgress: (done, total) => bar.show(done, total, "bytes"),
    });
    bar.end();
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    print(
      "stdout",
      `${folder}: ${manifest.files.length} files, ${(bytes / 1e6).toFixed(0)} MB in ` +
        `${
          ((performance.now() - startedMs) / 1000).toFixed(1)
        } s; restores to ${manifest.stoppedAt}`,
    );
    if (!await hasArchive(flags.to!)) {
      const script = fileURLToPath(new URL("archive_segment.sh", import.meta.url));
      print(
        "stderr",
        `backup: no write-ahead log is archived in ${
          archiveFolder(flags.to!)
        }: what comes after this ` +
          "moment is not in any backup. deno task start --archive does it; elsewhere set\n" +
          `  archive_command = 'sh "${script}" "%p" "%f" "${archiveFolder(resolve(flags.to!))}"'`,
      );
    }
    return 0;
  } catch (error) {
    bar.end();
    print("stderr", `backup: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
}

async function list(to: string): Promise<number> {
  const backups = await listBackups(to);
  for (const { folder, manifest } of backups) {
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    print(
      "stdout",
      `${folder}: from ${manifest.stoppedAt}, ${(bytes / 1e6).toFixed(0)} MB, PostgreSQL ` +
        `${manifest.server.version}, wants ${manifest.firstSegment} and later`,
    );
  }
  const segments = await archivedSegments(to);
  print(
    "stdout",
    segments.length === 0
      ? "archive: empty"
      : `archive: ${segments.length} segments, ${segments[0]} to ${segments.at(-1)}`,
  );
  return 0;
}

async function archivedSegments(to: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(join(archiveFolder(to)))) {
      if (/^[0-9A-F]{24}$/.test(name)) names.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names.sort();
}

async function hasArchive(to: string): Promise<boolean> {
  return (await archivedSegments(to)).length > 0;
}

/** `start` says itself where its superuser is; DATABASE_URL counts beside --cluster only. */
function databaseUrl(cluster: string | undefined): string | undefined {
  return cluster === undefined ? undefined : readSecretVariable("DATABASE_URL");
}

if (import.meta.main) Deno.exit(await main(Deno.args));
