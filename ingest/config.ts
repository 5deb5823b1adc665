/**
 * The environment of ingest, as one schema.
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
import { DEFAULT_INGEST_LIMITS } from "./deps.ts";

const byteCount = z.coerce.number().int().min(1024).max(2 ** 30);

export const IngestConfig = z.object({
  HOST: z.string().default("127.0.0.1").describe("Address to listen on"),
  PORT: z.coerce.number().int().min(0).max(65535).default(8000).describe("TCP port"),
  DATABASE_URL: secretText().describe("PostgreSQL as wavekeep_writer"),
  DERIVER_DATABASE_URL: secretText().optional().describe(
    "PostgreSQL as wavekeep_deriver; without it no envelopes are kept, and overviews are slow",
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
  ).pipe(z.array(z.enum(DURABILITY_SETTINGS as [string, ...string[]]))).describe(
    "Server settings that may be weak, by name, separated by commas",
  ),
  CHUNK_BYTES_MAX: byteCount.default(DEFAULT_INGEST_LIMITS.chunkBytesMax).describe(
    "Largest accepted chunk, in bytes",
  ),
  BODY_BYTES_MAX: byteCount.default(DEFAULT_INGEST_LIMITS.bodyBytesMax).describe(
    "Largest accepted request body, in bytes",
  ),
  VERIFY_WORKERS: z.coerce.number().int().min(0).max(32).default(2).describe(
    "Most workers that verify chunks beside the event loop; 0 verifies in it",
  ),
  ...TLS_VARIABLES,
  TRUSTED_PROXIES: trustedProxies(),
  RATE_LIMITS: rateRules(),
});
export type IngestConfig = z.infer<typeof IngestConfig>;
