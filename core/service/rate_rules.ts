/**
 * Layer 6. The limits of who may ask how often, as they are configured and answered.
 *
 * @see draft-ietf-httpapi-ratelimit-headers-10
 * @module
 */
import * as z from "zod";
import { reads } from "./client_address.ts";

/**
 * Whom a limit is of. `device` and `relay` are the roles of those names; every other credential is an account.
 * `address` counts what comes without a good credential, `sign-in` what somebody might guess at.
 */
export const RATE_KINDS = ["address", "sign-in", "account", "device", "relay", "site"] as const;
export type RateKind = (typeof RATE_KINDS)[number];

/** Requests in a window of ten seconds, by kind. */
export type RateRules = Readonly<Record<RateKind, number>>;

export function isRateKind(name: string): name is RateKind {
  return (RATE_KINDS as readonly string[]).includes(name);
}

/**
 * Requests a second, on average over ten. A device sends one or two a second live, and its backlog as fast as
 * it may; a reader's page costs a handful; behind one address a whole hospital may sign in.
 */
const PER_SECOND: RateRules = {
  "address": 100,
  "sign-in": 5,
  "account": 500,
  "device": 200,
  "relay": 2_000,
  "site": 5_000,
};

/** Short of what an IEEE double and a bigint both hold, far above what a process can answer. */
const PER_SECOND_MAX = 1_000_000;

/**
 * Reads limits such as `device:50,site:1000`, in requests a second; what is not named stays as it is.
 *
 * @throws {Error} A kind that there is not, twice, or no number for it.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { parseRateRules } from "@wavekeep/core/service";
 *
 * strictEqual(parseRateRules("device:2.5").device, 25, "in ten seconds");
 * ```
 */
export function parseRateRules(text: string): RateRules {
  const rules: Record<RateKind, number> = { ...PER_SECOND };
  const named = new Set<string>();
  for (const part of text.split(",").map((rule) => rule.trim()).filter((rule) => rule !== "")) {
    const [, kind = "", number = ""] = /^([a-z-]+):(\d+(?:\.\d+)?)$/.exec(part) ?? [];
    const perSecond = Number(number);
    if (
      !isRateKind(kind) || named.has(kind) || !(perSecond >= 0.1 && perSecond <= PER_SECOND_MAX)
    ) {
      throw new Error(`Cannot read limits: "${part}" is no kind with a number from 0.1`);
    }
    named.add(kind);
    rules[kind] = perSecond;
  }
  for (const kind of RATE_KINDS) rules[kind] = Math.ceil(rules[kind] * 10 - 1e-9);
  return rules;
}

/** Schema of the variable: a text for {@link parseRateRules}. */
export function rateRules(): z.ZodType<string> {
  return z.string().default("").refine(reads(parseRateRules), {
    error: "is no list of limits such as device:50,site:1000",
  }).describe(
    `Requests a second, as KIND:NUMBER with commas between; by default ${
      RATE_KINDS.map((kind) => `${kind}:${PER_SECOND[kind]}`).join(",")
    }`,
  );
}
