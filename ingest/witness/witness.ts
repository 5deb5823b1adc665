/**
 * A witness: signs a checkpoint when it only adds to what it has signed before, and never otherwise.
 *
 * Sole owner of the verdict and of the order of its checks, which is that of C2SP tlog-witness. It believes
 * nobody: not the log, whose history it checks, and not itself, whose memory is a file that was on disk before
 * the signature left. Requests about one log are taken one after the other, so check and store are one.
 *
 * @see https://c2sp.org/tlog-witness
 * @module
 */

import { equalBytes } from "@wavekeep/core/bytes";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { isCoreError } from "@wavekeep/core/error";
import {
  type AddCheckpoint,
  type Checkpoint,
  cosignNote,
  formatSignatureLine,
  merkleRoot,
  type Note,
  parseAddCheckpoint,
  parseCheckpoint,
  parseNote,
  type VerifierKey,
  verifyConsistency,
  verifyNote,
} from "@wavekeep/core/log";
import { NOTE_CRYPTO, type NoteSigner } from "../log/note_key.ts";

/** What a witness remembers of a log. */
export interface WitnessMemory {
  /** The last checkpoint that was signed, as the log's note; undefined before the first. */
  read(log: VerifierKey): Promise<Uint8Array | undefined>;
  /** When it has returned, the note survives a crash of this machine. */
  write(log: VerifierKey, note: Uint8Array): Promise<void>;
}

/** The answer to a request. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly contentType: string;
  readonly body: string;
}

/** What a witness works with. */
export interface WitnessDeps {
  readonly signer: NoteSigner;
  /** Logs that it signs for; the name of a key is its log's origin. */
  readonly logs: readonly VerifierKey[];
  readonly memory: WitnessMemory;
  readonly nowSeconds: () => number;
}

const PLAIN = "text/plain; charset=utf-8";
/** As the specification spells it, without a character set. */
const SIZE_MEDIA_TYPE = "text/x.tlog.size";

/** Answers `POST add-checkpoint`. Safe for concurrent use. */
export class Witness {
  readonly #deps: WitnessDeps;
  /** The end of the line for each log. */
  readonly #lines = new Map<string, Promise<unknown>>();

  constructor(deps: WitnessDeps) {
    this.#deps = deps;
  }

  /**
   * Judges one request, and signs.
   *
   * @throws What the memory throws; nothing was signed then.
   */
  async addCheckpoint(body: Uint8Array): Promise<WitnessAnswer> {
    let request: AddCheckpoint, note: Note, checkpoint: Checkpoint;
    try {
      request = parseAddCheckpoint(body);
      note = parseNote(request.checkpoint);
      checkpoint = parseCheckpoint(note.text);
    } catch (error) {
      return refusal(400, error);
    }
    const { origin } = checkpoint;
    const keys = this.#deps.logs.filter(({ name }) => name === origin);
    if (keys.length === 0) return refusal(404, "the log is not known here");
    let log: VerifierKey;
    try {
      // It throws rather than give none.
      log = (await verifyNote(note, { keys, crypto: NOTE_CRYPTO }))[0]!.key;
    } catch (error) {
      return refusal(403, error);
    }
    if (request.oldSize > checkpoint.size) {
      return refusal(400, `old size ${request.oldSize} is above the checkpoint's`);
    }
    const before = this.#lines.get(origin) ?? Promise.resolve();
    const answer = before.catch(() => {}).then(() =>
      this.#judge(log, { request, note, checkpoint })
    );
    this.#lines.set(origin, answer);
    return await answer;
  }

  async #judge(
    log: VerifierKey,
    { request, note, checkpoint }: {
      readonly request: AddCheckpoint;
      readonly note: Note;
      readonly checkpoint: Checkpoint;
    },
  ): Promise<WitnessAnswer> {
    const { signer, memory, nowSeconds } = this.#deps;
    const stored = await memory.read(log);
    const last = stored === undefined
      ? { size: 0, root: merkleRoot([], nodeSha256) }
      : parseCheckpoint(parseNote(stored).text);
    // Also a rollback: yesterday's log asks from a size that is below what was signed.
    if (request.oldSize !== last.size) {
      return { status: 409, contentType: SIZE_MEDIA_TYPE, body: `${last.size}\n` };
    }
    const { size, root } = checkpoint;
    if (size === last.size && !equalBytes(root, last.root)) {
      return refusal(409, `another tree of ${size} leaves was signed before`);
    }
    try {
      verifyConsistency({
        oldSize: last.size,
        oldRoot: last.root,
        newSize: size,
        newRoot: root,
        proof: request.proof,
      }, nodeSha256);
    } catch (error) {
      return refusal(422, error);
    }
    // On disk before the signature exists: a crash in between forgets a signature that nobody has, while the
    // other order would let a restart sign a fork.
    await memory.write(log, request.checkpoint);
    const line = await cosignNote(note.text, {
      ...signer,
      timestampSeconds: nowSeconds(),
      sha256: nodeSha256,
    });
    return { status: 200, contentType: PLAIN, body: formatSignatureLine(line) };
  }
}

/** @throws {unknown} What is no refusal: a bug of ours, or a disk that fails. */
function refusal(status: 400 | 403 | 404 | 409 | 422, why: unknown): WitnessAnswer {
  if (typeof why !== "string" && !isCoreError(why)) throw why;
  const text = typeof why === "string" ? why : why.message;
  return { status, contentType: PLAIN, body: `${text}\n` };
}
