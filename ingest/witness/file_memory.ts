/**
 * What a witness remembers, in a folder: one file for each log, the last note that it signed.
 *
 * Hazard: a folder that is restored from a backup makes a witness that has forgotten, and may sign what it should
 * refuse. A witness that lost its folder takes a new key and a new name. One that lost a file only knows it by
 * the mark beside it, and signs nothing more of that log.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { formatVerifierKey, type VerifierKey } from "@wavekeep/core/log";
import { join } from "node:path";
import { readIfThere, writeDurably } from "../log/durable_file.ts";
import type { WitnessMemory } from "./witness.ts";

export function fileWitnessMemory(folder: string): WitnessMemory {
  const pathOf = (log: VerifierKey) => {
    const name = new TextEncoder().encode(formatVerifierKey(log, nodeSha256));
    return join(folder, `${formatHex(nodeSha256(name)).slice(0, 32)}.checkpoint`);
  };
  const markOf = (log: VerifierKey) => pathOf(log).replace(/checkpoint$/, "signed");
  return {
    async read(log) {
      const note = await readIfThere(pathOf(log));
      if (note === undefined && await readIfThere(markOf(log)) !== undefined) {
        throw new Error(
          `Cannot sign for ${log.name}: what was signed before is lost, and anything might be a fork. ` +
            "Take a new folder and a new name",
        );
      }
      return note;
    },
    async write(log, note) {
      await writeDurably(pathOf(log), note, { mode: 0o644 });
      // Behind it: a crash in between leaves a note without a mark, and the next one makes it.
      if (await readIfThere(markOf(log)) !== undefined) return;
      await writeDurably(markOf(log), new TextEncoder().encode(`${log.name}\n`), { mode: 0o644 });
    },
  };
}
