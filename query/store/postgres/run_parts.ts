/**
 * Runs of stored sequences out of counts: a part of the index whose chunks are as many as its sequences has
 * no hole, and need not be looked into.
 *
 * Counting costs a third of ranking, and most of what is asked for the first time is a day without a hole.
 * Only the parts that lack something are ranked, by a statement of their own: in one statement with the
 * counts the planner would expect thousands of them.
 *
 * @module
 */

import type { SequenceRun } from "../../window/timeline.ts";
import type { SequenceScope } from "../query_store.ts";

/** What is stored of 4,096 sequences that begin together in the index: `start` and `end` are of chunks. */
export interface RunPart extends SequenceRun {
  readonly count: number;
}

/** Groups chunks by part; stands behind `from wavekeep.chunk where …`. */
export const BY_PART = "group by sequence >> 12";

/**
 * The runs of each scope.
 *
 * @param parts Those of each scope, in any order.
 * @param rank Finds the runs of scopes that have holes, by looking at each chunk: each a part of one of
 * `scopes`. What came since the parts were counted may be among them.
 * @returns In the order of `scopes`; the runs of each sorted, no two touching.
 */
export async function runsOfParts(
  scopes: readonly SequenceScope[],
  parts: readonly (readonly RunPart[])[],
  rank: (broken: readonly SequenceScope[]) => Promise<readonly (readonly SequenceRun[])[]>,
): Promise<SequenceRun[][]> {
  const pieces = parts.map((own): SequenceRun[] => own.filter((part) => !hasHoles(part)));
  const broken = parts.flatMap((own, index) =>
    own.filter(hasHoles).map(({ start, end }) => ({
      index,
      scope: { ...scopes[index]!, start, end },
    }))
  );
  const ranked = broken.length === 0 ? [] : await rank(broken.map(({ scope }) => scope));
  for (const [n, { index }] of broken.entries()) pieces[index]!.push(...ranked[n]!);
  return pieces.map(joinTouching);
}

/** Whether sequences between the first and the last of a part are missing. */
function hasHoles({ start, end, count }: RunPart): boolean {
  return count < end - start;
}

function joinTouching(pieces: SequenceRun[]): SequenceRun[] {
  const runs: SequenceRun[] = [];
  for (const { start, end, sampleCount } of pieces.sort((a, b) => a.start - b.start)) {
    const last = runs.at(-1);
    if (last?.end === start) {
      runs[runs.length - 1] = {
        start: last.start,
        end,
        sampleCount: last.sampleCount + sampleCount,
      };
    } else runs.push({ start, end, sampleCount });
  }
  return runs;
}
