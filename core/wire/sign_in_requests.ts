/**
 * Layer 5. What people send to the accounts service to be let in.
 *
 * Lengths are bounded far above what anybody types, so that nothing long is hashed. Strict: a member that is
 * not known here is refused.
 *
 * @module
 */

import * as z from "zod";

/** Name as typed; spaces around it and capital letters do not matter. */
const login = z.string().min(1).max(256);

export const PasswordSignInRequest = z.strictObject({
  login,
  password: z.string().min(1).max(1024),
});
export type PasswordSignInRequest = z.infer<typeof PasswordSignInRequest>;

/** A ticket of the first step, and a code of an authenticator or of the recovery codes. */
export const CodeSignInRequest = z.strictObject({
  ticket: z.string().min(1).max(1024),
  code: z.string().min(1).max(64),
});
export type CodeSignInRequest = z.infer<typeof CodeSignInRequest>;

export const RefreshRequest = z.strictObject({ refresh_token: z.string().min(1).max(128) });
export type RefreshRequest = z.infer<typeof RefreshRequest>;

/** `current_password` may be left out where the sign-in is recent. */
export const PasswordRequest = z.strictObject({
  password: z.string().min(1).max(1024),
  current_password: z.string().min(1).max(1024).optional(),
});
export type PasswordRequest = z.infer<typeof PasswordRequest>;

/** The first code of a new authenticator. */
export const ConfirmTotpRequest = z.strictObject({ code: z.string().min(1).max(64) });
export type ConfirmTotpRequest = z.infer<typeof ConfirmTotpRequest>;
