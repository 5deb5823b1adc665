import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { decodeLeafContent, parseCheckpoint, parseNote } from "@wavekeep/core/log";
import { createLogger, parseConfig } from "@wavekeep/core/service";
import { createTestDatabase, inDatabase } from "../../core/testing/test_database.ts";
import { SequencerConfig } from "./config.ts";
import { openSequencer } from "./open_sequencer.ts";
import { LogForkError } from "./sequencer.ts";

const logger = createLogger({ service: "test", write: () => {} });

Deno.test("startNewLog() takes no name that this key has signed, whatever the database says", async () => {
  const lost = await createTestDatabase("new_log_lost");
  const restored = await createTestDatabase("new_log_restored");
  if (lost === undefined || restored === undefined) return;
  const folder = await Deno.makeTempDir();
  const open = (url: string, origin: string) =>
    openSequencer(
      parseConfig(SequencerConfig, { "SEQUENCER_DATABASE_URL": url, "KEY_DIR": folder }),
      logger,
      { origin },
    );
  try {
    const first = await open(lost.sequencerUrl, "example.org/first");
    await first.sequencer.step();
    await first.close();
    // Back to before that log: the database knows nothing of it, and its name is taken all the same.
    const again = await open(restored.sequencerUrl, "example.org/first");
    await rejects(again.startNewLog(), LogForkError);
    strictEqual(await again.store.head(), undefined);
    await again.close();
    const next = await open(restored.sequencerUrl, "example.org/second");
    await next.startNewLog();
    strictEqual((await next.store.head())?.origin, "example.org/second");
    await next.close();
    const { rows: [row] } = await inDatabase(
      restored.ownerUrl,
      (client) => client.query(`select start_content as "content" from wavekeep.log_head`),
    );
    const content = decodeLeafContent(new Uint8Array(row.content));
    if (content.type !== "log-start") throw new Error("a log begins with its start");
    const { origin } = parseCheckpoint(
      parseNote(new TextEncoder().encode(content.lastCheckpoint)).text,
    );
    // Nothing of the log that was kept came back.
    deepStrictEqual([origin, content.restoredSize], ["example.org/first", 0]);
  } finally {
    await lost.drop();
    await restored.drop();
    await Deno.remove(folder, { recursive: true });
  }
});
