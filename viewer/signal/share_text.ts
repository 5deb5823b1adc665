/**
 * A share in words, never rounded to something that it is not.
 *
 * @module
 */

/**
 * A share from 0 to 1 in per cent: all is only said of all, and nothing only of nothing.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { shareText } from "./share_text.ts";
 *
 * deepStrictEqual([0, 0.0004, 0.0126, 0.9999, 1].map(shareText), [
 *   "0 %",
 *   "< 1 %",
 *   "1.2 %",
 *   "99.9 %",
 *   "100 %",
 * ]);
 * ```
 */
export function shareText(share: number): string {
  if (share >= 1) return "100 %";
  if (share <= 0) return "0 %";
  return share < 0.01 ? "< 1 %" : `${Math.floor(share * 1000) / 10} %`;
}
