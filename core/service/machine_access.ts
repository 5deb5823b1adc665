/**
 * Layer 6. What every service does about machines: takes API keys and signed requests, and counts who asks.
 *
 * @module
 */
import type pg from "pg";
import { createApiKeyVerifier, type RefusedSignature } from "../crypto/api_key_verifier.ts";
import { isApiKeyText } from "../crypto/api_key.ts";
import { openServiceKeys } from "../crypto/key_store.ts";
import type { VerifySignature, VerifyToken } from "./authenticate.ts";
import { postgresApiKeyStore } from "./api_key_store.ts";
import type { Logger } from "./json_log.ts";
import type { Metrics } from "./metrics.ts";
import { observeRateLimits, openRateLimits } from "./open_rate_limits.ts";
import type { RateLimits } from "./rate_limits.ts";
import { parseRateRules } from "./rate_rules.ts";
import type { Revocations } from "./revocations.ts";
import { countLostEvents } from "./service_metrics.ts";
import { writeSecurityEvent } from "./write_outcomes.ts";

/** What keys that sign are sealed for; see `openServiceKeys`. */
export const API_KEY_PURPOSE = "wavekeep/api-key/v1";

/** What it is made of. */
export interface MachineAccessOptions {
  readonly config: { readonly KEY_DIR: string; readonly RATE_LIMITS: string };
  /** Connections to the primary, of a role that may look keys up, use nonces and insert events. */
  readonly pool: pg.Pool;
  readonly revocations: Revocations;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** What takes every other token. */
  readonly verify: VerifyToken;
}

/** Spread the first into an application's dependencies. */
export interface MachineAccess {
  readonly check: {
    readonly verify: VerifyToken;
    readonly signatures: VerifySignature;
    readonly rates: RateLimits;
  };
  close(): Promise<void>;
}

/** @throws {Error} The key folder is not there, or open to others. */
export async function openMachineAccess(
  { config, pool, revocations, metrics, logger, verify }: MachineAccessOptions,
): Promise<MachineAccess> {
  const lost = countLostEvents(metrics);
  const record = (
    event: { readonly siteId: number; readonly actor: string; readonly kind: `security.${string}` },
    detail: Readonly<Record<string, string>>,
  ) => {
    // Its own name, which the log has as well: it may be of a thousand requests.
    const requestId = crypto.randomUUID();
    logger.warn("security event", { kind: event.kind, subject: event.actor, requestId, ...detail });
    writeSecurityEvent(pool, { ...event, requestId, detail }).catch((error: unknown) => {
      lost.add();
      logger.error("security event not written", { kind: event.kind, requestId, error });
    });
  };
  const keys = createApiKeyVerifier({
    store: postgresApiKeyStore(pool),
    sealingKey: (await openServiceKeys(config.KEY_DIR))(API_KEY_PURPOSE),
    isRevoked: (principal) => revocations.isRevoked(principal),
    onRefused: ({ siteId, apiKeyId, reason }: RefusedSignature) =>
      record({ siteId, actor: apiKeyId, kind: "security.signature-refused" }, { reason }),
  });
  const { limits: rates, close } = openRateLimits({
    rules: parseRateRules(config.RATE_LIMITS),
    pool,
    logger,
    recordBan: ({ siteId, subject, role }, limit) =>
      record({ siteId, actor: subject, kind: "security.rate-limited" }, { role, limit }),
  });
  observeRateLimits(metrics, rates);
  return {
    check: {
      verify: (token) => isApiKeyText(token) ? keys.verifyBearer(token) : verify(token),
      signatures: (request, options) => keys.verifySigned(request, options),
      rates,
    },
    close,
  };
}
