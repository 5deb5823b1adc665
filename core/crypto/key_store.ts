/**
 * Layer 6. Where patients' keys live: outside PostgreSQL and outside its backups.
 *
 * Sole owner of the key folder. `master.key` holds 32 random bytes; `patients/UUID.key` holds a
 * patient's key sealed by the master key. Destroying a patient's file, which leaves an empty `UUID.erased`, erases the patient: every
 * recording key is wrapped by that key, so nothing of the patient opens again, in no backup either.
 *
 * Hazards: losing `master.key` erases everybody, so it has to be backed up apart from the database.
 * Files are 0600 below a 0700 folder and a looser mode is refused, not repaired: somebody may have read
 * it already.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { CorruptInputError } from "../error.ts";
import { BoundedMap } from "../service/bounded_map.ts";
import { KEY_BYTES, randomKey, unwrapKey, wrapKey } from "./seal.ts";
import { keyedDigest } from "./sha256.ts";

/**
 * Keys of patients. Safe for concurrent use, also by several processes on one folder.
 *
 * A key that was returned by `createPatientKey` survives a crash of this machine.
 */
export interface KeyStore {
  /**
   * Makes the patient's key; returns the one that is there when another caller was faster.
   *
   * @throws {PatientErasedError} It was destroyed: what it sealed would look damaged beside what another
   * one seals.
   */
  createPatientKey(patientUuid: string): Promise<Uint8Array>;
  /** The patient's key, or undefined: never made, or destroyed. */
  patientKey(patientUuid: string): Promise<Uint8Array | undefined>;
  /** Destroys the patient's key. What it sealed can never be read again. */
  destroyPatientKey(patientUuid: string): Promise<void>;
  /**
   * Whether the key was destroyed, or its destruction has begun; false where there never was one. There is no way
   * back from it.
   */
  isDestroyed(patientUuid: string): Promise<boolean>;
}

/** The patient's key was destroyed on request; there will be no other. */
export class PatientErasedError extends Error {
  override readonly name = "PatientErasedError";
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Patients whose keys are remembered. What hangs on a key goes with it (a kilobyte for each of its recordings in
 * ingest), and who comes again costs three looks at the key folder.
 */
const PATIENTS_MAX = 20_000;

/** How long a process may use a patient's key after another one has destroyed it. */
export const KEY_CACHE_MS = 5_000;

/**
 * Opens a key folder, making it and its master key when `create` is set and there is none.
 *
 * @param options.create Only `start` and an operator make a master key; a service that cannot find one
 * must not invent another, or it would seal with a key nobody backs up.
 * @param options.cacheMs How long a patient's key is used before its file is looked at again: the longest
 * time an erasure in another process may go unnoticed. Default: 5 s.
 * @throws {Error} The folder or the master key is missing, open to others, or not ours to read.
 */
export async function fileKeyStore(
  folder: string,
  options: { create?: boolean; cacheMs?: number } = {},
): Promise<KeyStore> {
  const patients = join(folder, "patients");
  if (options.create) {
    await Deno.mkdir(patients, { recursive: true, mode: 0o700 });
    await writeOnce(join(folder, "master.key"), randomKey());
  }
  const master = await readMaster(folder);
  return new FileKeyStore(patients, master, options.cacheMs ?? KEY_CACHE_MS);
}

async function readMaster(folder: string): Promise<Uint8Array> {
  await refuseOpenMode(folder, 0o700);
  const master = await readPrivate(join(folder, "master.key"));
  if (master === undefined) {
    throw new Error(`Cannot open key store: ${join(folder, "master.key")} is missing`);
  }
  if (master.byteLength !== KEY_BYTES) {
    throw new CorruptInputError(
      `Cannot open key store: master key has ${master.byteLength} bytes, not ${KEY_BYTES}`,
    );
  }
  return master;
}

/**
 * Keys of a service itself, of nobody's data: made out of the master key and a purpose, so that none of them
 * has to be kept, and none tells of another.
 *
 * @param folder As of {@link fileKeyStore}; it has to be there.
 * @returns The 32 bytes of a purpose, such as `wavekeep/totp-seed/v1`.
 * @throws {Error} The folder or the master key is missing, or open to others.
 */
export async function openServiceKeys(folder: string): Promise<ServiceKeys> {
  const master = await readMaster(folder);
  return (purpose) => keyedDigest(master, new TextEncoder().encode(`service key\0${purpose}`));
}

/** The key of a purpose; the same each time. */
export type ServiceKeys = (purpose: string) => Uint8Array;

/** Uuids of the patients whose keys were destroyed on request. */
export async function erasedPatients(folder: string): Promise<ReadonlySet<string>> {
  const erased = new Set<string>();
  for await (const { name } of Deno.readDir(join(folder, "patients"))) {
    const uuid = name.slice(0, -".erased".length);
    if (name.endsWith(".erased") && UUID.test(uuid)) erased.add(uuid);
  }
  return erased;
}

/** A file or folder as it was seen: equal stamps, and neither young, mean that nothing changed. */
interface Stamp {
  readonly text: string;
  /** When it was last changed and when it was looked at, in milliseconds since 1970. */
  readonly changedAt: number;
  readonly seenAt: number;
}

/** The folder of the patients' keys, as it was seen; another object once it has changed. */
interface SeenFolder {
  readonly stamp: Stamp;
  /** When it has to be looked at again, by `performance.now()`. */
  until: number;
}

/** A patient's key, and what it was read from. */
interface CachedKey {
  readonly key: Uint8Array;
  readonly stamp: Stamp;
  /** Seen before the file was: while it is unchanged the file has not been removed. */
  folder: SeenFolder;
  /** When the folder, and when the file itself has to be looked at again, by `performance.now()`. */
  until: number;
  fileUntil: number;
}

/** A file system's clock may stand still for some milliseconds: a younger file could change unseen. */
const SETTLED_MS = 1_000;

/**
 * An erasure removes a file, and that shows in the folder: one look tells it of thousands of patients. What a
 * folder does not show, another mode or bytes that were overwritten in place, may wait longer.
 */
const LOOKS_A_FILE = 12;

function stampOf(file: Deno.FileInfo, seenAt: number): Stamp {
  const changedAt = file.ctime?.getTime() ?? Infinity;
  const text = [file.dev, file.ino, file.size, file.mode, file.mtime?.getTime(), changedAt].join();
  return { text, changedAt, seenAt };
}

/** Whether it is the one that was seen before, unchanged. */
function isUnchanged(before: Stamp, now: Stamp): boolean {
  return before.changedAt < before.seenAt - SETTLED_MS && before.text === now.text;
}

class FileKeyStore implements KeyStore {
  readonly #folder: string;
  readonly #master: Uint8Array;
  readonly #cacheMs: number;
  readonly #cache = new BoundedMap<string, CachedKey>(PATIENTS_MAX);
  #seenFolder: SeenFolder | undefined;
  #looking: Promise<SeenFolder> | undefined;

  constructor(folder: string, master: Uint8Array, cacheMs: number) {
    this.#folder = folder;
    this.#master = master;
    this.#cacheMs = cacheMs;
  }

  async createPatientKey(patientUuid: string): Promise<Uint8Array> {
    const path = this.#path(patientUuid);
    await this.#refuseErased(patientUuid);
    await writeOnce(path, wrapKey(this.#master, place(patientUuid), randomKey()));
    // Read back: when two callers raced, both must use the key that is on disk.
    const key = await this.patientKey(patientUuid);
    // An erasure leaves its mark before it removes the key: one that came between is seen here at last.
    if (await this.isDestroyed(patientUuid)) await this.destroyPatientKey(patientUuid);
    await this.#refuseErased(patientUuid);
    if (key === undefined) throw new Error("Cannot make a patient key: it was destroyed meanwhile");
    return key;
  }

  async #refuseErased(patientUuid: string): Promise<void> {
    if (!await this.isDestroyed(patientUuid)) return;
    throw new PatientErasedError("Cannot make a patient key: the patient was erased");
  }

  async isDestroyed(patientUuid: string): Promise<boolean> {
    return await statPrivate(this.#erasedPath(patientUuid), 0o600) !== undefined;
  }

  async patientKey(patientUuid: string): Promise<Uint8Array | undefined> {
    const cached = this.#cache.get(patientUuid);
    if (cached !== undefined && performance.now() < cached.until) return cached.key;
    const path = this.#path(patientUuid);
    const folder = await this.#lookAtFolder();
    if (cached?.folder === folder && performance.now() < cached.fileUntil) {
      // Nothing was removed, so the patient was not erased.
      cached.until = folder.until;
      return cached.key;
    }
    // Looked at before it is read: what is remembered of a file is never newer than its bytes.
    const seenAt = Date.now();
    const file = await statPrivate(path, 0o600);
    const stamp = file && stampOf(file, seenAt);
    const fileUntil = performance.now() + LOOKS_A_FILE * this.#cacheMs;
    if (cached !== undefined && stamp !== undefined && isUnchanged(cached.stamp, stamp)) {
      // The very file it was read from is still there.
      cached.folder = folder;
      cached.until = folder.until;
      cached.fileUntil = fileUntil;
      return cached.key;
    }
    this.#cache.delete(patientUuid);
    const wrapped = stamp && await readIfThere(path);
    if (stamp === undefined || wrapped === undefined) return undefined;
    const key = unwrapKey(this.#master, place(patientUuid), wrapped);
    this.#cache.set(patientUuid, { key, stamp, folder, until: folder.until, fileUntil });
    return key;
  }

  /** One look for all who ask at the same time, and for all who come in the next `cacheMs`. */
  #lookAtFolder(): Promise<SeenFolder> | SeenFolder {
    const seen = this.#seenFolder;
    if (seen !== undefined && performance.now() < seen.until) return seen;
    return this.#looking ??= this.#stampFolder(seen).finally(() => this.#looking = undefined);
  }

  async #stampFolder(before: SeenFolder | undefined): Promise<SeenFolder> {
    const until = performance.now() + this.#cacheMs;
    const seenAt = Date.now();
    const stamp = stampOf(await Deno.stat(this.#folder), seenAt);
    if (before === undefined || !isUnchanged(before.stamp, stamp)) {
      return this.#seenFolder = { stamp, until };
    }
    before.until = until;
    return before;
  }

  async destroyPatientKey(patientUuid: string): Promise<void> {
    const path = this.#path(patientUuid);
    // The mark first, and durable: a key that was gone without it could be made once more.
    await writeOnce(this.#erasedPath(patientUuid), new Uint8Array(0));
    this.#cache.delete(patientUuid);
    try {
      // Overwritten first: where the file system does it in place, the bytes are gone as well.
      const file = await Deno.open(path, { write: true });
      await file.write(randomKey());
      await file.syncData();
      file.close();
      await Deno.remove(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    await syncFolder(this.#folder);
  }

  #erasedPath(patientUuid: string): string {
    return this.#path(patientUuid).replace(/\.key$/, ".erased");
  }

  #path(patientUuid: string): string {
    // The only part of a path that comes from outside.
    if (!UUID.test(patientUuid)) throw new RangeError("Cannot find a patient key: id is no UUID");
    return join(this.#folder, `${patientUuid}.key`);
  }
}

function place(patientUuid: string): string {
  return `key/patient/${patientUuid}`;
}

/**
 * Writes a file that appears whole or not at all, and only when there is none.
 *
 * The order matters: bytes to disk, then the name, then the folder. A key that was used before its file
 * was durable would lose what it sealed in a power cut.
 */
async function writeOnce(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.${crypto.randomUUID()}.new`;
  const file = await Deno.open(draft, { write: true, createNew: true, mode: 0o600 });
  try {
    let offset = 0;
    while (offset < bytes.byteLength) offset += await file.write(bytes.subarray(offset));
    await file.sync();
  } finally {
    file.close();
  }
  try {
    // A hard link fails where a rename would overwrite.
    await Deno.link(draft, path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  } finally {
    await Deno.remove(draft);
  }
  await syncFolder(dirname(path));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await Deno.open(folder, { read: true });
  try {
    await handle.sync();
  } finally {
    handle.close();
  }
}

async function readPrivate(path: string): Promise<Uint8Array | undefined> {
  const file = await statPrivate(path, 0o600);
  return file && await readIfThere(path);
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** What the system says of a file that is ours alone; undefined when there is none. */
async function statPrivate(path: string, mode: number): Promise<Deno.FileInfo | undefined> {
  try {
    return await refuseOpenMode(path, mode);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function refuseOpenMode(path: string, mode: number): Promise<Deno.FileInfo> {
  const file = await Deno.stat(path);
  const { mode: found } = file;
  if (found !== null && (found & 0o077) !== 0) {
    const octal = (value: number) => `0${(value & 0o777).toString(8)}`;
    throw new Error(
      `Cannot use ${path}: mode is ${octal(found)}, others can reach it; make it ${
        octal(mode)
      }, and ` +
        "think about who may have read it",
    );
  }
  return file;
}
