/**
 * Bench, load. The database server under live loads: what is set, and what it has had time to do before.
 *
 * @module
 */

import type { StageOptions } from "../stage.ts";

/**
 * A pool of pages this small is left by each within seconds, and the background writer flushes what leaves:
 * little is left to the kernel, which writes it all in one go (core/decisions/0061).
 */
export const LIVE_SERVER_SETTINGS = { "shared_buffers": "64MB" } as const;

/** Seven gigabytes: about what ten minutes of 2,000 devices write to the log. */
const LONG_LOG_FILE_COUNT = 440;

/** @param isLong Whether the load is one that fills file after file of the log. */
export function liveServer(
  { isLong }: { readonly isLong: boolean },
): Pick<StageOptions, "settings" | "logFileCount"> {
  return { settings: LIVE_SERVER_SETTINGS, logFileCount: isLong ? LONG_LOG_FILE_COUNT : 0 };
}
