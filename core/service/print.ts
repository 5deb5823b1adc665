/**
 * Layer 6. What a command says to whoever runs it. Has an entry of its own (`@wavekeep/core/service/print`), so
 * that a command does not load what servers are made of.
 *
 * @module
 */

/**
 * Writes text to standard output or error, the whole of it, with a line's end where it has none.
 *
 * Whoever was reading and has gone is no reason to end: then nothing is written.
 */
export function print(stream: "stdout" | "stderr", text: string): void {
  write(stream, text.endsWith("\n") ? text : `${text}\n`);
}

/** The same, to the letter: for a line that is written over. */
export function write(stream: "stdout" | "stderr", text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.byteLength;) at += Deno[stream].writeSync(bytes.subarray(at));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
