/**
 * Marks of the recording, seizures first to find: a press goes there.
 *
 * @module
 */

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { civilText, elapsedText } from "../../../signal/clock_text.ts";
import { isSeizure, markEnd, markText, sourceName } from "../../../signal/marks.ts";
import type { MarkModel, RecordingModel } from "../../../signal/recording_model.ts";
import type { Viewport } from "../../../signal/viewport.ts";
import type { ReadingEvent } from "../(_islands)/reading_state.ts";

/** Most marks in the list; a long stay has thousands, and the rest is reached by N and P. */
const LISTED_MAX = 200;

/** What the list needs. */
export interface MarkPanelProps {
  readonly model: RecordingModel;
  readonly viewport: Viewport;
  readonly dispatch: (event: ReadingEvent) => void;
}

/** The list. */
export function MarkPanel({ model, viewport, dispatch }: MarkPanelProps): VNode {
  const [isAll, setAll] = useState(false);
  const seizures = model.marks.filter(isSeizure);
  const chosen = isAll ? model.marks : seizures;
  const listed = chosen.slice(0, LISTED_MAX);
  return (
    <section class="panel marks">
      <h2>
        {isAll ? "Marks" : "Seizures"} <span class="count">{chosen.length}</span>
      </h2>
      {model.marks.length > seizures.length && (
        <p class="panel-tools">
          <button type="button" class="quiet" aria-pressed={!isAll} onClick={() => setAll(false)}>
            Seizures
          </button>
          <button type="button" class="quiet" aria-pressed={isAll} onClick={() => setAll(true)}>
            All marks
          </button>
        </p>
      )}
      {listed.length === 0 ? <p class="muted">No seizures are marked.</p> : (
        <ol>
          {listed.map((mark) => (
            <li key={mark.id}>
              <MarkButton mark={mark} model={model} viewport={viewport} dispatch={dispatch} />
            </li>
          ))}
        </ol>
      )}
      {chosen.length > listed.length && (
        <p class="muted">{chosen.length - listed.length} more: N and P go through all.</p>
      )}
      {model.unplacedMarkCount > 0 && (
        <p class="muted">
          {model.unplacedMarkCount} more {model.unplacedMarkCount === 1 ? "mark has" : "marks have"}
          {" "}
          no place on this recording's axis.
        </p>
      )}
    </section>
  );
}

function MarkButton(
  { mark, model, viewport, dispatch }: MarkPanelProps & { mark: MarkModel },
): VNode {
  const clock = civilText(model.startedAt, mark.onset);
  const isHere = mark.onset < viewport.start + viewport.seconds && markEnd(mark) >= viewport.start;
  return (
    <button
      type="button"
      class={`mark-button${isSeizure(mark) ? " seizure" : ""}`}
      aria-current={isHere ? "true" : undefined}
      onClick={() => dispatch({ type: "show", moment: mark.onset })}
    >
      <span class="mark-time">
        {elapsedText(mark.onset)}
        {clock !== undefined && <span class="muted">{clock.time.slice(0, 8)}</span>}
      </span>
      <span class="mark-text">{markText(mark)}</span>
      <span class="muted">{sourceName(mark)}</span>
    </button>
  );
}
