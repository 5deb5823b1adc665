/**
 * Bench, signatures. Enrols a device's key at a stage, as a person and the device do it.
 *
 * @module
 */

import { deviceKeyId, enrolmentCodeDigest, enrolmentSignatureMessage } from "@wavekeep/core/chunk";
import { type Ed25519Signer, nodeSha256 } from "@wavekeep/core/crypto";
import { DeviceKeyJson, EnrolmentCodeResponse } from "@wavekeep/core/wire";
import type { Stage } from "../stage.ts";

/** Enrols it. @throws {Error} It was refused, or another key was enrolled. */
export async function enrol(stage: Stage, signer: Ed25519Signer): Promise<void> {
  const made = await post(stage, "/devices/codes", {}, stage.tokens.admin);
  const { code } = EnrolmentCodeResponse.parse(made);
  const codeDigest = enrolmentCodeDigest(code, nodeSha256);
  const { publicKey } = signer;
  const message = enrolmentSignatureMessage(
    { siteId: Number(code.split("-")[0]), codeDigest, publicKey },
    nodeSha256,
  );
  const key = DeviceKeyJson.parse(
    await post(stage, "/devices/enrol", {
      code,
      "public_key": publicKey.toBase64(),
      proof: signer.sign(message).toBase64(),
    }),
  );
  if (key.key_id !== deviceKeyId(publicKey, nodeSha256).toHex()) {
    throw new Error("Cannot measure signatures: another key was enrolled");
  }
}

async function post(stage: Stage, path: string, body: unknown, token?: string): Promise<unknown> {
  const response = await fetch(stage.ingestUrl + path, {
    client: stage.http,
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { "authorization": `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`Cannot enrol: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}
