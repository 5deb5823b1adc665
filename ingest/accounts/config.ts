/**
 * The environment of accounts, as one schema.
 *
 * @module
 */

import {
  DURABILITY_SETTINGS,
  rateRules,
  secretText,
  TLS_VARIABLES,
  trustedProxies,
} from "@wavekeep/core/service";
import * as z from "zod";

export const AccountsConfig = z.object({
  HOST: z.string().default("127.0.0.1").describe("Address to listen on"),
  PORT: z.coerce.number().int().min(0).max(65535).default(8003).describe("TCP port"),
  DATABASE_URL: secretText().describe("PostgreSQL as wavekeep_accounts"),
  KEY_DIR: z.string().min(1).describe("Folder with master.key, out of which its own keys are made"),
  TOKEN_PRIVATE_KEY_FILE: z.string().min(1).describe(
    "JWK that people's tokens are signed with, former ones' public halves beside it; read again when it changes",
  ),
  PUBLIC_ORIGIN: z.string().default("http://localhost:8002").describe(
    "Address that people have the viewer under; passkeys are bound to it, so it must be a name",
  ),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info").describe(
    "Lowest level that is logged",
  ),
  DURABILITY_EXCEPTIONS: z.string().default("").transform((text) =>
    text.split(",").map((name) => name.trim()).filter((name) => name !== "")
  ).pipe(z.array(z.enum(DURABILITY_SETTINGS as [string, ...string[]]))).describe(
    "Server settings that may be weak, by name, separated by commas",
  ),
  SESSION_HOURS: z.coerce.number().min(0.1).max(24).default(12).describe(
    "Longest life of a session, in hours, whatever happens in it",
  ),
  SESSION_IDLE_MINUTES: z.coerce.number().min(5).max(24 * 60).default(60).describe(
    "A session that nothing was asked in for so long is over, in minutes",
  ),
  IDLE_LOCK_SECONDS: z.coerce.number().int().min(0).max(86_400).default(900).describe(
    "A page locks itself after so long without a key or a movement, in seconds; 0: never",
  ),
  ...TLS_VARIABLES,
  TRUSTED_PROXIES: trustedProxies(),
  RATE_LIMITS: rateRules(),
});
export type AccountsConfig = z.infer<typeof AccountsConfig>;
