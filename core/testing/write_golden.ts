/**
 * Testing. Writes the golden chunks that are missing; an existing one is never touched.
 *
 * Run it once when a row is added: `deno run -RW core/testing/write_golden.ts`.
 *
 * @module
 */

import { encodeChunk } from "../chunk/mod.ts";
import { GOLDEN_CHUNKS, sha256 } from "./golden_chunks.ts";

for (const { file, input } of GOLDEN_CHUNKS) {
  const url = new URL(`golden/${file}`, import.meta.url);
  try {
    await Deno.writeFile(url, encodeChunk(input, sha256).bytes, { createNew: true });
  } catch (err) {
    if (!(err instanceof Deno.errors.AlreadyExists)) throw err;
  }
}
