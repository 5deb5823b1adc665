/**
 * The environment of query, as one schema.
 *
 * @module
 */

import {
  corsOrigins,
  rateRules,
  secretText,
  TLS_VARIABLES,
  trustedProxies,
} from "@wavekeep/core/service";
import * as z from "zod";

export const QueryConfig = z.object({
  HOST: z.string().default("127.0.0.1").describe("Address to listen on"),
  PORT: z.coerce.number().int().min(0).max(65535).default(8001).describe("TCP port"),
  DATABASE_URL: secretText().describe("PostgreSQL as wavekeep_reader; a replica will do"),
  AUDIT_DATABASE_URL: secretText().describe("PostgreSQL primary as wavekeep_audit"),
  REPLICA_STALE_SECONDS_MAX: z.coerce.number().int().min(1).max(86_400).default(60).describe(
    "How far a replica may be behind before query is not ready; every answer says how far it is",
  ),
  AUDITOR_DATABASE_URL: secretText().optional().describe(
    "PostgreSQL as wavekeep_auditor; a replica will do. Without it nobody reads the audit here",
  ),
  EXPORT_DIR: z.string().min(1).default(".wavekeep/exports").describe(
    "Folder for exports that wait to be fetched, sealed; emptied at start",
  ),
  EXPORT_BYTES_MAX: z.coerce.number().int().positive().default(20 * 2 ** 30).describe(
    "Bytes of all exports that wait, together; then none is taken until the oldest has expired",
  ),
  KEY_DIR: z.string().min(1).describe("Folder with master.key and the patients' keys"),
  TOKEN_PUBLIC_KEY_FILE: z.string().min(1).describe(
    "JWK or set of them that bearer tokens are verified with; read again when it changes",
  ),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info").describe(
    "Lowest level that is logged",
  ),
  DURABILITY_EXCEPTIONS: z.string().default("").transform((text) =>
    text.split(",").map((name) => name.trim()).filter((name) => name !== "")
  ).describe("Server settings that may be weak, by name"),
  ...TLS_VARIABLES,
  TRUSTED_PROXIES: trustedProxies(),
  RATE_LIMITS: rateRules(),
  CORS_ORIGINS: corsOrigins(),
});
export type QueryConfig = z.infer<typeof QueryConfig>;
