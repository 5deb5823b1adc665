/**
 * The last checkpoint that this sequencer signed, kept outside the database.
 *
 * Why: a database that was replaced by yesterday's copy knows nothing of today's checkpoints. Without this file
 * the sequencer would go on from yesterday and sign a fork; with it, it refuses and says by how much the
 * database is too short. Written after the commit and before anybody else sees the checkpoint.
 *
 * @module
 */

import { join } from "node:path";
import { readIfThere, writeDurably } from "./durable_file.ts";

/** Keeps one signed note. */
export interface KeptCheckpoint {
  /** The note, or undefined when none was ever kept. */
  read(): Promise<Uint8Array | undefined>;
  /** When it has returned, the note survives a crash of this machine. */
  write(note: Uint8Array): Promise<void>;
}

/** In a file of the key folder: it needs the same care, and another backup than the database's. */
export function fileKeptCheckpoint(keyDir: string): KeptCheckpoint {
  const path = join(keyDir, "log.checkpoint");
  return { read: () => readIfThere(path), write: (note) => writeDurably(path, note) };
}
