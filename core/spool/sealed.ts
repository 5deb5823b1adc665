/**
 * Layer 6. Recordings of a spool and their keys: what is written is sealed, what is read is opened.
 *
 * @module
 */
import { type KeyStore, PatientErasedError } from "../crypto/key_store.ts";
import { randomKey, seal, unseal, unwrapKey, wrapKey } from "../crypto/seal.ts";
import type { CommitGroup } from "./commit_group.ts";
import { patientUuid, recordingName, recordingPlace } from "./keys.ts";
import type { SpoolRecording } from "./spool.ts";
import type { Tables } from "./tables.ts";

interface RecordingRow {
  readonly recordingNo: number;
  readonly siteId: number;
  readonly name: Uint8Array;
  readonly patientUuid: string;
  readonly wrappedKey: Uint8Array;
}

const COLUMNS = `recording_no AS "recordingNo", site_id AS "siteId", name,
  patient_uuid AS "patientUuid", wrapped_key AS "wrappedKey"`;

/** Keys by recording. */
export class SealedRecordings {
  readonly #tables: () => Tables;
  readonly #commits: CommitGroup;
  readonly #keyStore: KeyStore;
  readonly #rows = new Map<number, RecordingRow>();
  readonly #numbers = new Map<string, number>();
  /** Unwrapped keys, for as long as the patient's key is the one that unwrapped them. */
  readonly #keys = new Map<number, { readonly by: Uint8Array; readonly key: Uint8Array }>();

  constructor(tables: () => Tables, commits: CommitGroup, keyStore: KeyStore) {
    this.#tables = tables;
    this.#commits = commits;
    this.#keyStore = keyStore;
  }

  /**
   * The number of a recording, made with a key of its own the first time.
   *
   * @throws {PatientErasedError} The patient was erased here.
   */
  async numberOf({ siteId, patientId, recordingId }: SpoolRecording): Promise<number> {
    const text = `${siteId}/${patientId}/${recordingId}`;
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const name = recordingName(siteId, patientId, recordingId);
    const uuid = patientUuid(siteId, patientId);
    const patientKey = await this.#keyStore.createPatientKey(uuid);
    const wrapped = wrapKey(patientKey, recordingPlace(siteId, name), randomKey());
    const number = await this.#commits.run(() => {
      const tables = this.#tables();
      tables.sql(
        `INSERT INTO recording (site_id, name, patient_uuid, wrapped_key) VALUES (?, ?, ?, ?)
         ON CONFLICT DO NOTHING`,
      ).run(siteId, name, uuid, wrapped);
      const row = tables.sql("SELECT recording_no AS no FROM recording WHERE name = ?").get(name);
      return Number(row!["no"]);
    });
    this.#numbers.set(text, number);
    return number;
  }

  /** @throws {PatientErasedError} The patient's key is gone: nothing of the recording opens. */
  async keyOf(recordingNo: number): Promise<Uint8Array> {
    const row = this.#row(recordingNo);
    const patientKey = await this.#keyStore.patientKey(row.patientUuid);
    if (patientKey === undefined) {
      throw new PatientErasedError("Cannot open a recording of the spool: its key was destroyed");
    }
    const known = this.#keys.get(recordingNo);
    if (known?.by === patientKey) return known.key;
    const key = unwrapKey(patientKey, recordingPlace(row.siteId, row.name), row.wrappedKey);
    this.#keys.set(recordingNo, { by: patientKey, key });
    return key;
  }

  async seal(recordingNo: number, place: string, bytes: Uint8Array): Promise<Uint8Array> {
    return seal(await this.keyOf(recordingNo), place, bytes);
  }

  /** @throws {CorruptInputError} The bytes are not those that were sealed for this place. */
  async open(recordingNo: number, place: string, sealed: Uint8Array): Promise<Uint8Array> {
    return unseal(await this.keyOf(recordingNo), place, sealed);
  }

  siteOf(recordingNo: number): number {
    return this.#row(recordingNo).siteId;
  }

  /** Destroys the key of a recording's patient. @returns All recordings of the patient. */
  async erase(recordingNo: number): Promise<number[]> {
    const { patientUuid } = this.#row(recordingNo);
    await this.#keyStore.destroyPatientKey(patientUuid);
    const rows = this.#tables().sql(
      `SELECT recording_no AS no FROM recording WHERE patient_uuid = ?`,
    ).all(patientUuid);
    const numbers = rows.map(({ no }) => Number(no));
    for (const number of numbers) this.#keys.delete(number);
    for (const [text, number] of this.#numbers) {
      if (numbers.includes(number)) this.#numbers.delete(text);
    }
    return numbers;
  }

  #row(recordingNo: number): RecordingRow {
    let row = this.#rows.get(recordingNo);
    if (row === undefined) {
      row = this.#tables().sql(`SELECT ${COLUMNS} FROM recording WHERE recording_no = ?`)
        .get(recordingNo) as unknown as RecordingRow;
      this.#rows.set(recordingNo, row);
    }
    return row;
  }
}
