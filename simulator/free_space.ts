/**
 * Whether the disk has room for what is about to be recorded.
 *
 * @module
 */

import { statfs } from "node:fs/promises";

/** The empty cluster, its write-ahead log at its largest while a day is filled in, and a margin. */
const BASE_BYTES = 1.5e9;

/**
 * What an hour of the demo patient takes. Measured: three hours took 88 MB of tables and indexes, the
 * empty cluster's 20 MB included, so 23 MB an hour; rounded up.
 */
const BYTES_PER_HOUR = 30e6;

/** A live day beyond the backfill must fit as well. */
const LIVE_HOURS = 24;

/** Bytes that `hours` of backfill, and a day after it, may take. */
export function neededBytes(hours: number): number {
  return BASE_BYTES + (hours + LIVE_HOURS) * BYTES_PER_HOUR;
}

/**
 * Refuses a disk that is too small.
 *
 * @throws {Error} With what is needed and what is there.
 */
export async function checkFreeSpace(
  folder: string,
  hours: number,
  freeBytesOf: (folder: string) => Promise<number> = freeBytes,
): Promise<void> {
  const free = await freeBytesOf(folder);
  const needed = neededBytes(hours);
  if (free < needed) {
    throw new Error(
      `Cannot start on ${folder}: ${gigabytes(free)} free, ${gigabytes(needed)} needed for ` +
        `${hours} h of backfill and a day of live signal; choose another --data, or fewer --hours`,
    );
  }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
