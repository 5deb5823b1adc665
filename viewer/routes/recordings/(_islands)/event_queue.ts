/**
 * Going through events: which is in focus, which pass the filter, where a jump leads.
 *
 * A part of the page's state and of its reducer. An event comes into focus by a jump or a click and
 * keeps it until another has it; what is said and reviewed is that one.
 *
 * @module
 */

import { needsReview } from "../../../marks/mark_of.ts";
import { filterMarks, type MarkFilter, NO_FILTER } from "../../../marks/mark_filter.ts";
import { neighbourEvent } from "../../../marks/review_queue.ts";
import type { MarkModel } from "../../../signal/recording_model.ts";
import { showMoment } from "../../../signal/viewport.ts";
import type { ReadingState } from "./reading_state.ts";

/** Where the reader is in the events. */
export interface EventQueue {
  readonly focusId: string | undefined;
  readonly filter: MarkFilter;
}

/** Nothing in focus, everything passes. */
export const NO_EVENTS: EventQueue = { focusId: undefined, filter: NO_FILTER };

/** What changes it. */
export type EventQueueChange =
  | {
    readonly type: "focus";
    readonly id: string | undefined;
    /** Goes to the page of the event. */
    readonly isShown: boolean;
  }
  | { readonly type: "event-filter"; readonly filter: Partial<MarkFilter> }
  | { readonly type: "marks"; readonly marks: readonly MarkModel[] };

/** A way to the next event. */
export type EventJump =
  | "next-event"
  | "previous-event"
  | "next-unreviewed"
  | "previous-unreviewed";

/** Events as filtered, by onset. */
export function eventsOf({ model, events }: ReadingState): readonly MarkModel[] {
  return filterMarks(model.marks, events.filter);
}

/** The event in focus; undefined when it is gone. */
export function focusOf({ model, events }: ReadingState): MarkModel | undefined {
  const { focusId } = events;
  return focusId === undefined ? undefined : model.marks.find(({ id }) => id === focusId);
}

/** Where a jump leads; undefined when there is nothing that way. */
export function neighbourOf(state: ReadingState, to: EventJump): MarkModel | undefined {
  const { viewport, events: { focusId } } = state;
  const direction = to.startsWith("next") ? "next" : "previous";
  const isWanted = to.endsWith("unreviewed") ? needsReview : undefined;
  return neighbourEvent(eventsOf(state), { focusId, viewport }, direction, isWanted);
}

/** Goes to an event and takes it into focus. */
export function jump(state: ReadingState, to: EventJump): ReadingState {
  const event = neighbourOf(state, to);
  return event === undefined ? state : focusOn(state, { id: event.id, isShown: true });
}

/** Takes an event into focus; nothing when `id` is undefined. */
export function focusOn(
  state: ReadingState,
  { id, isShown }: { readonly id: string | undefined; readonly isShown: boolean },
): ReadingState {
  const focused = { ...state, events: { ...state.events, focusId: id } };
  const event = focusOf(focused);
  if (event === undefined || !isShown) return focused;
  return {
    ...focused,
    viewport: showMoment(state.viewport, event.onset),
    isFollowing: false,
  };
}

/** Another filter, or other marks. */
export function withQueue(
  state: ReadingState,
  change: Exclude<EventQueueChange, { type: "focus" }>,
): ReadingState {
  if (change.type === "marks") {
    return { ...state, model: { ...state.model, marks: change.marks } };
  }
  const filter = { ...state.events.filter, ...change.filter };
  return { ...state, events: { ...state.events, filter } };
}
