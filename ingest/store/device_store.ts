/**
 * Where one-time codes and devices' keys live, as an interface with its promises.
 *
 * Everything here is appended and never changed: a key is enrolled once and revoked once. Two
 * implementations pass the same suite (`device_store_conformance.ts`).
 *
 * @module
 */

import type { Sender } from "./ingest_store.ts";

/** A code about to be kept, by its digest alone. */
export interface NewEnrolmentCode {
  /** 32 bytes. */
  readonly codeDigest: Uint8Array;
  readonly deviceId: string;
  /** µs since 1970, by the server's clock. */
  readonly madeAtMicros: bigint;
  readonly expiresAtMicros: bigint;
}

/** A key about to be enrolled; whose device it is, its code says. */
export interface NewDeviceKey {
  readonly codeDigest: Uint8Array;
  /** H(public key), 32 bytes. */
  readonly keyId: Uint8Array;
  readonly publicKey: Uint8Array;
  /** Signature of the enrolment under the key, 64 bytes. */
  readonly proof: Uint8Array;
  readonly enrolledAtMicros: bigint;
  /** Of its leaf in the log, 32 random bytes. */
  readonly leafSalt: Uint8Array;
  /** Of the leaf that says which device it is of, 32 random bytes. */
  readonly deviceLeafSalt: Uint8Array;
}

/** A revocation about to be stored. */
export interface NewRevocation {
  readonly keyId: Uint8Array;
  readonly reason: string;
  readonly revokedAtMicros: bigint;
  /** Of its leaf in the log, 32 random bytes. */
  readonly leafSalt: Uint8Array;
}

/** An enrolled key. Immutable, but for `revokedAtMicros`. */
export interface StoredDeviceKey {
  readonly siteId: number;
  readonly deviceId: string;
  readonly keyId: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly enrolledAtMicros: bigint;
  /** Null while it is good. */
  readonly revokedAtMicros: bigint | null;
}

/** Which keys to list. */
export interface DeviceKeyFilter {
  /** At most so many. */
  readonly limit: number;
  /** Those behind this one. */
  readonly after?: Pick<StoredDeviceKey, "enrolledAtMicros" | "keyId"> | undefined;
  readonly deviceId?: string | undefined;
  readonly keyId?: Uint8Array | undefined;
}

/**
 * What became of an enrolment. `refused`: there is no such code, it has expired, or another key used it.
 * `key-taken`: the key was enrolled before, by another code.
 */
export type EnrolmentResult =
  | { readonly outcome: "stored" | "repeated"; readonly key: StoredDeviceKey }
  | { readonly outcome: "refused" | "key-taken" };

/** Codes and keys. Throws what `IngestStore` throws; what returned survives a crash. */
export interface DeviceStore {
  /** Keeps a code until it is used or expires. */
  putEnrolmentCode(sender: Sender, code: NewEnrolmentCode): Promise<void>;

  /** Enrols a key under its code, with an event; the same key under the same code again is a repeat. */
  enrolDeviceKey(sender: Sender, key: NewDeviceKey): Promise<EnrolmentResult>;

  findDeviceKey(siteId: number, keyId: Uint8Array): Promise<StoredDeviceKey | undefined>;

  /** Keys of a site, the newest first: by the moment of enrolment, then by id, both falling. */
  listDeviceKeys(siteId: number, filter: DeviceKeyFilter): Promise<StoredDeviceKey[]>;

  /** Whether the site asks for signatures of every segment that is opened. */
  devicesMustSign(siteId: number): Promise<boolean>;

  /** Ids of the keys that are revoked. */
  revokedKeyIds(siteId: number): Promise<Uint8Array[]>;

  /** Revokes a key for good, with an event; again is a repeat, whatever the reason. */
  revokeDeviceKey(
    sender: Sender,
    revocation: NewRevocation,
  ): Promise<"stored" | "repeated" | "unknown">;
}
