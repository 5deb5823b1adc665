/**
 * What a witness remembers, in a folder: one file for each log, the last note that it signed.
 *
 * Hazard: a folder that is restored from a backup makes a witness that has forgotten, and may sign what it should
 * refuse. A witness that lost its folder takes a new key and a new name.
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
  return {
    read: (log) => readIfThere(pathOf(log)),
    write: (log, note) => writeDurably(pathOf(log), note, { mode: 0o644 }),
  };
}
