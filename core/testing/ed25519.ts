/**
 * Testing. Ed25519 by WebCrypto, with keys from seeds: what a service gives `core/log`.
 *
 * @module
 */

/** DER around a seed (RFC 8410): WebCrypto takes no bare private key. */
const PKCS8_HEAD = Uint8Array.fromHex("302e020100300506032b657004220420");

/** The key pair of a seed of 32 bytes. */
export async function ed25519Of(seed: Uint8Array): Promise<{
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly sign: (message: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;
}> {
  const der = Uint8Array.from([...PKCS8_HEAD, ...seed]);
  const key = await crypto.subtle.importKey("pkcs8", der, "Ed25519", true, ["sign"]);
  const { x } = await crypto.subtle.exportKey("jwk", key);
  return {
    publicKey: Uint8Array.fromBase64(x!, { alphabet: "base64url" }),
    sign: async (message) => new Uint8Array(await crypto.subtle.sign("Ed25519", key, message)),
  };
}

/** Tells whether a signature holds. */
export async function verifyByWebCrypto(check: {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array;
}): Promise<boolean> {
  const { publicKey, message, signature } = check;
  const key = await crypto.subtle.importKey("raw", new Uint8Array(publicKey), "Ed25519", false, [
    "verify",
  ]);
  return await crypto.subtle.verify("Ed25519", key, new Uint8Array(signature), message);
}
