/**
 * Layer 6. The issuer's private key out of its file, and the public keys of what it signed before.
 *
 * Sole reader of the private file: one private JWK, or after a change of keys a set of one private key and the
 * public halves of the former ones. The accounts service signs with the one and takes all. Hazard: the services
 * that verify have to know a key before anything is signed with it: their file is replaced first (decision 0056).
 *
 * @module
 */
import type { JWK } from "jose";
import { createTokenSigner, type TokenSigner } from "./token.ts";
import {
  type FollowedTokenKeys,
  followTokenKeys,
  type JwkOrSet,
  jwksOf,
  type OpenTokenKeysOptions,
  tokenKeysOf,
} from "./token_keys.ts";

/** Signs with the issuer's key of now, and knows the public keys of whatever is still good. */
export interface TokenIssuer extends TokenSigner, FollowedTokenKeys {}

/**
 * The issuer of a file: read now, and again when it changes. Where the new content is no good the key of before
 * goes on, and the log says so.
 *
 * @throws {Error} The file is not there, or does not hold one private Ed25519 key, or another is no public one.
 */
export async function openTokenIssuer(
  path: string,
  options: OpenTokenKeysOptions,
): Promise<TokenIssuer> {
  let signer: TokenSigner | undefined;
  const keys = await followTokenKeys(path, async (jwks) => {
    const privateJwk = privateJwkOf(jwks);
    const [made, publicKeys] = await Promise.all([
      createTokenSigner(privateJwk),
      tokenKeysOf({ keys: jwksOf(jwks).map(publicJwkOf) }),
    ]);
    signer = made;
    return publicKeys;
  }, options);
  return { ...keys, sign: (claims) => signer!.sign(claims) };
}

/** @throws {Error} There is not one private key. */
function privateJwkOf(jwks: JwkOrSet): JWK {
  const [privateJwk, ...others] = jwksOf(jwks).filter((jwk) => jwk?.d !== undefined);
  if (privateJwk === undefined || others.length > 0) {
    throw new Error("Cannot sign tokens: the file has to hold one private Ed25519 JWK");
  }
  return privateJwk;
}

/** A key without its private half. */
export function publicJwkOf({ d: _, ...publicJwk }: JWK): JWK {
  return publicJwk;
}
