/**
 * Reassignments in the key folder, for a database that is restored from a backup of before them.
 *
 * Why: what a patient has is wrapped by its new key in rows that such a backup lacks, and the key that its
 * rows of then were wrapped by is destroyed. So the new wrappings are kept where the keys are. They open with
 * the new keys only: whoever is erased is erased here, too. Codes in here are pseudonyms, as in the database.
 *
 * @module
 */

import { join } from "node:path";
import { writeDurably } from "../log/durable_file.ts";
import type { Relinking } from "./reassign_store.ts";

/** Where reassignments are kept beside the database. */
export interface KeptLinks {
  /** Durable when it returns. */
  put(relinking: Relinking): Promise<void>;
  /** Nothing came of it. */
  drop(relinking: Relinking): Promise<void>;
  /** Those of a site, in the order in which they were made. */
  all(siteId: number): Promise<Relinking[]>;
}

/** @param keyFolder `KEY_DIR`; folder `reassigned` is made in it. */
export function fileKeptLinks(keyFolder: string): KeptLinks {
  const folder = join(keyFolder, "reassigned");
  const pathOf = ({ siteId, atMicros, newKeys }: Relinking) =>
    join(folder, `${siteId}-${atMicros}-${newKeys[0]?.keyUuid ?? "same"}.json`);
  return {
    async put(relinking) {
      await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
      await writeDurably(pathOf(relinking), new TextEncoder().encode(format(relinking)));
    },

    async drop(relinking) {
      await Deno.remove(pathOf(relinking));
    },

    async all(siteId) {
      const found: Relinking[] = [];
      try {
        for await (const { name } of Deno.readDir(folder)) {
          if (!name.startsWith(`${siteId}-`) || !name.endsWith(".json")) continue;
          found.push(parse(await Deno.readTextFile(join(folder, name))));
        }
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
      return found.sort((a, b) => a.atMicros < b.atMicros ? -1 : 1);
    },
  };
}

/** JSON, with bytes and big integers marked. */
function format(relinking: Relinking): string {
  return JSON.stringify(relinking, (_, value) => {
    if (typeof value === "bigint") return { $integer: value.toString() };
    return value instanceof Uint8Array ? { $bytes: value.toBase64() } : value;
  });
}

function parse(text: string): Relinking {
  return JSON.parse(text, (_, value) => {
    if (typeof value?.$integer === "string") return BigInt(value.$integer);
    return typeof value?.$bytes === "string" ? Uint8Array.fromBase64(value.$bytes) : value;
  });
}
