/**
 * Forms of the administration pages: read from our own pages only, and what is wrong with which field.
 *
 * @module
 */

import { ProblemError, PROBLEMS } from "@wavekeep/core/problem";
import type { Context } from "hono";
import type * as z from "zod";
import { requireOwnPage } from "../same_origin.ts";

/** What a form said: the first value of each name, and all of one. */
export interface Form {
  /** Without white space at its ends; empty when nothing was said. */
  text(name: string): string;
  all(name: string): readonly string[];
}

/** What is wrong, by field. */
export type FieldProblems = Readonly<Record<string, string>>;

/** A form that was not followed, and why. */
export interface Refusal {
  readonly status: number;
  /** Of the whole form. */
  readonly said: string;
  readonly problems: FieldProblems;
}

/**
 * Reads the form of a request.
 *
 * @throws {ProblemError} `forbidden`: it was not sent by a page of ours.
 */
export async function readForm(c: Context): Promise<Form> {
  requireOwnPage(c);
  const form = await c.req.formData();
  return {
    text: (name) => String(form.get(name) ?? "").trim(),
    all: (name) => form.getAll(name).map(String),
  };
}

/** What a schema finds wrong, in the words of each field; those that have none are told by the schema. */
export function refuseFields(error: z.ZodError, words: FieldProblems): Refusal {
  const problems = Object.fromEntries(
    error.issues.map(({ path, message }) => {
      const name = String(path[0] ?? "");
      return [name, words[name] ?? message];
    }),
  );
  return { status: 422, said: "Nothing was changed: see below.", problems };
}

/** Answers to a form that its page tells about; everything else is a page of its own. */
const TOLD = new Set([400, 403, 409, 422, 429]);

/**
 * What a service's refusal says at the fields of the form that led to it.
 *
 * @throws What is not for this page to tell: `error` itself.
 */
export function refusalOf(
  error: unknown,
  words: FieldProblems = {},
  lead = "Nothing was changed",
): Refusal {
  if (!(error instanceof ProblemError) || !TOLD.has(error.status)) throw error;
  const { detail, errors = [], retryAfterSeconds } = error.details;
  // What a field can take is said in its own words; anything else, such as a name that is taken, in the service's.
  const wordsOf = (name: string, itsDetail: string) =>
    error.status === 422 ? words[name] ?? itsDetail : detail ?? itsDetail;
  const problems = Object.fromEntries(
    errors.flatMap(({ pointer, detail }) => {
      const name = /^\/(?:body|query)\/([^/]+)/.exec(pointer)?.[1];
      return name === undefined ? [] : [[name, wordsOf(name, detail)]];
    }),
  );
  const again = retryAfterSeconds === undefined ? "" : `; try again in ${retryAfterSeconds} s`;
  const { title } = PROBLEMS[error.slug];
  const said = detail === undefined ? title : `${title}: ${detail}`;
  return { status: error.status, said: `${lead}. ${said}${again}.`, problems };
}
