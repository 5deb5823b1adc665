/**
 * Layer 5. From checkpoints to what the log must be: the bundle's own, and those that were kept.
 *
 * Sole owner of naming a rollback. A log only grows: one that is smaller than a checkpoint kept from an
 * earlier day was rolled back, one that does not begin with it had its history changed. Hazard: a bundle
 * that was made before the kept checkpoint looks like a rollback; who kept both knows which came first.
 *
 * @module
 */

import { equalBytes } from "../bytes/mod.ts";
import { isCoreError } from "../error.ts";
import {
  type Checkpoint,
  type CheckpointPolicy,
  type NoteCrypto,
  openCheckpoint,
  parseCheckpoint,
  parseNote,
} from "../log/mod.ts";
import type { VerdictBuilder } from "./verdict.ts";

/** Opens the checkpoint of a bundle or a log; a refusal is a finding. */
export async function verifyCheckpoint(
  bytes: Uint8Array,
  options: { readonly policy: CheckpointPolicy | null; readonly crypto: NoteCrypto },
  result: VerdictBuilder,
): Promise<Checkpoint | undefined> {
  const { policy, crypto } = options;
  try {
    if (policy === null) {
      result.unchecked("who has signed the checkpoint");
      return parseCheckpoint(parseNote(bytes).text);
    }
    const opened = await openCheckpoint(bytes, { policy, crypto });
    result.checkpoint = opened;
    if (opened.witnessCount === 0) {
      result.note(
        "unwitnessed",
        "no witness has signed the checkpoint: only the log itself vouches",
      );
    }
    return opened.checkpoint;
  } catch (error) {
    if (!isCoreError(error)) throw error;
    result.find("checkpoint-refused", error.message);
    return undefined;
  }
}

/**
 * Compares a log with a checkpoint that was kept.
 *
 * @param rootAt Root of the first leaves of the log as it is now; undefined when that cannot be told.
 */
export function compareWithKept(
  now: Checkpoint,
  kept: Checkpoint,
  options: {
    readonly rootAt: (size: number) => Uint8Array | undefined;
    readonly result: VerdictBuilder;
  },
): void {
  const { rootAt, result } = options;
  if (kept.size > now.size) {
    result.find(
      "rolled-back",
      `rolled back at size ${now.size}: the kept checkpoint has ${kept.size} leaves`,
    );
    return;
  }
  const root = kept.size === now.size ? now.root : rootAt(kept.size);
  if (root === undefined) {
    result.unchecked(
      `whether the log continues the kept checkpoint of ${kept.size} leaves: ` +
        "the bundle has no proof for this size; export it again with that checkpoint",
    );
  } else if (!equalBytes(root, kept.root)) {
    result.find(
      "history-differs",
      `the first ${kept.size} leaves of ${now.size} are not those of the kept checkpoint: ` +
        `rolled back below size ${kept.size} and gone on from there`,
    );
  }
}
