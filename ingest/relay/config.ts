/**
 * The environment of the relay, as one schema.
 *
 * @module
 */

import * as z from "zod";
import { DEFAULT_INGEST_LIMITS } from "../deps.ts";

const byteCount = z.coerce.number().int().min(1024);

export const RelayConfig = z.object({
  HOST: z.string().default("127.0.0.1").describe("Address that devices reach it at"),
  PORT: z.coerce.number().int().min(0).max(65535).default(8010).describe("TCP port for devices"),
  RELAY_NAME: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/).default("relay").describe(
    "How it names itself to devices and in clock observations: no name of a patient",
  ),
  UPSTREAM_URL: z.url().describe("Address of ingest"),
  RELAY_TOKEN_FILE: z.string().min(1).describe("File with a token of role relay, mode 0600"),
  TOKEN_PUBLIC_KEY_FILE: z.string().min(1).describe(
    "JWK or set of them that devices' tokens are verified with; read again when it changes",
  ),
  SPOOL_DIR: z.string().min(1).describe("Folder of the spool, on a disk that survives a power cut"),
  KEY_DIR: z.string().min(1).describe(
    "Folder with the relay's own keys, not beside the spool's backups",
  ),
  SPOOL_BYTES_MAX: byteCount.default(20_000_000_000).describe(
    "What the spool may take on the disk; a device of 23 channels needs 0.4 GB a day",
  ),
  KEEP_SECONDS: z.coerce.number().int().min(0).default(86_400).describe(
    "How long chunks are kept after ingest's receipt, in seconds of running time",
  ),
  PAGE_HOST: z.string().default("127.0.0.1").describe("Address of the page and the metrics"),
  PAGE_PORT: z.coerce.number().int().min(0).max(65535).default(8011).describe("Their TCP port"),
  PAGE_TOKEN_FILE: z.string().min(1).optional().describe(
    "File with the page's password, mode 0600; required where PAGE_HOST is not loopback",
  ),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info").describe(
    "Lowest level that is logged",
  ),
  CHUNK_BYTES_MAX: byteCount.max(2 ** 30).default(DEFAULT_INGEST_LIMITS.chunkBytesMax).describe(
    "Largest accepted chunk, in bytes",
  ),
  BODY_BYTES_MAX: byteCount.max(2 ** 30).default(DEFAULT_INGEST_LIMITS.bodyBytesMax).describe(
    "Largest accepted request body, in bytes",
  ),
});
export type RelayConfig = z.infer<typeof RelayConfig>;
