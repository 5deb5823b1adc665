/**
 * What rows of the document of accounts are made of.
 *
 * @module
 */

import type { ProblemSlug } from "@wavekeep/core/problem";
import { Done } from "@wavekeep/core/wire";
import type * as z from "zod";
import { type Contents, JSON_TYPE } from "../openapi_route.ts";

/** What every route may answer, every route with a body, and every route that wants a credential. */
export const OPEN: readonly ProblemSlug[] = ["internal", "store-unavailable", "outcome-unknown"];
export const WITH_BODY: readonly ProblemSlug[] = [
  "validation",
  "malformed-json",
  "unsupported-media-type",
  "body-too-large",
  "request-timeout",
  "too-many-requests",
];
export const GUARDED: readonly ProblemSlug[] = [
  ...OPEN,
  "unauthenticated",
  "forbidden",
  "session-ended",
  "session-locked",
];

export const json = (schema: z.ZodType): Contents => ({ [JSON_TYPE]: { schema } });
export const answers = (description: string, schema: z.ZodType) => ({
  200: { description, schema },
});
export const made = (description: string, schema: z.ZodType) => ({ 201: { description, schema } });
export const stored = {
  200: { description: "It was so before", schema: Done },
  201: { description: "Stored", schema: Done },
};
