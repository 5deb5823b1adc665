/**
 * The panel of events: filter, progress, the queue, and the event in focus with what can be done to it.
 *
 * @module
 */

import type { VNode } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Menu } from "../../../components/Menu.tsx";
import { markExports } from "../../../api/mark_client.ts";
import { filterMarks, type MarkFilter, NO_FILTER } from "../../../marks/mark_filter.ts";
import { reviewProgress } from "../../../marks/review_queue.ts";
import { savingText } from "../../../marks/saving_text.ts";
import { type AssessedSeconds, countOfAssessed } from "../../../signal/assessed_text.ts";
import { isRejected, isSeizure, kindName, KINDS } from "../../../signal/marks.ts";
import type { MarkModel } from "../../../signal/recording_model.ts";
import { eventsOf, focusOf } from "../(_islands)/event_queue.ts";
import type { ReadingEvent, ReadingState } from "../(_islands)/reading_state.ts";
import type { Marks } from "../(_islands)/use_marks.ts";
import { EventList } from "./EventList.tsx";
import { FocusedEvent } from "./FocusedEvent.tsx";

/** What the panel needs. */
export interface MarkPanelProps {
  readonly state: ReadingState;
  readonly marks: Marks;
  /** How much of the recording can be judged; undefined where that is not known. */
  readonly assessed: AssessedSeconds | undefined;
  readonly dispatch: (event: ReadingEvent) => void;
}

/** The panel. */
export function MarkPanel({ state, marks, assessed, dispatch }: MarkPanelProps): VNode {
  const { model, events: { filter, focusId } } = state;
  const events = eventsOf(state);
  const all = filterMarks(model.marks, filter.kind === "clip" ? filter : NO_FILTER).length;
  const focus = focusOf(state);
  const { reviewed, total } = reviewProgress(events);
  const { book, saving } = marks;
  // A page turn changes nothing of it.
  const list = useMemo(() => (
    <EventList
      events={events}
      model={model}
      focusId={focusId}
      onGo={(id) => dispatch({ type: "focus", id, isShown: true })}
    />
  ), [events, model, focusId]);
  return (
    <section class="panel marks" aria-labelledby="events-head">
      <h2 id="events-head">
        Events{" "}
        <span class="count">
          {events.length === all ? events.length : `${events.length} of ${all}`}
        </span>
      </h2>
      <div class="panel-tools">
        <button type="button" class="quiet" onClick={marks.annotate}>Annotate</button>
        <button type="button" class="quiet" disabled={!book.canUndo} onClick={run(marks, "undo")}>
          Undo
        </button>
        <button type="button" class="quiet" disabled={!book.canRedo} onClick={run(marks, "redo")}>
          Redo
        </button>
        <ExportMenu patientId={model.patientId} recordingId={model.recordingId} />
      </div>
      <Filter filter={filter} dispatch={dispatch} />
      {total > 0 && (
        <p class="progress">
          <progress aria-labelledby="review-progress" value={reviewed} max={total} />
          <span id="review-progress">{reviewed} of {total} reviewed</span>
        </p>
      )}
      {assessed !== undefined && <p class="counted muted">{countText(events, filter, assessed)}</p>}
      {events.length === 0
        ? (
          <p class="muted">
            {model.marks.length === 0 ? "Nothing is marked." : "Nothing passes this filter."}
          </p>
        )
        : list}
      {focus !== undefined && (
        <FocusedEvent key={focus.id} mark={focus} model={model} marks={marks} />
      )}
      {model.unplacedMarkCount > 0 && (
        <p class="muted">
          {model.unplacedMarkCount} more {model.unplacedMarkCount === 1 ? "mark has" : "marks have"}
          {" "}
          no place on this recording's axis.
        </p>
      )}
      {/* What failed is said above the page, with a way to try again. */}
      <p class="saving">{saving.failed > 0 ? "Not saved" : savingText(saving)}</p>
    </section>
  );
}

/** What is counted is seizures, or what the filter lets through; rejected ones are none. */
function countText(
  events: readonly MarkModel[],
  { kind, words }: MarkFilter,
  assessed: AssessedSeconds,
): string {
  const standing = events.filter((mark) => !isRejected(mark));
  return (kind === "all" && words === "") || kind === "seizure"
    ? countOfAssessed(standing.filter(isSeizure).length, "seizure", assessed)
    : countOfAssessed(standing.length, "event", assessed);
}

function run(marks: Marks, action: "undo" | "redo"): () => void {
  return () => void marks.handlers[action]?.(true);
}

function Filter(
  { filter, dispatch }: {
    readonly filter: MarkFilter;
    readonly dispatch: MarkPanelProps["dispatch"];
  },
): VNode {
  const [isOpen, setOpen] = useState(false);
  const set = (change: Partial<MarkFilter>) => dispatch({ type: "event-filter", filter: change });
  const isSet = filter.kind !== "all" || filter.source !== "all" || filter.review !== "all";
  return (
    <div class="event-filter" role="search" aria-label="Filter of events">
      <label>
        <span class="sr-only">Filter events by words</span>
        <input
          type="search"
          placeholder="Find in events"
          value={filter.words}
          onInput={(event) => set({ words: event.currentTarget.value })}
        />
      </label>
      <button
        type="button"
        class="quiet"
        aria-expanded={isOpen || isSet}
        onClick={() => setOpen(!isOpen)}
      >
        Filter
      </button>
      {(isOpen || isSet) && (
        <div class="filter-fields">
          <Choice
            label="Kind"
            value={filter.kind}
            options={[
              ["all", "All kinds"],
              ...KINDS.map((kind) => [kind, kindName(kind)] as const),
            ]}
            onChange={(kind) => set({ kind: kind as MarkFilter["kind"] })}
          />
          <Choice
            label="Made by"
            value={filter.source}
            options={[
              ["all", "Anybody"],
              ["human", "People"],
              ["algorithm", "Algorithms"],
              ["device", "Devices"],
              ["file", "Files"],
            ]}
            onChange={(source) => set({ source: source as MarkFilter["source"] })}
          />
          <Choice
            label="Review"
            value={filter.review}
            options={[
              ["all", "Any"],
              ["unreviewed", "Not reviewed"],
              ["accepted", "Accepted"],
              ["rejected", "Rejected"],
              ["disputed", "Readers disagree"],
            ]}
            onChange={(review) => set({ review: review as MarkFilter["review"] })}
          />
          <button type="button" class="quiet" onClick={() => set(NO_FILTER)}>Clear</button>
        </div>
      )}
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps): VNode {
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([option, text]) => (
          <option key={option} value={option} selected={option === value}>{text}</option>
        ))}
      </select>
    </label>
  );
}

function ExportMenu(place: { readonly patientId: string; readonly recordingId: string }): VNode {
  const { csv, bidsEvents, bidsSidecar, edf } = markExports(place.patientId, place.recordingId);
  return (
    <Menu label="Export">
      <a href={edf} download>EDF+ annotations</a>
      <a href={bidsEvents} download>BIDS events.tsv</a>
      <a href={bidsSidecar} download>BIDS events.json</a>
      <a href={csv} download>CSV</a>
    </Menu>
  );
}
