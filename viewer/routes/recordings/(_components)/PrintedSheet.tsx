/**
 * Sheets of paper: whose page it is, when, how it was looked at, its events, and a line to measure.
 *
 * @module
 */

import type { VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { isClip } from "../../../signal/clips.ts";
import { placeText } from "../../../signal/go_to_time.ts";
import { markPhrases } from "../../../signal/marks.ts";
import { displayedModel } from "../../../signal/montage_model.ts";
import { pageGaps } from "../../../signal/page_gaps.ts";
import { hertzText, MONTAGE_NAMES, notchText } from "../../../signal/page_view.ts";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import { momentText } from "../../../signal/selection.ts";
import type { Sheet } from "../(_islands)/use_print.ts";

/** Events that a sheet has room for. */
const EVENTS_MAX = 8;

/** A sheet of paper. */
export function PrintedSheet(
  { sheet, model, place }: { sheet: Sheet; model: RecordingModel; place: string },
): VNode {
  const { page, montage, look, start, seconds, mmPerSecond } = sheet;
  const { startedAt } = model;
  const { montage: { kind, bad }, filters } = page.view;
  const picture = useRef<HTMLImageElement>(null);
  useLayoutEffect(() => {
    // In millimetres of paper: whatever size the picture has, it is not stretched.
    picture.current!.style.width = `${sheet.widthMm}mm`;
    picture.current!.style.height = `${sheet.heightMm}mm`;
  }, [sheet]);
  const events = sheet.marks.filter((mark) => !isClip(mark));
  const gaps = pageGaps(displayedModel(model, montage), page);
  const own = Object.keys(look.display.rows).length;
  const facts = [
    `Montage ${MONTAGE_NAMES[kind]}`,
    `low filter ${hertzText(filters.lowHz)}`,
    `high filter ${hertzText(filters.highHz)}`,
    `notch ${notchText(filters)}`,
    filters.phase,
    `${look.sensitivity} µV/mm`,
    `${mmPerSecond.toFixed(1)} mm/s`,
    `${seconds} s`,
    look.display.isPositiveUp ? "positive up" : "negative up",
    ...bad.length === 0 ? [] : [`bad: ${bad.join(", ")}`],
    ...own === 0 ? [] : [`${own} rows with settings of their own, at the labels`],
    ...montage.missing.length === 0 ? [] : [`${montage.missing.length} rows cannot be derived`],
    page.damagedChunkCount === 0
      ? `${page.verifiedChunkCount} chunks verified`
      : `${page.damagedChunkCount} chunks failed their check and are not shown`,
  ];
  return (
    <section class={`sheet ${sheet.paper}`}>
      <header>
        <h2>Patient {model.patientId} · Recording {model.recordingId}</h2>
        <p>
          {startedAt === null
            ? "Start not known"
            : `Recording began ${startedAt.civil.replace("T", " ")}, ${
              startedAt.zone ?? "time zone unknown"
            }`} · <strong>Page {placeText(startedAt, start)}</strong>
          {sheet.comment !== "" && <>{" "}· Clip: {sheet.comment}</>}
        </p>
        <p>{facts.join(" · ")}</p>
      </header>
      <img ref={picture} src={sheet.url} alt={`EEG page of ${seconds} seconds`} />
      <footer>
        <span class="ruler-mm" />{" "}
        50 mm, true when printed at 100 % (“actual size”). Measure it: µV/mm and mm/s hold only
        then.
        <span class="sheet-place">{place} · Wavekeep</span>
        <p>
          {gaps.length > 0 && <strong>{`${gaps.join(" · ")}. `}</strong>}
          {events.length === 0
            ? `No events${gaps.length === 0 ? "" : " in what can be judged"} on this page.`
            : `Events: ${
              events.slice(0, EVENTS_MAX)
                .map((mark) => `${momentText(mark.onset, model)} ${markPhrases(mark)[0]}`).join(
                  "; ",
                )
            }${events.length > EVENTS_MAX ? `; and ${events.length - EVENTS_MAX} more` : ""}`}
        </p>
      </footer>
    </section>
  );
}
