// deno-lint-ignore-file camelcase -- member names of the wire are snake_case
/**
 * Keeps the review ledger of a page that is open: what it painted goes into the log, and from there to ingest.
 *
 * Comes with the later script; until then the page remembers what it painted last.
 *
 * @module
 */

import type { ViewingDisplay } from "@wavekeep/core/recording";
import type { DrawnPage } from "../signal/draw_page.ts";
import { type ShownPage, ViewingLog } from "./viewing_log.ts";
import { ViewingSender } from "./viewing_sender.ts";

/** How often a page that can be seen is vouched for, ms. */
const VOUCH_MS = 250;

/** How often rows are sent, ms. */
const SEND_MS = 15_000;

/** What was painted. */
export interface Painted {
  readonly drawn: DrawnPage;
  /** Of the recording by now, seconds. */
  readonly endSeconds: number;
  readonly cssPixelsPerMm: number;
  /** How old a moment of the recording is, ms; null: nothing more is to come. */
  readonly lagMs: number | null;
}

/** A ledger that is kept. */
export interface KeptLedger {
  /** Another page is on a canvas: the first one's, or the second's; undefined: there is none any more. */
  note(canvas: string, painted: Painted | undefined): void;
  stop(): void;
}

/** Begins. */
export function keepLedger(
  { patientId, recordingId }: { readonly patientId: string; readonly recordingId: string },
): KeptLedger {
  const code = encodeURIComponent;
  const sender = new ViewingSender(
    `/api/ingest/patients/${code(patientId)}/recordings/${code(recordingId)}/viewings`,
  );
  const logs = new Map<string, ViewingLog>();
  const logOf = (canvas: string) => {
    const log = logs.get(canvas) ?? new ViewingLog({
      now: () => performance.now(),
      clock: Date.now,
      newId: () => crypto.randomUUID().replaceAll("-", ""),
      emit: (viewing) => sender.add(viewing),
    });
    logs.set(canvas, log);
    return log;
  };
  const each = (what: (log: ViewingLog) => void) => logs.forEach(what);
  let wasSeen = canBeSeen();
  const vouch = () => {
    const isSeen = canBeSeen();
    // In between it opened or closed: that stretch of time is nobody's.
    each((log) => isSeen && wasSeen ? log.vouch() : log.doubt());
    wasSeen = isSeen;
  };
  const end = () => {
    vouch();
    each((log) => log.close());
    // Nothing of what is hidden counts until it is seen again.
    wasSeen = false;
  };
  const onVisibility = () => {
    if (document.visibilityState === "visible") return vouch();
    // It could be seen until now.
    each((log) => wasSeen ? log.vouch() : log.doubt());
    end();
    void sender.send();
  };
  const onPageHide = () => {
    end();
    sender.sendLast();
  };
  const vouching = setInterval(vouch, VOUCH_MS);
  const sending = setInterval(() => void sender.send(), SEND_MS);
  document.addEventListener("visibilitychange", onVisibility);
  addEventListener("pagehide", onPageHide);
  // For tests and for whoever looks.
  document.documentElement.dataset["ledger"] = "kept";
  return {
    note: (canvas, painted) => {
      if (painted === undefined) {
        logs.get(canvas)?.close();
        logs.delete(canvas);
        return;
      }
      const page = shownPage(painted);
      const log = logOf(canvas);
      vouch();
      if (page !== undefined) log.show(page);
      else {
        log.close();
        logs.delete(canvas);
      }
    },
    stop: () => {
      clearInterval(vouching);
      clearInterval(sending);
      document.removeEventListener("visibilitychange", onVisibility);
      removeEventListener("pagehide", onPageHide);
      end();
      void sender.send();
    },
  };
}

/** What of a painted page is of the recording; undefined: nothing of it is. */
export function shownPage(
  { drawn, endSeconds, cssPixelsPerMm, lagMs }: Painted,
): ShownPage | undefined {
  const { page, sensitivity, layout, model } = drawn.frame;
  const startMs = Math.max(0, Math.round(page.start * 1000));
  const endMs = Math.round(Math.min(page.start + page.seconds, endSeconds) * 1000);
  if (endMs <= startMs) return undefined;
  const { filters, montage } = page.view;
  const millimetres = layout.plot.width / layout.size.scale / cssPixelsPerMm;
  const display: ViewingDisplay = {
    montage: montage.kind,
    uv_per_mm: sensitivity,
    mm_per_second: Math.round(millimetres / page.seconds * 100) / 100 || null,
    low_hz: filters.lowHz,
    high_hz: filters.highHz,
    notch_hz: filters.notchHz,
    phase: filters.phase,
    rows_shown: drawn.frame.shownRows.length,
    rows_total: model.rows.length,
  };
  return { startMs, endMs, liveLagMs: lagMs, display };
}

/** Whether somebody who sits there could see the traces. A lock is a dialog, too. */
function canBeSeen(): boolean {
  return document.visibilityState === "visible" && document.querySelector("dialog:modal") === null;
}
