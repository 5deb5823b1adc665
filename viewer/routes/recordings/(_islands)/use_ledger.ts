/**
 * Hands what is painted to the review ledger, once that is there: it comes behind the first page.
 *
 * @module
 */

import { useEffect, useMemo, useRef } from "preact/hooks";
import type { DrawnPage } from "../../../signal/draw_page.ts";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import type { KeptLedger, Painted } from "../../../viewings/keep_ledger.ts";
import { loadLater } from "./load_later.ts";
import { whenIdle } from "./when_idle.ts";

/** However busy the page is, the ledger begins so long after its first page, ms. */
const BEGIN_WITHIN_MS = 1000;

/** Takes pages that were painted, by canvas; undefined: it is not there any more. */
export type NotePainted = (canvas: string, drawn: DrawnPage | undefined) => void;

/** What it needs to know of the moment a page is painted. */
export interface LedgerFacts {
  readonly model: RecordingModel;
  readonly cssPixelsPerMm: number;
  /** How old a moment of the recording is, ms; null: nothing more is to come. */
  readonly lagMs: (seconds: number) => number | null;
}

/** Keeps the ledger of one page; what was painted before it is there counts from then on. */
export function useLedger(facts: LedgerFacts, isShown: boolean): NotePainted {
  const newest = useRef(facts);
  newest.current = facts;
  const ledger = useRef<KeptLedger | undefined>(undefined);
  const painted = useRef(new Map<string, Painted>());
  useEffect(() => {
    if (!isShown) return;
    let isOver = false;
    const begin = () =>
      loadLater().then(({ keepLedger }) => {
        if (isOver) return;
        ledger.current = keepLedger(newest.current.model);
        for (const [canvas, page] of painted.current) ledger.current.note(canvas, page);
      }, () => {
        if (!isOver) setTimeout(begin, 5_000);
      });
    const cancel = whenIdle(() => void begin(), BEGIN_WITHIN_MS);
    return () => {
      isOver = true;
      cancel();
      ledger.current?.stop();
    };
  }, [isShown]);
  return useMemo(() => (canvas, drawn) => {
    const { model, cssPixelsPerMm, lagMs } = newest.current;
    const page = drawn && {
      drawn,
      endSeconds: model.endSeconds,
      cssPixelsPerMm,
      lagMs: lagMs(drawn.frame.page.start + drawn.frame.page.seconds),
    };
    if (page === undefined) painted.current.delete(canvas);
    else painted.current.set(canvas, page);
    ledger.current?.note(canvas, page);
  }, []);
}
