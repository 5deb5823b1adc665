/**
 * The demo clinician's token, read from the file that `start` writes.
 *
 * Hazard: whoever reaches the viewer reads the demo site, so the file is refused on any address but
 * loopback (decision 0008).
 *
 * @module
 */

import { isLoopbackHost } from "@wavekeep/core/service";

/** Time for which a token that was read is used again; `start` may write a fresh one. */
const KEEP_MS = 60_000;

/**
 * A reader of the file.
 *
 * @throws {Error} The viewer would listen on an address that others reach.
 */
export function demoTokenReader(path: string, host: string): () => Promise<string> {
  if (!isLoopbackHost(host)) {
    throw new Error(`Cannot sign in by itself on ${host}: DEMO_TOKEN_FILE is for loopback only`);
  }
  let kept: { token: string; readAtMs: number } | undefined;
  return async () => {
    if (kept === undefined || performance.now() - kept.readAtMs > KEEP_MS) {
      kept = { token: (await Deno.readTextFile(path)).trim(), readAtMs: performance.now() };
    }
    return kept.token;
  };
}
