/**
 * Builds a sequencer out of its configuration, and refuses what is not fit.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { parseCheckpoint, parseNote } from "@wavekeep/core/log";
import { checkSchemaVersion, type Logger, openPool } from "@wavekeep/core/service";
import { sleep } from "@wavekeep/core/service/sleep";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { systemClock } from "../system_clock.ts";
import { createAskWitnesses } from "./ask_witnesses.ts";
import { type KeyConfig, type SequencerConfig, witnessesOf } from "./config.ts";
import { fileKeptCheckpoint, type KeptCheckpoint } from "./kept_checkpoint.ts";
import { LogTakenError } from "./log_store.ts";
import { keySeed, type NoteSigner, noteSigner, verifierText } from "./note_key.ts";
import { type ConnectedLogStore, postgresLogStore } from "./postgres_store.ts";
import { LogForkError, Sequencer } from "./sequencer.ts";

/** A sequencer that has the log. */
export interface OpenSequencer {
  readonly sequencer: Sequencer;
  readonly store: ConnectedLogStore;
  readonly kept: KeptCheckpoint;
  readonly signer: NoteSigner;
  /** Begins another log after a restore, with what was signed of the one before. */
  startNewLog(): Promise<void>;
  close(): Promise<void>;
}

/** The lock of a process that died is free within moments; one that is alive keeps it. */
const LOCK_PATIENCE_MS = 5_000;

/**
 * @param options.origin Instead of the configured one, or the log's own.
 * @param options.isOnlooker It does not take the log, and must not make a step.
 * @throws {LogTakenError} Another sequencer has the log.
 * @throws {Error} Keys, role or schema of the server are not as they must be.
 */
export async function openSequencer(
  config: SequencerConfig,
  logger: Logger,
  options: { readonly origin?: string; readonly isOnlooker?: boolean } = {},
): Promise<OpenSequencer> {
  const witnesses = witnessesOf(config);
  const seed = await keySeed(join(config.KEY_DIR, "log.key"));
  const pool = openPool(config.SEQUENCER_DATABASE_URL.reveal(), {
    role: "wavekeep_sequencer",
    // One that holds the log, and one for what is asked beside it.
    max: 2,
    logger,
    applicationName: "wavekeep sequencer",
  });
  const store = postgresLogStore(pool);
  try {
    await checkSchemaVersion(pool);
    if (!options.isOnlooker) await takeLock(store);
    const origin = options.origin ?? config.LOG_ORIGIN ?? (await store.head())?.origin ??
      defaultOrigin(seed);
    const signer = noteSigner(seed, origin, "ed25519");
    const kept = fileKeptCheckpoint(config.KEY_DIR);
    const sequencer = new Sequencer({
      store,
      kept,
      signer,
      askWitnesses: createAskWitnesses(witnesses, { logger }),
      randomBytes: (byteLength) => new Uint8Array(randomBytes(byteLength)),
      nowMicros: () => systemClock.nowMicros(),
      incarnation: async () => {
        const { rows: [row] } = await pool.query<{ incarnation: number }>(
          `select max(incarnation) as "incarnation" from wavekeep.incarnation`,
        );
        return row!.incarnation;
      },
      logger,
    });
    return {
      sequencer,
      store,
      kept,
      signer,
      startNewLog: async () => {
        const head = await store.head();
        const note = await kept.read();
        const before = note && parseCheckpoint(parseNote(note).text).origin;
        if (before === origin) {
          throw new LogForkError(
            `Cannot begin another log: this key has signed one of the name ${origin}`,
          );
        }
        await sequencer.startLog({
          logNumber: (head?.logNumber ?? 0) + 1,
          // Of the log that was kept, which may be one that began after the backup.
          restoredSize: before === head?.origin ? head?.size ?? 0 : 0,
          lastCheckpoint: new TextDecoder().decode(note),
        });
      },
      close: async () => {
        store.release();
        await pool.end();
      },
    };
  } catch (error) {
    store.release();
    await pool.end();
    throw error;
  }
}

/**
 * The log's verifier key as text, from what lies in the key folder alone: under the configured name, else
 * that of the last checkpoint signed, else the log's own.
 */
export async function verifierKeyText(config: KeyConfig): Promise<string> {
  const seed = await keySeed(join(config.KEY_DIR, "log.key"));
  const note = await fileKeptCheckpoint(config.KEY_DIR).read();
  const signed = note && parseCheckpoint(parseNote(note).text).origin;
  const origin = config.LOG_ORIGIN ?? signed ?? defaultOrigin(seed);
  return verifierText(noteSigner(seed, origin, "ed25519"));
}

/** A name that no other installation has: it comes from the key. */
export function defaultOrigin(seed: Uint8Array): string {
  const { key } = noteSigner(seed, "log", "ed25519");
  return `localhost/wavekeep/${formatHex(nodeSha256(key.publicKey)).slice(0, 16)}`;
}

async function takeLock(store: ConnectedLogStore): Promise<void> {
  const untilMs = performance.now() + LOCK_PATIENCE_MS;
  while (!await store.takeLock()) {
    if (performance.now() > untilMs) {
      throw new LogTakenError("Cannot take the log: another sequencer is at work");
    }
    await sleep(200);
  }
}
