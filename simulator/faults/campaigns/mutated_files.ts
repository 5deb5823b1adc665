/**
 * Faults. Damaged EDF, EDF+ and BDF files against the reader.
 *
 * In a process of its own, because its memory is part of what is judged.
 *
 * @module
 */

import type { Campaign } from "../campaign.ts";
import { runTask } from "../run_task.ts";

export const mutatedFiles: Campaign = {
  name: "mutated files",
  what: "damages header fields, bytes and annotation lists of small files and reads them",
  must:
    "read, or refused with a field or an offset; 0 crashes, 0 over 1 s, memory 64 MB + 2 x file at most",
  full: 1_000_000,
  small: 10_000,
  unit: "files",
  isAlone: true,
  run: async (options) => {
    const { seconds: _, ...result } = await runTask("fuzz-files", options);
    return result;
  },
};
