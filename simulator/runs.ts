/**
 * Which chunks of a request are signed, when the segment asks for runs.
 *
 * A run ends where its request ends: the last chunk of each stream is signed, and every one whose next is not
 * beside it. So a live device that sends each second by itself signs each second, and a backlog pays one
 * signature for many. Decided anew for every attempt, since a signature is no part of a chunk's digest:
 * what failed in the middle of a run goes again with a signature of its own.
 *
 * @see core/chunk/FORMAT.md, "Signatures"; core/decisions/0028-device-keys.md
 * @module
 */

import type { Upload } from "./known_sets.ts";

/** Where a chunk stands among those that may cover it. */
export interface RunPlace {
  /** Of the segment and stream. */
  readonly stream: string;
  readonly sequence: number;
  /** The chunk in any coding, with the device's signature. */
  readonly sign: (chunk: Uint8Array) => Uint8Array;
}

/** A proof of one chunk without its neighbours takes 64 bytes for each chunk up to the signed one. */
export const RUN_CHUNKS_MAX = 32;

/** The same uploads, in the same order, with a signature where a run ends. */
export function closeRuns(uploads: readonly Upload[]): Upload[] {
  const places = new Set(
    uploads.flatMap(({ run }) => run === undefined ? [] : [nameOf(run, run.sequence)]),
  );
  return uploads.map((upload) => {
    const { run, chunk } = upload;
    if (run === undefined) return upload;
    const isLast = !places.has(nameOf(run, run.sequence + 1)) ||
      run.sequence % RUN_CHUNKS_MAX === RUN_CHUNKS_MAX - 1;
    return isLast ? { ...upload, chunk: run.sign(chunk) } : upload;
  });
}

function nameOf({ stream }: RunPlace, sequence: number): string {
  return `${stream}/${sequence}`;
}
