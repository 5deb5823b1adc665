/** What was written ahead is what the device would have sent. */

import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { createHash } from "node:crypto";
import { AssertionError } from "@wavekeep/core/assert";
import { ed25519Signer } from "@wavekeep/core/crypto";
import { type DayDevice, dayDevice } from "../day/device.ts";
import { dayPool } from "../day/pool.ts";
import { DIGEST_CHARACTERS, WrittenAhead } from "./written_ahead.ts";

const pool = await dayPool({ shape: "scalp", seed: 9, minutes: 1, dataFolder: undefined });

function newDevice(): DayDevice {
  return dayDevice(pool, { patientId: "p", recordingId: "r", seed: 1 });
}

function take(chunks: WrittenAhead): { chunk: Uint8Array; digest: string } {
  const chunk = new Uint8Array(chunks.nextByteLength());
  const digest = new Uint8Array(DIGEST_CHARACTERS);
  chunks.take(chunk, digest);
  return { chunk, digest: new TextDecoder().decode(digest) };
}

Deno.test("WrittenAhead gives the chunks of the device in their order, however many are ahead", () => {
  const device = newDevice();
  const sent: Uint8Array<ArrayBuffer>[] = [];
  const next = device.next;
  const watched = {
    ...device,
    next: () => sent[sent.push(next()) - 1]!,
  };
  const chunks = new WrittenAhead(watched);
  const taken: Uint8Array[] = [];
  for (const ahead of [0, 3, 1, 5, 2]) {
    chunks.write(ahead);
    for (let i = 0; i < 2; i++) {
      strictEqual(chunks.sequence, taken.length);
      const { chunk, digest } = take(chunks);
      strictEqual(digest, createHash("sha256").update(chunk).digest("base64"));
      taken.push(chunk);
    }
  }
  strictEqual(chunks.count, sent.length - taken.length);
  deepStrictEqual(taken, sent.slice(0, taken.length));
});

Deno.test("WrittenAhead writes no more than is asked for", () => {
  const device = newDevice();
  const chunks = new WrittenAhead(device);
  chunks.write(4);
  chunks.write(2);
  strictEqual(chunks.count, 4);
  strictEqual(device.sequence(), 4);
  strictEqual(chunks.sequence, 0);
});

Deno.test("WrittenAhead refuses a device that signs: a signature is not kept", () => {
  const signing = { signer: ed25519Signer(new Uint8Array(32).fill(7)), runChunks: 1 };
  const device = dayDevice(pool, { patientId: "p", recordingId: "r", seed: 1, signing });
  throws(() => new WrittenAhead(device).write(1), AssertionError);
});
