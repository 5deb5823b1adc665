/**
 * The environment of the viewer.
 *
 * @module
 */

import { TLS_VARIABLES, trustedProxies } from "@wavekeep/core/service";
import * as z from "zod";

/** Schema of the viewer's environment variables. */
export const ViewerConfig = z.object({
  HOST: z.string().min(1).default("127.0.0.1").describe("Address to listen on"),
  PORT: z.coerce.number().int().min(0).max(65535).default(8002).describe("TCP port; 0 picks one"),
  INGEST_URL: z.url({ protocol: /^https?$/ }).default("http://127.0.0.1:8000")
    .describe("Where ingest answers"),
  QUERY_URL: z.url({ protocol: /^https?$/ }).default("http://127.0.0.1:8001")
    .describe("Where query answers"),
  ACCOUNTS_URL: z.url({ protocol: /^https?$/ }).optional()
    .describe("Where accounts answers; without it people sign in with tokens that somebody made"),
  PUBLIC_ORIGIN: z.url({ protocol: /^https?$/ }).optional()
    .describe(
      "Where people reach the viewer, as accounts has it: links that are handed on begin so",
    ),
  TOKEN_PUBLIC_KEY_FILE: z.string().min(1).describe(
    "JWK or set of them that verifies tokens; read again when it changes",
  ),
  DEMO_TOKEN_FILE: z.string().min(1).optional()
    .describe("Token of the demo site's clinician: signs in by itself, on loopback only"),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info").describe("Lowest level"),
  ...TLS_VARIABLES,
  TRUSTED_PROXIES: trustedProxies(),
});

/** The viewer's configuration. */
export type ViewerConfig = z.output<typeof ViewerConfig>;
