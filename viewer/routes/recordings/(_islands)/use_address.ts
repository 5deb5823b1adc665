/**
 * The address follows the page, so that it can be passed on.
 *
 * @module
 */

import { useEffect } from "preact/hooks";
import type { PageData } from "../../../signal/page_data.ts";
import { viewQuery } from "../../../signal/page_view.ts";
import { displayQuery } from "../../../signal/tools/display_settings.ts";
import type { ReadingState } from "./reading_state.ts";

/** It follows when the page has stood still, ms: browsers refuse a hundred changes in a row. */
const ADDRESS_AFTER_MS = 300;

/** Everything of the address that says what is on screen. */
export function addressQuery(
  state: ReadingState,
  { start, seconds }: Pick<PageData, "start" | "seconds">,
): Record<string, string> {
  return {
    start: String(start),
    page: String(seconds),
    ...viewQuery(state),
    ...displayQuery(state.display),
  };
}

/** Keeps the query string at the page that is shown, unless that page moves by itself. */
export function useAddress(state: ReadingState, page: PageData | undefined): void {
  useEffect(() => {
    if (page === undefined || state.isFollowing) return;
    const timer = setTimeout(() => {
      const query = new URLSearchParams(addressQuery(state, page));
      history.replaceState(null, "", `?${query}`);
    }, ADDRESS_AFTER_MS);
    return () => clearTimeout(timer);
  }, [page?.start, page?.seconds, state.isFollowing, state.montage, state.filters, state.display]);
}
