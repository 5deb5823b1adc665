/**
 * Another key for the issuer, while sessions go on.
 *
 * Sole owner of how long a former key is good. Its private half is gone with the change; its public half verifies
 * what it signed for as long as any of its tokens may live, or as long as somebody says who has a reason to be
 * shorter: a key that was copied has to be worth nothing now.
 *
 * @module
 */

import { generateTokenKeys, publicJwkOf } from "@wavekeep/core/crypto";
import {
  type Credentials,
  type DataFolder,
  readCredentials,
  writeCredentials,
} from "./data_folder.ts";

/** The longest life that `deno task token` gives a token, in hours. */
export const TOKEN_HOURS_MAX = 24 * 366;

/**
 * Makes a new key the one that signs. Services notice it by themselves.
 *
 * @param options.formerHours How long former keys go on to verify; 0 ends all of them now.
 * @param options.nowMs Milliseconds since 1970.
 * @throws {Error} The folder has no credentials, or its key has no name.
 */
export async function rotateTokenKey(
  folder: DataFolder,
  { formerHours = TOKEN_HOURS_MAX, nowMs = Date.now() }: {
    readonly formerHours?: number | undefined;
    readonly nowMs?: number;
  } = {},
): Promise<Credentials> {
  const known = await readCredentials(folder);
  if (known === undefined) {
    throw new Error(`Cannot change the key: ${folder.root} has no credentials; run start first`);
  }
  const { kty, crv, x, kid, alg, use } = publicJwkOf(known.token);
  if (kty === undefined || crv === undefined || x === undefined || kid === undefined) {
    throw new Error("Cannot change the key: that of now has no name (kid) that tokens could tell");
  }
  const nowSeconds = Math.ceil(nowMs / 1000);
  const end = nowSeconds + Math.ceil(formerHours * 3600);
  const former = {
    ...{ kty, crv, x, kid, exp: end },
    ...(alg === undefined ? {} : { alg }),
    ...(use === undefined ? {} : { use }),
  };
  const formerTokens = [former, ...known.formerTokens ?? []]
    .map((jwk) => ({ ...jwk, exp: Math.min(jwk.exp, end) }))
    .filter(({ exp }) => exp > nowSeconds);
  const { privateJwk } = await generateTokenKeys();
  const { formerTokens: _, ...others } = known;
  const rotated = {
    ...others,
    token: privateJwk as Credentials["token"],
    ...(formerTokens.length === 0 ? {} : { formerTokens }),
  };
  await writeCredentials(folder, rotated);
  return rotated;
}
