/**
 * One question of a page's script to its own origin, in JSON.
 *
 * @module
 */

import type { Refusal } from "./refusal_words.ts";

/** The server refused, or did not answer: {@link Refusal} says which. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`refused: ${refusal.slug}`);
    this.refusal = refusal;
  }
}

/**
 * Sends JSON and returns the answer's.
 *
 * @throws {RefusedError} There was no good answer.
 */
export async function askJson<T>(path: string, body: unknown): Promise<T> {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "accept": "application/json", "content-type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => undefined);
  if (answer === undefined) throw new RefusedError({ slug: "", status: 0 });
  if (answer.ok) return answer.status === 204 ? undefined as T : await answer.json() as T;
  const problem = await answer.json().catch(() => ({}));
  const retryAfter = Number(answer.headers.get("retry-after"));
  throw new RefusedError({
    slug: String(problem.type ?? "").split("/").at(-1) ?? "",
    status: answer.status,
    detail: problem.detail,
    retryAfterSeconds: retryAfter > 0 ? retryAfter : undefined,
  });
}

/** Whether an error says that the session behind a question is over, so that asking again is of no use. */
export function isOver(error: unknown): boolean {
  return error instanceof RefusedError &&
    ["session-ended", "unauthenticated"].includes(error.refusal.slug);
}
