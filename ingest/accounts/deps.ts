/**
 * What the use cases of accounts are given: the world outside, as parameters.
 *
 * @module
 */

import type { KeyStore, ServiceKeys, TokenSigner } from "@wavekeep/core/crypto";
import type {
  CredentialCheck,
  Logger,
  ReadinessCheck,
  TrustedProxies,
} from "@wavekeep/core/service";
import type { AccountsMetrics } from "./metrics.ts";
import type { RelyingParty } from "./passkeys/relying_party.ts";
import type { PasswordHasher } from "./password/password_hasher.ts";
import type { AccountsStore } from "./store/accounts_store.ts";

/** How long things last. */
export interface AccountsLimits {
  /** A session, whatever happens; in milliseconds. */
  readonly sessionMs: number;
  /** A session in which nobody is; in milliseconds. */
  readonly idleMs: number;
  /** Without a key or a movement for so long a page locks itself, in seconds; 0: never. */
  readonly idleLockSeconds: number;
}

export const DEFAULT_ACCOUNTS_LIMITS: AccountsLimits = {
  sessionMs: 12 * 3_600_000,
  idleMs: 3_600_000,
  idleLockSeconds: 900,
};

/** Everything a use case may need. */
export interface AccountsDeps extends CredentialCheck {
  readonly store: AccountsStore;
  readonly signer: TokenSigner;
  readonly hasher: PasswordHasher;
  /** Keys of this service by purpose: seeds, digests of names and addresses, refresh tokens, tickets. */
  readonly keys: ServiceKeys;
  /** Whom passkeys are made for. */
  readonly party: RelyingParty;
  /** Patients' keys: what somebody says who breaks the glass is sealed under one. */
  readonly keyStore: KeyStore;
  /** Milliseconds since 1970: the only time that counts, whatever a client's clock says. */
  readonly nowMs: () => number;
  /** Fresh bytes from a cryptographic source. */
  readonly randomBytes: (byteLength: number) => Uint8Array;
  readonly limits: AccountsLimits;
  /** Proxies whose word about addresses counts, such as the viewer. */
  readonly trustedProxies?: TrustedProxies;
  readonly logger: Logger;
  readonly metrics: AccountsMetrics;
  readonly readiness: Readonly<Record<string, ReadinessCheck>>;
  readonly facts?: Readonly<Record<string, unknown>>;
}
