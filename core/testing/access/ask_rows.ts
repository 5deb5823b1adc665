/**
 * Asks the rows of the matrix and says what is wrong.
 *
 * @module
 */

import type { Answer, Question, Row } from "./rows.ts";
import type { World } from "./world.ts";

/** What came of it. */
export interface Asked {
  readonly rows: number;
  /** How many of each kind. */
  readonly kinds: ReadonlyMap<string, number>;
  /** Rows that heard something else than declared, each in a line. */
  readonly wrong: readonly string[];
}

/** So much of an answer is told. */
const TOLD_MAX = 300;

/** Rows in the order in which they are asked: those that end something behind all others. */
export function inOrder(rows: readonly Row[]): Row[] {
  return [...rows.filter(({ isLast }) => !isLast), ...rows.filter(({ isLast }) => isLast)];
}

/**
 * Asks one after the other.
 *
 * @param options.onRow Called after each, with how many are done.
 * @throws What `options.signal` was aborted with.
 */
export async function askRows(
  world: World,
  rows: readonly Row[],
  { onRow, signal }: { onRow?: (done: number) => void; signal?: AbortSignal } = {},
): Promise<Asked> {
  const kinds = new Map<string, number>();
  const wrong: string[] = [];
  const said = new Map<string, { readonly name: string; readonly text: string }>();
  let done = 0;
  for (const row of inOrder(rows)) {
    signal?.throwIfAborted();
    const { question, answer } = await asked(world, row);
    kinds.set(row.kind, (kinds.get(row.kind) ?? 0) + 1);
    if (!row.want.includes(answer.status)) {
      const text = answer.text.slice(0, TOLD_MAX);
      wrong.push(`${row.name}: ${answer.status}, not ${row.want.join(" or ")}: ${text}`);
    } else {
      const complaint = row.complaint?.(answer, world);
      if (complaint !== undefined) wrong.push(`${row.name}: ${complaint}`);
    }
    if (row.sameAs !== undefined) {
      const text = `${answer.status} ${withoutNames(answer.text, question)}`;
      const first = said.get(row.sameAs) ?? { name: row.name, text };
      said.set(row.sameAs, first);
      if (text !== first.text) {
        wrong.push(`${row.name}: ${text.slice(0, TOLD_MAX)}; ${first.name}: ${first.text}`);
      }
    }
    done++;
    onRow?.(done);
  }
  return { rows: done, kinds, wrong };
}

/** A store that is away for a moment, on a machine that is busy, says nothing of who may what: asked again. */
const AGAIN_MAX = 5;
const AGAIN_MS = 500;

async function asked(
  world: World,
  row: Row,
  again = 0,
): Promise<{ readonly question: Question; readonly answer: Answer }> {
  const question = await row.ask(world);
  const answer = await answerOf(await world.send(question, question.authorization));
  if (answer.status !== 503 || again === AGAIN_MAX) return { question, answer };
  await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  return await asked(world, row, again + 1);
}

/** A problem's text but for what names this request, or repeats what was asked. */
function withoutNames(text: string, { names = [] }: Question): string {
  return names.reduce(
    (left, name) => left.replaceAll(name, "…"),
    text.replace(/"instance":"[^"]*"/, ""),
  );
}

async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response;
  const isEndless = headers.get("content-type") === "text/event-stream";
  if (!isEndless) return { status, headers, text: await response.text() };
  await response.body!.cancel();
  return { status, headers, text: "" };
}
