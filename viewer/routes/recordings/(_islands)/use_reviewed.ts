/**
 * What was reviewed before this page was opened, by whomever: asked for once, behind the first page.
 *
 * @module
 */

import { useEffect, useState } from "preact/hooks";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import type { Stretch } from "../../../signal/seen_map.ts";
import { loadLater } from "./load_later.ts";
import { whenIdle } from "./when_idle.ts";

const NOTHING: readonly Stretch[] = [];

/** However busy the page is, it is asked for so long after it, ms. */
const ASK_WITHIN_MS = 5000;

/** In order; empty until it is known. */
export function useReviewed(model: RecordingModel, isShown: boolean): readonly Stretch[] {
  const [stretches, setStretches] = useState(NOTHING);
  useEffect(() => {
    if (!isShown) return;
    const controller = new AbortController();
    const { signal } = controller;
    const cancel = whenIdle(() => {
      loadLater().then(({ readReviewed }) => readReviewed(model, signal))
        // Without it the strip shows what this page has seen, and nothing else.
        .then((found) => signal.aborted || setStretches(found), () => {});
    }, ASK_WITHIN_MS);
    return () => {
      cancel();
      controller.abort();
    };
  }, [isShown]);
  return stretches;
}
