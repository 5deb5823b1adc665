/**
 * What the reader has set: page, scale, rows, panels. A pure reducer.
 *
 * @module
 */

import { SENSITIVITY_DEFAULT, stepSensitivity } from "../../../signal/amplitude_scale.ts";
import type { Action } from "../../../signal/keymap.ts";
import { neighbourSeizure } from "../../../signal/marks.ts";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import {
  follow,
  goTo,
  PAGE_SECONDS,
  PAGE_SECONDS_DEFAULT,
  showMoment,
  turnPages,
  turnTenths,
  type Viewport,
  withEnd,
  withPageSeconds,
} from "../../../signal/viewport.ts";

/** The state of a recording page. */
export interface ReadingState {
  readonly model: RecordingModel;
  readonly viewport: Viewport;
  /** µV/mm. */
  readonly sensitivity: number;
  readonly hiddenRows: ReadonlySet<number>;
  /** The page moves with the newest samples. */
  readonly isFollowing: boolean;
  readonly isOffsetRemoved: boolean;
  readonly spectrogram: { readonly row: number; readonly span: "page" | 60 | 300 } | null;
  /** Reduced motion: follow page by page instead of scrolling. */
  readonly isStepwise: boolean;
}

/** Everything that changes it. */
export type ReadingEvent =
  | { readonly type: "action"; readonly action: Action }
  | { readonly type: "go-to"; readonly start: number }
  | { readonly type: "show"; readonly moment: number }
  | { readonly type: "page-seconds"; readonly seconds: number }
  | { readonly type: "sensitivity"; readonly sensitivity: number }
  | { readonly type: "rows"; readonly rows: readonly number[]; readonly isShown: boolean }
  | { readonly type: "follow"; readonly isFollowing: boolean }
  | { readonly type: "offset"; readonly isRemoved: boolean }
  | { readonly type: "spectrogram"; readonly row: number; readonly span: "page" | 60 | 300 }
  | { readonly type: "stepwise"; readonly isStepwise: boolean }
  | { readonly type: "model"; readonly model: RecordingModel };

/** Silence up to which an open recording opens at its newest samples, seconds. */
const LIVE_AGE_SECONDS = 120;

/** Where to open, as an address says. */
export interface OpenAt {
  /** Seconds from recording start. */
  readonly start?: number | undefined;
  readonly seconds?: number | undefined;
}

/** Reads a place out of the query string; what makes no sense is left out. */
export function parsePlace(start: string | undefined, seconds: string | undefined): OpenAt {
  const at = Number(start);
  const length = PAGE_SECONDS.find((candidate) => String(candidate) === seconds);
  return {
    ...(start === undefined || start === "" || !Number.isFinite(at) ? {} : { start: at }),
    ...(length === undefined ? {} : { seconds: length }),
  };
}

/** The state a page opens with: the place, the newest samples while they are arriving, or the start. */
export function openReading(model: RecordingModel, place: OpenAt = {}): ReadingState {
  const end = extentOf(model);
  const isLive = place.start === undefined && model.status === "open" &&
    model.ageSeconds !== null &&
    model.ageSeconds < LIVE_AGE_SECONDS;
  const empty = { start: 0, seconds: place.seconds ?? PAGE_SECONDS_DEFAULT, end };
  const viewport = goTo(empty, place.start ?? 0);
  return {
    model,
    viewport: isLive ? follow(viewport, end, false) : viewport,
    sensitivity: SENSITIVITY_DEFAULT,
    hiddenRows: new Set(),
    isFollowing: isLive,
    isOffsetRemoved: false,
    spectrogram: null,
    isStepwise: false,
  };
}

/** How far the reader can go: to the newest sample, or the last mark where there are no samples. */
export function extentOf(model: RecordingModel): number {
  return model.endSeconds > 0 ? model.endSeconds : model.durationSeconds;
}

/** Rows on screen, in order. */
export function shownRowsOf(state: ReadingState): number[] {
  return state.model.rows.map((_, row) => row).filter((row) => !state.hiddenRows.has(row));
}

/** The state after an event. Moving away by hand ends following. */
export function reduceReading(state: ReadingState, event: ReadingEvent): ReadingState {
  switch (event.type) {
    case "action":
      return act(state, event.action);
    case "go-to":
      return move(state, goTo(state.viewport, event.start));
    case "show":
      return move(state, showMoment(state.viewport, event.moment));
    case "page-seconds":
      return settle({ ...state, viewport: withPageSeconds(state.viewport, event.seconds) });
    case "sensitivity":
      return { ...state, sensitivity: event.sensitivity };
    case "rows": {
      const hiddenRows = new Set(state.hiddenRows);
      for (const row of event.rows) {
        if (event.isShown) hiddenRows.delete(row);
        else hiddenRows.add(row);
      }
      return { ...state, hiddenRows };
    }
    case "follow":
      return settle({ ...state, isFollowing: event.isFollowing });
    case "offset":
      return { ...state, isOffsetRemoved: event.isRemoved };
    case "spectrogram":
      return { ...state, spectrogram: { row: event.row, span: event.span } };
    case "stepwise":
      return settle({ ...state, isStepwise: event.isStepwise });
    case "model": {
      const viewport = withEnd(state.viewport, extentOf(event.model));
      return settle({ ...state, model: event.model, viewport });
    }
  }
}

function act(state: ReadingState, action: Action): ReadingState {
  const { viewport, model } = state;
  switch (action) {
    case "next-page":
      return move(state, turnPages(viewport, 1));
    case "previous-page":
      return move(state, turnPages(viewport, -1));
    case "step-forward":
      return move(state, turnTenths(viewport, 1));
    case "step-back":
      return move(state, turnTenths(viewport, -1));
    case "start":
      return move(state, goTo(viewport, 0));
    case "end":
      return move(state, goTo(viewport, viewport.end));
    case "larger":
      return { ...state, sensitivity: stepSensitivity(state.sensitivity, 1) };
    case "smaller":
      return { ...state, sensitivity: stepSensitivity(state.sensitivity, -1) };
    case "next-seizure":
    case "previous-seizure": {
      const direction = action === "next-seizure" ? "next" : "previous";
      const seizure = neighbourSeizure(model.marks, viewport, direction);
      return seizure === undefined ? state : move(state, showMoment(viewport, seizure.onset));
    }
    case "page-5":
    case "page-10":
    case "page-30":
    case "page-60":
      return settle({
        ...state,
        viewport: withPageSeconds(viewport, Number(action.slice("page-".length))),
      });
    case "follow":
      return model.status === "open"
        ? settle({ ...state, isFollowing: !state.isFollowing })
        : state;
    case "spectrogram":
      return {
        ...state,
        spectrogram: state.spectrogram === null
          ? { row: shownRowsOf(state)[0] ?? 0, span: "page" }
          : null,
      };
    case "go-to":
    case "help":
      return state;
  }
}

function move(state: ReadingState, viewport: Viewport): ReadingState {
  return { ...state, viewport, isFollowing: false };
}

/** Puts the page at the newest samples while following. */
function settle(state: ReadingState): ReadingState {
  if (!state.isFollowing) return state;
  return { ...state, viewport: follow(state.viewport, extentOf(state.model), state.isStepwise) };
}
