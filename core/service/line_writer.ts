/**
 * Layer 6. Lines of text to a stream, those of one turn of the event loop in one write.
 *
 * Two thousand requests a second are two thousand lines, and most of what a line costs is the system call; the
 * answers of a commit are ready in one turn, and so are their lines. Sole owner of when lines leave. Hazard: what
 * tells why a process ended must be out before it ends, so whoever writes of trouble says so, and at an exit
 * what waits is written first.
 *
 * @module
 */
import { setImmediate } from "node:timers";

/** Takes lines. */
export interface LineWriter {
  /**
   * @param line Without its newline.
   * @param isUrgent It is out when this returns, and so is everything before it.
   */
  write(line: string, isUrgent: boolean): void;
  /** Everything is out when this returns. */
  flush(): void;
}

/** What waits is written at this length, whatever the turn: a megabyte of text in memory is nobody's wish. */
const WAITING_LENGTH_MAX = 64 * 1024;

/**
 * A writer to something that takes bytes at once.
 *
 * @param writeSync Takes some of the bytes, and says how many; called again for the rest.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { lineWriter } from "@wavekeep/core/service";
 *
 * let text = "";
 * const writer = lineWriter((bytes) => {
 *   text += new TextDecoder().decode(bytes);
 *   return bytes.byteLength;
 * });
 * writer.write("one", false);
 * strictEqual(text, "");
 * writer.write("two", true);
 * strictEqual(text, "one\ntwo\n");
 * ```
 */
export function lineWriter(writeSync: (bytes: Uint8Array) => number): LineWriter {
  const encoder = new TextEncoder();
  let waiting = "";
  let isDue = false;

  function flush(): void {
    if (waiting === "") return;
    const bytes = encoder.encode(waiting);
    waiting = "";
    let offset = 0;
    // A pipe may take less than all of it at once.
    while (offset < bytes.length) offset += writeSync(bytes.subarray(offset));
  }

  return {
    write(line, isUrgent) {
      waiting += `${line}\n`;
      if (isUrgent || waiting.length > WAITING_LENGTH_MAX) return flush();
      if (isDue) return;
      isDue = true;
      setImmediate(() => {
        isDue = false;
        flush();
      });
    },
    flush,
  };
}
