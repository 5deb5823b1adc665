/**
 * What holding costs: one chunk a commit, and as many as come together.
 *
 * Measured 2026-11-21 (two cores, other work beside it; 4 KB chunks, sealing included): see decision 0033.
 *
 * @module
 */
import { fileKeyStore } from "../crypto/mod.ts";
import { openSpool } from "./mod.ts";
import { chunkOf, RECORDING, SENDER } from "./testing/held.ts";

const root = await Deno.makeTempDir();
const keyStore = await fileKeyStore(`${root}/keys`, { create: true });
const spool = await openSpool(`${root}/spool`, { keyStore, quotaBytes: 1e11 });
const recordingNo = await spool.recording(RECORDING);
let sequence = 0;
const next = (byteLength: number) => {
  const chunk = chunkOf(recordingNo, sequence++);
  return { ...chunk, bytes: new Uint8Array(byteLength) };
};

Deno.bench("hold one 4 KB chunk, durable", async () => {
  await spool.holdChunks(SENDER, [next(4_000)], []);
});

Deno.bench("hold one 16 KB chunk, durable", async () => {
  await spool.holdChunks(SENDER, [next(16_384)], []);
});

Deno.bench("hold 32 chunks of 4 KB, each in a request of its own at the same moment", async () => {
  await Promise.all(Array.from({ length: 32 }, () => spool.holdChunks(SENDER, [next(4_000)], [])));
});

Deno.bench("hold 64 chunks of 4 KB in one request", async () => {
  await spool.holdChunks(SENDER, Array.from({ length: 64 }, () => next(4_000)), []);
});

globalThis.addEventListener("unload", () => Deno.removeSync(root, { recursive: true }));
