/**
 * The environment of the sequencer, as one schema.
 *
 * @module
 */

import { nodeSha256 } from "@wavekeep/core/crypto";
import { isKeyName, parseVerifierKey } from "@wavekeep/core/log";
import { secretText } from "@wavekeep/core/service";
import * as z from "zod";
import type { WitnessAddress } from "./ask_witnesses.ts";

const words = (text: string | undefined) => (text ?? "").split(/\s+/).filter((word) => word !== "");

export const SequencerConfig = z.object({
  SEQUENCER_DATABASE_URL: secretText().describe("PostgreSQL as wavekeep_sequencer"),
  KEY_DIR: z.string().min(1).describe(
    "Folder with the log's key (log.key, made at the first start) and the last checkpoint signed",
  ),
  LOG_ORIGIN: z.string().refine(isKeyName, "has spaces or a plus sign").optional().describe(
    "Name of the log, a URL without its scheme; made from the key when not set, and never changed",
  ),
  WITNESS_URLS: z.string().optional().describe(
    "Submission prefixes of witnesses, with spaces between; without any the log is unwitnessed",
  ),
  WITNESS_KEYS: z.string().optional().describe("Verifier keys of those witnesses, in their order"),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info").describe(
    "Lowest level that is logged",
  ),
});
/** What naming the log's key takes. */
export const KeyConfig = SequencerConfig.pick({ KEY_DIR: true, LOG_ORIGIN: true });
export type KeyConfig = z.infer<typeof KeyConfig>;

export type SequencerConfig = z.infer<typeof SequencerConfig>;

/**
 * Whom to ask.
 *
 * @throws {Error} Not as many keys as addresses, or one that is none.
 */
export function witnessesOf(
  config: Pick<SequencerConfig, "WITNESS_URLS" | "WITNESS_KEYS">,
): WitnessAddress[] {
  const [urls, keys] = [words(config.WITNESS_URLS), words(config.WITNESS_KEYS)];
  if (urls.length !== keys.length) {
    throw new Error(
      `Cannot ask witnesses: ${urls.length} in WITNESS_URLS, ${keys.length} in WITNESS_KEYS`,
    );
  }
  return urls.map((url, index) => {
    const key = parseVerifierKey(keys[index]!, nodeSha256);
    if (key.type !== "cosignature") {
      throw new Error(`Cannot ask witness ${key.name}: its key signs no cosignatures`);
    }
    return { url: new URL(url).href, key };
  });
}
