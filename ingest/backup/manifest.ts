/**
 * A base backup as it lies on disk, and the list of what is in it.
 *
 * Sole owner of the layout: below the folder of backups, `wal/` is the archive of the write-ahead log, and
 * each base backup is a folder of its own, named after the moment it began: `data/` (the cluster), `wal/`
 * (what of the log makes it consistent) and `manifest.json`. The manifest is written last, so a folder
 * without one is a backup that never ended, and counts for nothing.
 *
 * @module
 */

import { join } from "node:path";
import * as z from "zod";
import { writeDurably } from "../log/durable_file.ts";

const Instant = z.string().refine((text) => {
  try {
    return Temporal.Instant.from(text) !== undefined;
  } catch {
    return false;
  }
}, "is no instant");

const BackupFile = z.strictObject({
  /** Below the backup's folder, with slashes. */
  path: z.string().regex(/^(data|wal)\/(?!.*(^|\/)\.\.?(\/|$)).+$/),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type BackupFile = z.infer<typeof BackupFile>;

const Manifest = z.strictObject({
  version: z.literal(1),
  /** By the database's clock. Nothing before `stoppedAt` can be restored out of this backup. */
  startedAt: Instant,
  stoppedAt: Instant,
  server: z.strictObject({
    version: z.string(),
    systemIdentifier: z.string(),
    timeline: z.int().min(1),
    /** Bytes of a segment of the write-ahead log. */
    segmentBytes: z.int().min(1),
  }),
  /** The first segment of the write-ahead log that a restore needs. */
  firstSegment: z.string().regex(/^[0-9A-F]{24}$/),
  schemaVersion: z.int().min(0),
  incarnation: z.int().min(0),
  /** The transparency log as it stood; null before the first. */
  log: z.strictObject({ origin: z.string(), size: z.int().min(0) }).nullable(),
  /** Folders of the cluster, empty ones too. */
  folders: z.array(z.string()),
  files: z.array(BackupFile),
});
export type Manifest = z.infer<typeof Manifest>;

/** A base backup that is whole. */
export interface BaseBackup {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Where the archive of the write-ahead log lies. */
export function archiveFolder(backups: string): string {
  return join(backups, "wal");
}

/** The folder's name of a backup that began at a moment: `base-20261121T170502Z`. */
export function backupName(startedAt: string): string {
  const text = Temporal.Instant.from(startedAt).toString({ smallestUnit: "second" });
  return `base-${text.replaceAll(/[-:]/g, "")}`;
}

/** Says that a backup is whole. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const text = JSON.stringify(Manifest.parse(manifest), null, 1);
  await writeDurably(join(folder, "manifest.json"), new TextEncoder().encode(text));
}

/**
 * The base backups of a folder, oldest first.
 *
 * @throws {Error} A manifest is damaged: whoever looks for a backup should not be given another one silently.
 */
export async function listBackups(backups: string): Promise<BaseBackup[]> {
  const found: BaseBackup[] = [];
  for await (const { name, isDirectory } of Deno.readDir(backups)) {
    if (!isDirectory || !name.startsWith("base-")) continue;
    const folder = join(backups, name);
    const path = join(folder, "manifest.json");
    const text = await Deno.readTextFile(path).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    });
    if (text === undefined) continue;
    try {
      found.push({ folder, manifest: Manifest.parse(JSON.parse(text)) });
    } catch (cause) {
      throw new Error(`Cannot read ${path}: it is damaged`, { cause });
    }
  }
  return found.sort((a, b) => Temporal.Instant.compare(a.manifest.stoppedAt, b.manifest.stoppedAt));
}

/**
 * The newest backup that a moment can be restored out of.
 *
 * @throws {Error} There is none; it says what there is.
 */
export function chooseBackup(
  backups: readonly BaseBackup[],
  to: Temporal.Instant | "latest",
): BaseBackup {
  const usable = backups.filter(({ manifest: { stoppedAt } }) =>
    to === "latest" || Temporal.Instant.compare(stoppedAt, to) <= 0
  );
  const newest = usable.at(-1);
  if (newest !== undefined) return newest;
  const [first] = backups;
  throw new Error(
    first === undefined
      ? "Cannot restore: there is no base backup (deno task backup makes one)"
      : `Cannot restore to ${to}: the oldest base backup ended at ${first.manifest.stoppedAt}`,
  );
}
