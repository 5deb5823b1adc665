/**
 * What a reassignment reads and writes, as an interface with its promises.
 *
 * @module
 */

import type { NewLeaf } from "@wavekeep/core/crypto";

/** A recording, and whose it is now. */
export interface LinkedRecording {
  readonly siteId: number;
  readonly recordingId: string;
  readonly patientUuid: string;
  readonly patientCode: string;
  readonly recordingCode: string;
  /** Of the patient's key that `wrappedKey` was wrapped by. */
  readonly keyUuid: string;
  readonly wrappedKey: Uint8Array;
  /** 16 bytes. */
  readonly reference: Uint8Array;
  /** Of its link: 1 as it was opened. */
  readonly version: number;
}

/** A patient, and the key that its recordings are wrapped by now. */
export interface LinkedPatient {
  readonly patientUuid: string;
  readonly patientCode: string;
  readonly keyUuid: string;
  /** Of its key: 1 as it was added. */
  readonly keyVersion: number;
}

/** A version of a recording's link, about to be stored. */
export interface NewLink {
  /** As it was read: the version that is stored is the next one. */
  readonly before: LinkedRecording;
  readonly patientUuid: string;
  readonly recordingCode: string;
  readonly keyUuid: string;
  readonly wrappedKey: Uint8Array;
  readonly leaf: NewLeaf;
}

/** Everything that one reassignment changes. */
export interface Relinking {
  readonly siteId: number;
  readonly actor: string;
  readonly reason: string;
  readonly atMicros: bigint;
  /** Everybody concerned, as they were read. */
  readonly patients: readonly LinkedPatient[];
  /** Whose key becomes another. */
  readonly newKeys: readonly { readonly of: LinkedPatient; readonly keyUuid: string }[];
  /** At least one. Of who gets a new key every recording that there is. */
  readonly links: readonly NewLink[];
}

/** Writes that have returned survive a crash. */
export interface ReassignStore {
  /** Undefined: the site has no recording that has these codes now. */
  findRecording(
    siteId: number,
    codes: { readonly patientCode: string; readonly recordingCode: string },
  ): Promise<LinkedRecording | undefined>;
  /** Undefined: the site has no such patient. */
  findPatient(siteId: number, patientCode: string): Promise<LinkedPatient | undefined>;
  /** Whatever is the patient's now. */
  recordingsOf(siteId: number, patientUuid: string): Promise<LinkedRecording[]>;
  /** Adds a patient, or finds the one that has the code. */
  addPatient(
    siteId: number,
    patient: { readonly patientUuid: string; readonly patientCode: string; readonly actor: string },
  ): Promise<LinkedPatient>;
  /**
   * All of it with its events and leaves in one transaction, or nothing.
   *
   * @returns False: something of it is no longer as it was read, or a code is taken; nothing was written.
   */
  relink(relinking: Relinking): Promise<boolean>;
  /**
   * Stores again what a database that was restored from a backup has lost: links and keys, with their events
   * and leaves, and patients that were added. What is there stays; of recordings that came after the backup
   * nothing is stored.
   *
   * @returns False: it is there, or something else is in its place.
   */
  restore(relinking: Relinking): Promise<boolean>;
  /** Keys of the site that were replaced by others, whether or not they are destroyed by now. */
  replacedKeys(siteId: number): Promise<string[]>;
}
