/**
 * A form's fields as texts, and JSON of a page's script.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { Context } from "hono";

/** Reads the form of a request: each field once, as text; one that is missing is empty. */
export async function readForm(c: Context): Promise<(name: string) => string> {
  const form = await c.req.formData();
  return (name) => {
    const value = form.get(name);
    return typeof value === "string" ? value : "";
  };
}

/**
 * Reads JSON of a page's script.
 *
 * @throws {ProblemError} malformed-json
 */
export async function readJson(c: Context): Promise<Record<string, unknown>> {
  const body: unknown = await c.req.json().catch(() => undefined);
  if (typeof body !== "object" || body === null) throw new ProblemError("malformed-json");
  return body as Record<string, unknown>;
}

/** Whether a request was made by a page's script, and wants no page. */
export function isOfScript(c: Context): boolean {
  return (c.req.header("content-type") ?? "").startsWith("application/json");
}

/** A passkey's answer out of JSON. */
export function passkeyAnswer(
  body: Record<string, unknown>,
): { ticket: string; response: unknown } {
  return { ticket: String(body["ticket"] ?? ""), response: body["response"] };
}
