/**
 * Bodies of the accounts service: JSON, small, strict.
 *
 * @module
 */

import type { Context } from "hono";
import type * as z from "zod";
import { readJson } from "../../routes/request.ts";

/** A passkey's answer is the largest, with a few kilobytes. */
export const ACCOUNTS_BYTES_MAX = 32 * 1024;

const LIMITS = { limits: { bodyBytesMax: ACCOUNTS_BYTES_MAX, bodyTimeoutMs: 10_000 } };

/** @throws {ProblemError} As `readJson` of ingest. */
export function readAccountsJson<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
): Promise<z.output<Schema>> {
  return readJson(c, LIMITS, schema);
}
