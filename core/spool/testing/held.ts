/**
 * A spool in a folder of its own, and chunks for it that are anything but EEG.
 *
 * @module
 */
import { fileKeyStore, type KeyStore } from "../../crypto/key_store.ts";
import { nodeSha256 } from "../../crypto/sha256.ts";
import type { Receipt } from "../../wire/mod.ts";
import type { ChunkToHold, Spool } from "../spool.ts";
import { openSpool } from "../open_spool.ts";
import type { SpoolOptions } from "../sqlite_spool.ts";

export const SENDER = { siteId: 1, subject: "amp-1", keyId: null };
export const RECORDING = { siteId: 1, patientId: "patient-7", recordingId: "night-1" };
export const SEGMENT = new Uint8Array(16).fill(7);

/** A folder, its keys, and the spool as it is opened and opened again. */
export interface SpoolStage {
  readonly folder: string;
  readonly keyStore: KeyStore;
  readonly alarms: string[];
  open(options?: Partial<SpoolOptions>): Promise<Spool>;
}

/** Runs `work` with a stage, which is gone afterwards. */
export async function withSpool(work: (stage: SpoolStage) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "wavekeep-spool-" });
  try {
    const keyStore = await fileKeyStore(`${root}/keys`, { create: true, cacheMs: 0 });
    const alarms: string[] = [];
    const folder = `${root}/spool`;
    const onAlarm = (what: string) => void alarms.push(what);
    const open = (options: Partial<SpoolOptions> = {}) =>
      openSpool(folder, { keyStore, quotaBytes: 1e8, onAlarm, ...options });
    await work({ folder, keyStore, alarms, open });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** A chunk of stream 0; the same sequence and value give the same chunk. */
export function chunkOf(
  recordingNo: number,
  sequence: number,
  changes: Partial<ChunkToHold> & { value?: number } = {},
): ChunkToHold {
  const { value = 0, ...fields } = changes;
  const bytes = new TextEncoder().encode(`chunk ${sequence} value ${value}`);
  return {
    recordingNo,
    segmentId: SEGMENT,
    stream: 0,
    sequence,
    chunkDigest: nodeSha256(bytes),
    setDigest: null,
    needsNext: false,
    bytes,
    ...fields,
  };
}

/** What ingest would say of it. */
export function receiptOf(chunk: ChunkToHold, incarnation = 1): Receipt {
  const digest = chunk.chunkDigest.toHex();
  return {
    "segment_id": chunk.segmentId.toHex(),
    stream: chunk.stream,
    sequence: chunk.sequence,
    "chunk_digest": digest,
    "stored_digest": digest,
    "received_at": "2026-11-21T17:00:00Z",
    incarnation,
    "leaf_hash": digest,
    "key_id": null,
    signature: null,
  };
}

/** Takes the next batch, all of it live when `liveAfter` is 0. */
export const wish = {
  lane: "live" as const,
  liveAfter: 0,
  isExcluded: () => false,
  isAlone: () => false,
  chunksMax: 64,
  bytesMax: 1 << 20,
};
