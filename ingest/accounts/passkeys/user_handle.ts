/**
 * The user handle of a passkey: what an authenticator says of its owner when nobody typed a name.
 *
 * Sole owner of its bytes: the site as u32, then the person's uuid. Neither means anything outside, and with the
 * site in it a sign-in without a name looks at the rows of one site only. It is a claim until the signature under
 * the credential of that very person has been verified.
 *
 * @see WebAuthn level 3, section 5.4.3 (no personal information in a user handle)
 * @module
 */

import { ByteReader, ByteWriter, formatHex, parseHex } from "@wavekeep/core/bytes";

const HANDLE_BYTES = 20;

/** Whose a passkey says that it is. */
export interface HandleOwner {
  readonly siteId: number;
  readonly personId: string;
}

/**
 * The 20 bytes for a person.
 *
 * @example
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert/strict";
 * import { parseUserHandle, userHandle } from "./user_handle.ts";
 *
 * const owner = { siteId: 7, personId: "019a0000-0000-7000-8000-000000000001" };
 * deepStrictEqual(parseUserHandle(userHandle(owner)), owner);
 * strictEqual(parseUserHandle(new Uint8Array(19)), undefined);
 * ```
 */
export function userHandle({ siteId, personId }: HandleOwner): Uint8Array<ArrayBuffer> {
  const uuid = parseHex(personId.replaceAll("-", ""), 16);
  return new ByteWriter(HANDLE_BYTES).u32(siteId).fixed(uuid, 16).finish();
}

/** Whose handle it is; undefined when no person can have it. */
export function parseUserHandle(handle: Uint8Array): HandleOwner | undefined {
  if (handle.byteLength !== HANDLE_BYTES) return undefined;
  const siteId = new ByteReader(handle).u32();
  if (siteId < 1 || siteId > 2 ** 31 - 1) return undefined;
  const hex = formatHex(handle.subarray(4));
  return { siteId, personId: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5") };
}
