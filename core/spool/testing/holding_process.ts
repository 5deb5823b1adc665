/**
 * A process that holds chunks as fast as its disk takes them, and says so: to be killed.
 *
 * Arguments: folder of the spool, folder of the keys, first sequence. Each line of its output is the last sequence
 * that it may call held.
 *
 * @module
 */
import { fileKeyStore } from "../../crypto/key_store.ts";
import { openSpool } from "../open_spool.ts";
import { chunkOf, receiptOf, RECORDING, SENDER, wish } from "./held.ts";

const [folder, keys, first] = Deno.args;
const keyStore = await fileKeyStore(keys!);
// Small enough for tidying to keep up, so that pages are used again.
const spool = await openSpool(folder!, { keyStore, quotaBytes: 1e9, keepMs: 50 });
const recordingNo = await spool.recording(RECORDING);
const encoder = new TextEncoder();
for (let sequence = Number(first);; sequence++) {
  const chunk = chunkOf(recordingNo, sequence);
  await spool.holdChunks(SENDER, [chunk], []);
  Deno.stdout.writeSync(encoder.encode(`${sequence}\n`));
  if (sequence % 4 !== 0) continue;
  // Some of it is sent on meanwhile, and what is old enough is deleted.
  const batch = await spool.nextBatch({ ...wish, chunksMax: 4 });
  await spool.noteStored(
    (batch?.entries ?? []).map(({ entryNo, chunk }) => ({
      entryNo,
      receipt: receiptOf(chunkOf(recordingNo, chunk!.sequence)),
    })),
    null,
  );
  await spool.tidy();
}
