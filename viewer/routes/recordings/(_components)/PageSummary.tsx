/**
 * The page in words, said when it has stood still: what is read out must not chase every page.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { PageData } from "../../../signal/page_data.ts";
import { pageSummary } from "../../../signal/page_summary.ts";
import type { RecordingModel } from "../../../signal/recording_model.ts";

/** A page that has stood still as long is said, ms. */
const SETTLED_MS = 700;

/** While the page moves by itself it is said this seldom, ms. */
const FOLLOWING_MS = 10_000;

/** What is said. */
export interface PageSummaryProps {
  /** The rows of the page that is drawn. */
  readonly model: RecordingModel;
  readonly page: PageData | undefined;
  readonly shownRowCount: number;
  /** µV/mm. */
  readonly sensitivity: number;
  readonly isPositiveUp: boolean;
  /** Rows with settings of their own. */
  readonly ownRows: readonly string[];
  readonly isFollowing: boolean;
}

/** The words, for those who hear them; the canvas refers to them. */
export function PageSummary({ model, page, isFollowing, ...shown }: PageSummaryProps): VNode {
  const text = page === undefined ? "" : pageSummary(model, page, shown);
  const settled = useSettled(text, isFollowing ? FOLLOWING_MS : SETTLED_MS);
  return <p class="sr-only" aria-live="polite" id="page-summary">{settled}</p>;
}

function useSettled(text: string, afterMs: number): string {
  const [settled, setSettled] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), afterMs);
    return () => clearTimeout(timer);
  }, [text, afterMs]);
  return settled;
}
