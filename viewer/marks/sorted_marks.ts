/**
 * A list of marks by onset, changed one at a time without sorting anew. A list is never changed in place:
 * whoever holds one may compare it by identity.
 *
 * @module
 */

import type { MarkModel } from "../signal/recording_model.ts";
import { compareMarks } from "./mark_of.ts";

/** The list without `before` and with `after`, either of which may be absent. */
export function replaceMark(
  marks: readonly MarkModel[],
  before: MarkModel | undefined,
  after: MarkModel | undefined,
): readonly MarkModel[] {
  const changed = marks.slice();
  if (before !== undefined) {
    const at = positionOf(changed, before);
    if (changed[at]?.id === before.id) changed.splice(at, 1);
  }
  if (after !== undefined) changed.splice(positionOf(changed, after), 0, after);
  return changed;
}

/** Where a mark stands, or would. */
function positionOf(marks: readonly MarkModel[], mark: MarkModel): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareMarks(marks[middle]!, mark) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
