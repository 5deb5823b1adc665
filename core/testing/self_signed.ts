/**
 * A certificate for localhost and its key, made when a test wants them: no private key lies in the repository.
 *
 * @see RFC 5280 section 4.1; X.690 section 8 (DER)
 * @module
 */
import { Buffer } from "node:buffer";
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** Writes `cert.pem` and `key.pem`, which is ours alone; the certificate is also whom to trust. */
export async function writeSelfSigned(
  folder: string,
  options: { readonly validFrom?: Date; readonly validTo?: Date } = {},
): Promise<{ certFile: string; keyFile: string; cert: string }> {
  const { cert, key } = selfSigned(options);
  const [certFile, keyFile] = [`${folder}/cert.pem`, `${folder}/key.pem`];
  await Deno.writeTextFile(certFile, cert);
  await Deno.writeTextFile(keyFile, key, { mode: 0o600 });
  return { certFile, keyFile, cert };
}

function selfSigned({
  validFrom = new Date(Date.now() - 3_600_000),
  validTo = new Date(Date.now() + 86_400_000),
}): { cert: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const algorithm = sequence(oid("2a8648ce3d040302")); // ecdsa-with-SHA256
  const name = sequence(tlv(0x31, sequence(oid("550403"), utf8("localhost")))); // CN
  const names = sequence(
    tlv(0x82, Buffer.from("localhost")),
    tlv(0x87, Buffer.from([127, 0, 0, 1])),
  );
  const extensions = sequence(
    sequence(oid("551d11"), tlv(0x04, names)), // subjectAltName
    sequence(oid("551d13"), tlv(0x01, Buffer.from([0xff])), tlv(0x04, sequence())), // no CA
  );
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))), // version 3
    tlv(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name,
    sequence(time(validFrom), time(validTo)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tlv(0xa3, extensions),
  );
  const signature = tlv(0x03, Buffer.concat([Buffer.from([0]), sign("sha256", body, privateKey)]));
  return {
    cert: pem("CERTIFICATE", sequence(body, algorithm, signature)),
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  };
}

function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(parts);
  const { length } = value;
  // As short as it can be: DER has one spelling.
  const spelt = length < 128
    ? [length]
    : length < 256
    ? [0x81, length]
    : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...spelt]), value]);
}

const sequence = (...parts: readonly Uint8Array[]) => tlv(0x30, ...parts);
const oid = (hex: string) => tlv(0x06, Buffer.from(hex, "hex"));
const utf8 = (text: string) => tlv(0x0c, Buffer.from(text));

/** UTCTime until 2049, GeneralizedTime after it. */
function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/\D/g, "");
  return Number(digits.slice(0, 4)) < 2050
    ? tlv(0x17, Buffer.from(`${digits.slice(2, 14)}Z`))
    : tlv(0x18, Buffer.from(`${digits.slice(0, 14)}Z`));
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
