/**
 * One route of an OpenAPI document, out of a row of a table.
 *
 * @module
 */

import { createRoute } from "@hono/zod-openapi";
import { Problem, PROBLEM_MEDIA_TYPE, PROBLEMS, type ProblemSlug } from "@wavekeep/core/problem";
import type * as z from "zod";

/** Bodies by media type. */
export type Contents = Readonly<Record<string, { schema: z.ZodType }>>;

/** A route as the document shows it. */
export interface RouteSpec {
  readonly method: "get" | "post" | "put";
  readonly path: string;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: Contents;
  readonly answers: Readonly<
    Record<number, { description: string; schema: z.ZodType; mediaType?: string }>
  >;
  readonly problems: readonly ProblemSlug[];
  readonly isOpen?: boolean;
}

export const JSON_TYPE = "application/json";

/** For `registerPath`. */
export function routeOf(spec: RouteSpec): ReturnType<typeof createRoute> {
  const answers = Object.entries(spec.answers).map(([status, answer]) => [
    status,
    {
      description: answer.description,
      content: { [answer.mediaType ?? JSON_TYPE]: { schema: answer.schema } },
    },
  ]);
  return createRoute({
    method: spec.method,
    path: spec.path,
    summary: spec.summary,
    ...(spec.isOpen ? {} : { security: [{ bearer: [] }] }),
    request: {
      ...(spec.params === undefined ? {} : { params: spec.params }),
      ...(spec.query === undefined ? {} : { query: spec.query }),
      ...(spec.body === undefined ? {} : { body: { required: true, content: spec.body } }),
    },
    responses: { ...Object.fromEntries(answers), ...problemResponses(spec.problems) },
  });
}

/** Problems by status; one status may stand for several types, and clients branch on the type. */
function problemResponses(slugs: readonly ProblemSlug[]) {
  const byStatus = new Map<number, ProblemSlug[]>();
  for (const slug of slugs) {
    const { status } = PROBLEMS[slug];
    byStatus.set(status, [...byStatus.get(status) ?? [], slug]);
  }
  return Object.fromEntries([...byStatus].map(([status, of]) => [status, {
    description: of.map((slug) => `\`${slug}\`: ${PROBLEMS[slug].title}`).join("; "),
    content: { [PROBLEM_MEDIA_TYPE]: { schema: Problem } },
  }]));
}
