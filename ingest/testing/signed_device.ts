// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * A device with a key, in front of the test application: it enrols, opens a segment, and signs.
 *
 * @module
 */

import { strictEqual } from "node:assert/strict";
import {
  chunkDigest,
  type ChunkInput,
  chunkSignatureMessage,
  deviceKeyId,
  encodeLossRecord,
  enrolmentCodeDigest,
  enrolmentSignatureMessage,
  type LossRecord,
  lossRecordDigest,
  lossRecordSignatureMessage,
  readChunkHeader,
  segmentSignatureMessage,
  type SignaturePolicy,
  withSignature,
} from "@wavekeep/core/chunk";
import { type Ed25519Signer, ed25519Signer, nodeSha256 } from "@wavekeep/core/crypto";
import { Fixture, OPEN_RECORDING, PATIENT, RECORDING } from "./fixtures.ts";
import { send, type TestApp } from "./test_app.ts";

/** A key and its name. */
export interface TestKey extends Ed25519Signer {
  readonly keyId: Uint8Array;
}

/** The key of a seed byte. */
export function testKey(seed: number): TestKey {
  const signer = ed25519Signer(new Uint8Array(32).fill(seed));
  return { ...signer, keyId: deviceKeyId(signer.publicKey, nodeSha256) };
}

/** Body of `POST /devices/enrol`. */
export function enrolment(key: Ed25519Signer, code: string) {
  const codeDigest = enrolmentCodeDigest(code, nodeSha256);
  const siteId = Number(code.split("-")[0]);
  const message = enrolmentSignatureMessage(
    { siteId, codeDigest, publicKey: key.publicKey },
    nodeSha256,
  );
  return {
    code,
    public_key: key.publicKey.toBase64(),
    proof: key.sign(message).toBase64(),
  };
}

/** Makes a code and enrols the key with it. */
export async function enrol(
  { app }: Pick<TestApp, "app">,
  key: Ed25519Signer,
  device_id = "amp-1",
): Promise<void> {
  const made = await send(app, "POST", "/devices/codes", { token: "admin", body: { device_id } });
  strictEqual(made.status, 201);
  const body = enrolment(key, made.json["code"] as string);
  strictEqual((await send(app, "POST", "/devices/enrol", { body })).status, 201);
}

/** A segment under a key, and its signed chunks. */
export class SignedFixture extends Fixture {
  readonly #key: TestKey;

  constructor(key: TestKey, policy: SignaturePolicy, seed = 7) {
    super(seed, { signaturePolicy: policy, keyId: key.keyId });
    this.#key = key;
  }

  override opening(changes: Parameters<Fixture["opening"]>[0] = {}) {
    const signature = this.#key.sign(segmentSignatureMessage(this.digest)).toBase64();
    return super.opening({ signature, ...changes });
  }

  /** Chunks of consecutive sequences that chain to each other; those named are signed. */
  run(
    from: number,
    count: number,
    signed: readonly number[],
    changes: Partial<ChunkInput> = {},
  ): Uint8Array<ArrayBuffer>[] {
    let previousDigest: Uint8Array = new Uint8Array(32).fill(0xee);
    if (from === 0) previousDigest = this.digest;
    return Array.from({ length: count }, (_, i) => {
      const bytes = this.chunk(from + i, { previousDigest, ...changes });
      previousDigest = this.digestOf(bytes);
      return signed.includes(from + i) ? this.sign(bytes) : bytes;
    });
  }

  /** Chunk digest of a chunk of this segment. */
  digestOf(bytes: Uint8Array): Uint8Array {
    const header = readChunkHeader(bytes);
    return chunkDigest(header, this.identity(header.stream), nodeSha256);
  }

  /** The chunk, signed under this segment's key or another. */
  sign(bytes: Uint8Array, key: Ed25519Signer = this.#key): Uint8Array<ArrayBuffer> {
    return withSignature(bytes, key.sign(chunkSignatureMessage(this.digestOf(bytes))));
  }

  /** Signature of a loss or an end, base64. */
  signStatement(statement: Omit<LossRecord, "segmentId">): string {
    const record = encodeLossRecord({ ...statement, segmentId: this.segmentId });
    const digest = lossRecordDigest(record, nodeSha256);
    return this.#key.sign(lossRecordSignatureMessage(digest)).toBase64();
  }
}

export const SEGMENTS_PATH = `/patients/${PATIENT}/recordings/${RECORDING}/segments`;

/** An application with an enrolled key and an open segment under it. */
export async function signedApp(
  test: TestApp,
  policy: SignaturePolicy,
  key = testKey(1),
): Promise<SignedFixture> {
  await send(test.app, "POST", "/recordings", { body: OPEN_RECORDING });
  await enrol(test, key);
  const fixture = new SignedFixture(key, policy);
  const opened = await send(test.app, "POST", SEGMENTS_PATH, { body: fixture.opening() });
  strictEqual(opened.status, 201, JSON.stringify(opened.json));
  return fixture;
}
