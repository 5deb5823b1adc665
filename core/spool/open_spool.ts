/**
 * Layer 6. Opens a spool, and what can be read of one that is damaged.
 *
 * @module
 */
import { join } from "node:path";
import { checkDatabase, isDamaged, openDatabase, setAside, SPOOL_FILE } from "./open_database.ts";
import type { Spool } from "./spool.ts";
import { type SpoolOptions, SqliteSpool } from "./sqlite_spool.ts";

/**
 * Opens the spool in a folder, making it when there is none.
 *
 * A database that is damaged is set aside; whatever of it can still be read, and verifies, goes into a new one.
 *
 * @throws {Error} Another process holds it; a newer version wrote it; the folder cannot be written.
 *
 * @example Held is on the disk
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { fileKeyStore } from "@wavekeep/core/crypto";
 * import { openSpool } from "@wavekeep/core/spool";
 *
 * const folder = await Deno.makeTempDir();
 * const keyStore = await fileKeyStore(folder + "/keys", { create: true });
 * const spool = await openSpool(folder, { keyStore, quotaBytes: 1e8 });
 * const recordingNo = await spool.recording({ siteId: 1, patientId: "p-1", recordingId: "r-1" });
 * const sender = { siteId: 1, subject: "amp-1", keyId: null };
 * const chunk = {
 *   recordingNo,
 *   segmentId: new Uint8Array(16),
 *   stream: 0,
 *   sequence: 0,
 *   chunkDigest: new Uint8Array(32),
 *   setDigest: null,
 *   needsNext: false,
 *   bytes: Uint8Array.of(1, 2, 3),
 * };
 * deepStrictEqual(await spool.holdChunks(sender, [chunk], []), [{ outcome: "held" }]);
 * await spool.close();
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function openSpool(folder: string, options: SpoolOptions): Promise<Spool> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, SPOOL_FILE);
  const { quotaBytes, now = Date.now } = options;
  const open = () => {
    const database = openDatabase(path, quotaBytes);
    try {
      const wasOpen = database.prepare("SELECT value FROM fact WHERE name = 'open'").get()
        ?.["value"];
      if (wasOpen === "1") checkDatabase(database);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  };
  let database: ReturnType<typeof open>;
  let damaged: string | undefined;
  try {
    database = open();
  } catch (error) {
    if (!isDamaged(error)) throw error;
    damaged = await setAside(path, now());
    database = open();
  }
  const spool = new SqliteSpool(path, database, options);
  if (damaged !== undefined) await spool.takeOver(damaged);
  await spool.setFact("open", "1");
  return spool;
}
