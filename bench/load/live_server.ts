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

/**
 * @param logFileCount Of a load that fills file after file of the log; a short one takes them as they come.
 */
export function liveServer(
  { isLong, logFileCount }: { readonly isLong: boolean; readonly logFileCount: number },
): Pick<StageOptions, "settings" | "logFileCount"> {
  return { settings: LIVE_SERVER_SETTINGS, logFileCount: isLong ? logFileCount : 0 };
}
