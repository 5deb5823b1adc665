/**
 * Testing. Writes the golden chunks and sets that are missing; an existing one is never touched.
 *
 * Run it once when a row is added: `deno run -RW core/testing/write_golden.ts`.
 *
 * @module
 */

import { encodeChunk } from "../chunk/mod.ts";
import { GOLDEN_CHUNKS, sha256 } from "./golden_chunks.ts";
import {
  encodeGolden,
  GOLDEN_CROSS_CHANNEL,
  goldenChunkFile,
  goldenSetFile,
  makeGoldenSet,
  setOfRecord,
} from "./golden_cross_channel.ts";

const FOLDER = new URL("golden/", import.meta.url);

for (const { file, input } of GOLDEN_CHUNKS) {
  await writeMissing(file, () => encodeChunk(input, sha256).bytes);
}
for (const golden of GOLDEN_CROSS_CHANNEL) {
  await writeMissing(goldenSetFile(golden), () => makeGoldenSet(golden));
  const record = await Deno.readFile(new URL(goldenSetFile(golden), FOLDER));
  await writeMissing(goldenChunkFile(golden), () => encodeGolden(golden, setOfRecord(record)));
}

async function writeMissing(file: string, make: () => Uint8Array): Promise<void> {
  const url = new URL(file, FOLDER);
  const isThere = await Deno.stat(url).then(() => true, () => false);
  if (!isThere) await Deno.writeFile(url, make(), { createNew: true });
}
