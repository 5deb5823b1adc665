// deno-lint-ignore-file camelcase -- names of tables are snake_case
/**
 * The tables of people, as the tests of grants and triggers want them; the letters are those of
 * `database_test.ts`.
 *
 * @module
 */

import type { ServiceRole } from "@wavekeep/core/service";

/** Rows that hold for good. */
const LASTING = [
  ...["person", "person_version", "password_version", "totp_seed", "totp_confirmation", "passkey"],
  ...["passkey_use", "recovery_code", "recovery_use", "credential_end", "sign_in_link", "link_use"],
  ...["api_key", "api_key_end", "break_glass"],
] as const;

/** Rows that are removed by `forget_expired_sign_in` when their time is over, and never change. */
export const FORGETTABLE = [
  ...["totp_use", "sign_in_session", "session_proof", "session_end", "session_lock"],
  ...["refresh_token", "refresh_use", "sign_in_attempt", "attempt_pass", "ceremony_use"],
  ...["ceremony_try", "signature_nonce", "revocation"],
] as const;

/** What others than accounts may do. */
const OTHERS: Readonly<Record<string, Readonly<Partial<Record<ServiceRole, string>>>>> = {
  person: { wavekeep_auditor: "s", wavekeep_reader: "k" },
  person_version: { wavekeep_auditor: "s", wavekeep_reader: "k" },
  break_glass: { wavekeep_auditor: "s", wavekeep_reader: "k" },
};

/** By table. Only functions come near nonces. */
export const PEOPLE_GRANTS: typeof OTHERS = Object.fromEntries(
  [...LASTING, ...FORGETTABLE].map((table) => [
    table,
    table === "signature_nonce" ? {} : { wavekeep_accounts: "is", ...OTHERS[table] },
  ]),
);
