/**
 * The device's own keys: made here, kept here, never sent anywhere.
 *
 * Sole owner of DIR/device_keys.json, 0600 like everything secret. The newest key opens new segments; older
 * ones stay, because a segment is signed by the key that opened it, however late its backlog comes.
 *
 * @module
 */

import { join } from "node:path";
import * as z from "zod";
import { deviceKeyId } from "@wavekeep/core/chunk";
import { type Ed25519Signer, ed25519Signer, nodeSha256 } from "@wavekeep/core/crypto";
import { type DataFolder, refuseMode, writePrivate } from "./data_folder.ts";

const KeyEntry = z.strictObject({
  /** 32 random bytes, base64: the private key. */
  seed: z.base64(),
  /** Where it is enrolled, once it is. */
  enrolled: z.strictObject({
    site: z.int().min(1),
    device: z.string(),
  }).nullable(),
});
const KeyFile = z.strictObject({ version: z.literal(1), keys: z.array(KeyEntry) });
type KeyFile = z.infer<typeof KeyFile>;

/** An enrolled key of this device. */
export interface DeviceKey extends Ed25519Signer {
  /** Hexadecimal. */
  readonly keyId: string;
  readonly siteId: number;
  readonly deviceId: string;
}

/** The keys of one data folder that are enrolled at one site. */
export interface DeviceKeyRing {
  /** What new segments are signed with; undefined when none is enrolled. */
  readonly current: DeviceKey | undefined;
  /** The key of a segment that was opened earlier, or undefined when it is lost. */
  find(keyId: string): DeviceKey | undefined;
}

/** Reads the keys that are enrolled. @param siteId Of one site; of all when absent. */
export async function openKeyRing(folder: DataFolder, siteId?: number): Promise<DeviceKeyRing> {
  const { keys } = await readKeys(folder);
  const enrolled = keys.flatMap(({ seed, enrolled }) => {
    if (enrolled === null || (siteId !== undefined && enrolled.site !== siteId)) return [];
    return [{
      ...signerOf(seed),
      siteId: enrolled.site,
      deviceId: enrolled.device,
    }];
  });
  return {
    current: enrolled.at(-1),
    find: (keyId) => enrolled.find((key) => key.keyId === keyId),
  };
}

/**
 * A key to enrol: made and written down before anybody hears of it, so that a device that dies on the way
 * asks again with the same key, which is a repeat.
 */
export async function keyToEnrol(
  folder: DataFolder,
): Promise<Ed25519Signer & { readonly keyId: string }> {
  const file = await readKeys(folder);
  const waiting = file.keys.find(({ enrolled }) => enrolled === null);
  if (waiting !== undefined) return signerOf(waiting.seed);
  const seed = crypto.getRandomValues(new Uint8Array(32)).toBase64();
  await writeKeys(folder, { ...file, keys: [...file.keys, { seed, enrolled: null }] });
  return signerOf(seed);
}

/** Notes where a key was enrolled; from now on it is the current one. */
export async function noteEnrolled(
  folder: DataFolder,
  keyId: string,
  enrolled: { readonly site: number; readonly device: string },
): Promise<void> {
  const file = await readKeys(folder);
  const own = file.keys.find(({ seed }) => signerOf(seed).keyId === keyId);
  if (own === undefined) throw new Error("Cannot note an enrolment: the key is not in the file");
  const others = file.keys.filter((key) => key !== own);
  await writeKeys(folder, { ...file, keys: [...others, { ...own, enrolled }] });
}

function signerOf(seed: string): Ed25519Signer & { readonly keyId: string } {
  const signer = ed25519Signer(Uint8Array.fromBase64(seed));
  return { ...signer, keyId: deviceKeyId(signer.publicKey, nodeSha256).toHex() };
}

function pathOf(folder: DataFolder): string {
  return join(folder.simulator, "device_keys.json");
}

async function readKeys(folder: DataFolder): Promise<KeyFile> {
  const path = pathOf(folder);
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { version: 1, keys: [] };
    throw error;
  }
  await refuseMode(path, 0o077, "others can read it; make it 0600");
  try {
    return KeyFile.parse(JSON.parse(text));
  } catch {
    // Not the cause: its message may quote a key.
    throw new Error(`Cannot read ${path}: it is damaged`);
  }
}

async function writeKeys(folder: DataFolder, file: KeyFile): Promise<void> {
  await Deno.mkdir(folder.simulator, { recursive: true, mode: 0o700 });
  await writePrivate(pathOf(folder), JSON.stringify(file, null, 1));
}
