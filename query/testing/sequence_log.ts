/**
 * A log made of a database's outbox in one go: for tests of whoever reads the log.
 *
 * Not the sequencer: it shares no code with it, keeps nothing between calls, and writes as the owner.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { nodeSha256 } from "@wavekeep/core/crypto";
import {
  decodeLogEntry,
  encodeEntryBundle,
  encodeLeafContent,
  encodeLogEntry,
  encodeTile,
  formatCheckpoint,
  formatNote,
  hashLeaf,
  type LeafContent,
  makeLogEntry,
  MerkleTree,
  newTiles,
  signNote,
  type VerifierKey,
} from "@wavekeep/core/log";
import { ed25519Of } from "../../core/testing/ed25519.ts";
import { inDatabase } from "../../core/testing/test_database.ts";

const ORIGIN = "wavekeep.test/log";

/** A log that was made, and how to verify it. */
export interface SequencedLog {
  readonly size: number;
  readonly logKey: VerifierKey;
  /** The signed checkpoint of an earlier size. */
  checkpointAt(size: number): Promise<Uint8Array>;
}

/** Puts everything of the outbox into a new log. */
export async function sequenceLog(
  ownerUrl: string,
  options: { origin?: string; startedAtMicros?: bigint } = {},
): Promise<SequencedLog> {
  const log = await ed25519Of(new Uint8Array(32).fill(5));
  return await inDatabase(ownerUrl, async (client) => {
    const { rows: [last] } = await client.query<{ number: number }>(
      "select coalesce(max(log_no), 0) + 1 as number from wavekeep.log_head",
    );
    const { number } = last!;
    const origin = `${ORIGIN}/${number}`;
    const signedOrigin = options.origin ?? origin;
    const logKey: VerifierKey = { name: signedOrigin, type: "ed25519", publicKey: log.publicKey };
    const start: LeafContent = {
      type: "log-start",
      siteId: 0,
      startedAtMicros: options.startedAtMicros ?? 1n,
      incarnation: 1,
      restoredSize: 0,
      lastCheckpoint: "",
    };
    const salt = new Uint8Array(randomBytes(32));
    const pseudonym = new Uint8Array(16);
    const first = encodeLogEntry(makeLogEntry({ pseudonym, salt, content: start }, nodeSha256));
    const entries: Uint8Array[] = [first];
    const { rows } = await client.query<Record<string, never>>(
      `select event_id, xid::text, leaf_entry, recording_id, segment_no, stream_no, sequence
        from wavekeep.event where leaf_entry is not null order by xid, event_id`,
    );
    for (const row of rows) {
      const { event_id: eventId, leaf_entry: entry, recording_id: recordingId } = row;
      const isChunk = decodeLogEntry(new Uint8Array(entry!)).type === "chunk";
      await client.query(
        `insert into wavekeep.log_index (log_no, first_index, leaf_count, segment_no, recording_id,
            stream_no, first_sequence, event_id) values ($7, $1, 1, $2, $3, $4, $5, $6)`,
        [
          ...[entries.length, row["segment_no"], recordingId, row["stream_no"]],
          ...(isChunk ? [row["sequence"], null] : [null, eventId]),
          number,
        ],
      );
      entries.push(new Uint8Array(entry!));
    }
    const tree = new MerkleTree(nodeSha256);
    for (const entry of entries) tree.append(hashLeaf(entry, nodeSha256));
    for (const tile of newTiles(0, entries.length)) {
      const insert = `insert into wavekeep.log_tile values (${number}, $1, $2, $3, $4)`;
      const { level, index, width } = tile;
      await client.query(insert, [level, index, width, encodeTile(tile, tree.nodeHashOf)]);
      if (level !== 0) continue;
      const bundle = encodeEntryBundle(entries.slice(index * 256, index * 256 + width));
      await client.query(insert, [-1, index, width, bundle]);
    }
    const checkpointAt = async (size: number) => {
      const root = tree.root(size);
      const text = formatCheckpoint({ origin: signedOrigin, size, root, extensions: [] });
      const signature = await signNote(text, { key: logKey, sign: log.sign, sha256: nodeSha256 });
      return formatNote({ text, signatures: [signature] });
    };
    await client.query(
      `insert into wavekeep.log_head (log_no, origin, start_salt, start_content, size, root, note,
          checkpoint, checkpoint_size, cursor_xid, cursor_event_id)
        values ($7, $1, $2, $3, $4, $5, $6, $6, $4, $8::text::xid8, $9::bigint)`,
      [
        ...[origin, salt, encodeLeafContent(start), entries.length, tree.root()],
        await checkpointAt(entries.length),
        number,
        ...[rows.at(-1)?.["xid"] ?? "0", rows.at(-1)?.["event_id"] ?? 0],
      ],
    );
    return { size: entries.length, logKey, checkpointAt };
  });
}
