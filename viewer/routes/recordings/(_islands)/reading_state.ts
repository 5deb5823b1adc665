/**
 * What the reader has set: page, scale, rows, panels. A pure reducer.
 *
 * @module
 */

import { SENSITIVITY_DEFAULT, stepSensitivity } from "../../../signal/amplitude_scale.ts";
import { EPOCH_SECONDS, holdsEpochs, showEpoch } from "../../../signal/epochs.ts";
import { type OpenedEvidence, parseEvidence } from "../../../signal/evidence.ts";
import { mayGrow } from "../../../signal/live_status.ts";
import { type MontageModel, montageOf } from "../../../signal/montage_model.ts";
import {
  FILTERS_DEFAULT,
  HIGH_FILTERS,
  LOW_FILTERS,
  MONTAGE_DEFAULT,
  type MontageChoice,
  nextStep,
  NOTCHES,
  type PageView,
  parseView,
  RECORDED_VIEW,
} from "../../../signal/page_view.ts";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import type { FilterSettings, MontageKind } from "@wavekeep/core/signal";
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
import {
  type EventQueue,
  type EventQueueChange,
  focusOn,
  jump,
  NO_EVENTS,
  withQueue,
} from "./event_queue.ts";
import { restoreEvidence } from "./restore_evidence.ts";
import type { StateAction } from "./handlers.ts";
import {
  DISPLAY_DEFAULT,
  type DisplaySettings,
  parseDisplay,
  stepSpeed,
} from "../../../signal/tools/display_settings.ts";
import { rowFiltersOf } from "../../../signal/tools/row_settings.ts";

/** The state of a recording page. */
export interface ReadingState {
  readonly model: RecordingModel;
  readonly viewport: Viewport;
  /** µV/mm. */
  readonly sensitivity: number;
  /** The montage that is shown. */
  readonly montage: MontageChoice;
  /** The montage before it; what peeking shows. */
  readonly otherMontage: MontageChoice;
  readonly isPeeking: boolean;
  readonly filters: FilterSettings;
  /** By montage: rows of one are not those of another. */
  readonly hiddenRows: ReadonlyMap<MontageKind, ReadonlySet<number>>;
  /** The page moves with the newest samples. */
  readonly isFollowing: boolean;
  readonly isOffsetRemoved: boolean;
  readonly display: DisplaySettings;
  readonly spectrogram: { readonly row: number; readonly span: "page" | 60 | 300 } | null;
  /** The event in focus, and which events are gone through. */
  readonly events: EventQueue;
  /** Reduced motion: follow page by page instead of scrolling. */
  readonly isStepwise: boolean;
  /** Pages begin with thirty-second epochs. */
  readonly isEpochs: boolean;
  /** How long pages were before that: what leaving epochs goes back to. */
  readonly lengthBeforeEpochs: { readonly seconds: number; readonly speed: number | null } | null;
}

/** Everything that changes it. */
export type ReadingEvent =
  | { readonly type: "action"; readonly action: StateAction }
  | { readonly type: "go-to"; readonly start: number }
  | { readonly type: "show"; readonly moment: number }
  /** `isHeld`: the paper speed asks for them, and stays. */
  | { readonly type: "page-seconds"; readonly seconds: number; readonly isHeld?: boolean }
  | { readonly type: "sensitivity"; readonly sensitivity: number }
  | { readonly type: "rows"; readonly rows: readonly number[]; readonly isShown: boolean }
  | { readonly type: "montage"; readonly montage: Partial<MontageChoice> }
  | { readonly type: "peek"; readonly isPeeking: boolean }
  | { readonly type: "filters"; readonly filters: Partial<FilterSettings> }
  | { readonly type: "follow"; readonly isFollowing: boolean }
  | { readonly type: "offset"; readonly isRemoved: boolean }
  | { readonly type: "display"; readonly display: Partial<DisplaySettings> }
  | { readonly type: "spectrogram"; readonly row: number; readonly span: "page" | 60 | 300 }
  | { readonly type: "stepwise"; readonly isStepwise: boolean }
  | { readonly type: "epochs"; readonly isOn: boolean }
  | { readonly type: "model"; readonly model: RecordingModel }
  | EventQueueChange;

/** Silence up to which an open recording opens at its newest samples, seconds. */
const LIVE_AGE_SECONDS = 120;

/** Where to open, as an address says. */
export interface OpenAt {
  /** Seconds from recording start. */
  readonly start?: number | undefined;
  readonly seconds?: number | undefined;
  readonly view?: PageView | undefined;
  readonly display?: DisplaySettings;
  /** The page is to be exactly that of a link. */
  readonly evidence?: OpenedEvidence | undefined;
}

/** Reads a place and a view out of the query string; what makes no sense is left out. */
export function parsePlace(get: (name: string) => string | undefined): OpenAt {
  const start = get("start");
  const seconds = get("page");
  const at = Number(start);
  const evidence = parseEvidence(get);
  const length = PAGE_SECONDS.find((candidate) => String(candidate) === seconds);
  return {
    ...(start === undefined || start === "" || !Number.isFinite(at) ? {} : { start: at }),
    ...(length === undefined ? {} : { seconds: length }),
    view: parseView(get),
    display: parseDisplay(get),
    ...evidence === undefined ? {} : { evidence },
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
  return restoreEvidence({
    model,
    viewport: isLive ? follow(viewport, end, false) : viewport,
    sensitivity: SENSITIVITY_DEFAULT,
    montage: place.view?.montage ?? MONTAGE_DEFAULT,
    otherMontage: { ...MONTAGE_DEFAULT, kind: "average" },
    isPeeking: false,
    filters: place.view?.filters ?? FILTERS_DEFAULT,
    hiddenRows: new Map(),
    isFollowing: isLive,
    isOffsetRemoved: false,
    display: place.display ?? DISPLAY_DEFAULT,
    spectrogram: null,
    events: NO_EVENTS,
    isStepwise: false,
    isEpochs: false,
    lengthBeforeEpochs: null,
  }, place.evidence);
}

/** How far the reader can go: to the newest sample, or the last mark where there are no samples. */
export function extentOf(model: RecordingModel): number {
  return model.endSeconds > 0 ? model.endSeconds : model.durationSeconds;
}

/** The view to ask the worker for. */
export function viewOf(state: ReadingState): PageView {
  const { filters, isPeeking, montage, otherMontage } = state;
  const { kind, own, isFrontLeftOut, isRightFirst, bad } = isPeeking ? otherMontage : montage;
  const rowFilters = rowFiltersOf(state.display.rows);
  // What a montage does not look at makes no other view of it.
  return {
    montage: {
      kind,
      own: kind === "own" ? own : "",
      isFrontLeftOut: kind === "average" && isFrontLeftOut,
      isRightFirst: kind !== "recorded" && kind !== "own" && isRightFirst,
      bad,
    },
    filters,
    ...rowFilters === undefined ? {} : { rowFilters },
  };
}

/** Whether two states want the same montage and filters. */
export function isSameView(a: ReadingState, b: ReadingState): boolean {
  return JSON.stringify(viewOf(a)) === JSON.stringify(viewOf(b));
}

/** The rows of a view, and which of them the reader has hidden. */
export interface ViewRows {
  readonly montage: MontageModel;
  readonly hiddenRows: ReadonlySet<number>;
  /** Rows on screen, in order. */
  readonly shownRows: readonly number[];
}

/** Works out the rows of a view: of the page that is drawn, not of the one that is asked for. */
export function rowsOfView(
  { model, hiddenRows }: Pick<ReadingState, "model" | "hiddenRows">,
  view: PageView,
): ViewRows {
  const montage = montageOf(model, view.montage);
  const hidden = hiddenRows.get(view.montage.kind) ?? new Set();
  return {
    montage,
    hiddenRows: hidden,
    shownRows: montage.rows.map((_, row) => row).filter((row) => !hidden.has(row)),
  };
}

/** The state after an event. Moving away by hand ends following. */
export function reduceReading(state: ReadingState, event: ReadingEvent): ReadingState {
  const next = reduce(state, event);
  return next.isEpochs ? alignToEpochs(state, next, event) : next;
}

/** Puts the page at the epoch it was sent to. Pages of another length end the mode. */
function alignToEpochs(
  before: ReadingState,
  state: ReadingState,
  event: ReadingEvent,
): ReadingState {
  const { viewport } = state;
  if (!holdsEpochs(viewport.seconds)) return { ...state, isEpochs: false };
  if (viewport === before.viewport) return state;
  const isClamped = viewport.start >= viewport.end - viewport.seconds;
  const moment = event.type === "go-to"
    ? event.start
    : event.type === "show"
    ? event.moment
    : event.type === "focus" || (event.type === "action" && event.action.includes("event"))
    ? viewport.start + viewport.seconds / 10
    : state.isFollowing || (isClamped && event.type === "action")
    ? viewport.end
    : viewport.start;
  return { ...state, viewport: showEpoch(viewport, moment) };
}

function reduce(state: ReadingState, event: ReadingEvent): ReadingState {
  switch (event.type) {
    case "action":
      return act(state, event.action);
    case "go-to":
      return move(state, goTo(state.viewport, event.start));
    case "show":
      return move(state, showMoment(state.viewport, event.moment));
    case "page-seconds":
      return settle({
        ...state,
        viewport: withPageSeconds(state.viewport, event.seconds),
        display: event.isHeld ? state.display : { ...state.display, speed: null },
      });
    case "sensitivity":
      return { ...state, sensitivity: event.sensitivity };
    case "rows": {
      const { kind } = viewOf(state).montage;
      const hidden = new Set(state.hiddenRows.get(kind));
      for (const row of event.rows) {
        if (event.isShown) hidden.delete(row);
        else hidden.add(row);
      }
      return { ...state, hiddenRows: new Map(state.hiddenRows).set(kind, hidden) };
    }
    case "montage":
      return withMontage(state, event.montage);
    case "peek":
      return state.isPeeking === event.isPeeking ? state : { ...state, isPeeking: event.isPeeking };
    case "filters":
      return withFilters(state, event.filters);
    case "follow":
      return settle({ ...state, isFollowing: event.isFollowing });
    case "display":
      return { ...state, display: { ...state.display, ...event.display } };
    case "offset":
      return { ...state, isOffsetRemoved: event.isRemoved };
    case "spectrogram":
      return { ...state, spectrogram: { row: event.row, span: event.span } };
    case "epochs":
      return withEpochs(state, event.isOn);
    case "stepwise":
      return settle({ ...state, isStepwise: event.isStepwise });
    case "model": {
      const viewport = withEnd(state.viewport, extentOf(event.model));
      // Marks come by a way of their own: those that are not saved yet are in no answer.
      const { marks, unplacedMarkCount } = state.model;
      return settle({ ...state, model: { ...event.model, marks, unplacedMarkCount }, viewport });
    }
    case "focus":
      return focusOn(state, event);
    case "event-filter":
    case "marks":
      return withQueue(state, event);
  }
}

function act(state: ReadingState, action: StateAction): ReadingState {
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
      // Where newer samples may come, the end is wherever they are.
      return mayGrow(model)
        ? settle({ ...state, isFollowing: true })
        : move(state, goTo(viewport, viewport.end));
    case "larger":
      return { ...state, sensitivity: stepSensitivity(state.sensitivity, 1) };
    case "smaller":
      return { ...state, sensitivity: stepSensitivity(state.sensitivity, -1) };
    case "next-event":
    case "previous-event":
    case "next-unreviewed":
    case "previous-unreviewed":
      return jump(state, action);
    case "page-shorter":
    case "page-longer": {
      const { speed } = state.display;
      if (speed !== null) {
        const next = stepSpeed(speed, action === "page-longer" ? "slower" : "faster");
        return { ...state, display: { ...state.display, speed: next } };
      }
      const longer = PAGE_SECONDS.filter((seconds) => seconds > viewport.seconds);
      const shorter = PAGE_SECONDS.filter((seconds) => seconds < viewport.seconds);
      const seconds = action === "page-longer" ? longer[0] : shorter.at(-1);
      if (seconds === undefined) return state;
      return settle({ ...state, viewport: withPageSeconds(viewport, seconds) });
    }
    case "montage-recorded":
    case "montage-longitudinal":
    case "montage-transverse":
    case "montage-average":
    case "montage-laplacian":
    case "montage-cz":
    case "montage-ears":
    case "montage-own":
      return withMontage(state, { kind: action.slice("montage-".length) as MontageKind });
    case "low-filter":
      return withFilters(state, { lowHz: nextStep(LOW_FILTERS, state.filters.lowHz) });
    case "high-filter":
      return withFilters(state, { highHz: nextStep(HIGH_FILTERS, state.filters.highHz) });
    case "notch":
      return withFilters(state, { notchHz: nextStep(NOTCHES, state.filters.notchHz) });
    case "follow":
      return mayGrow(model) ? settle({ ...state, isFollowing: !state.isFollowing }) : state;
    case "spectrogram":
      return {
        ...state,
        spectrogram: state.spectrogram === null
          ? { row: rowsOfView(state, RECORDED_VIEW).shownRows[0] ?? 0, span: "page" }
          : null,
      };
  }
}

/** Epochs on, or off again with pages as long as they were before. */
function withEpochs(state: ReadingState, isOn: boolean): ReadingState {
  if (isOn === state.isEpochs) return state;
  const { viewport, display, lengthBeforeEpochs: before } = state;
  if (isOn) {
    const { speed } = display;
    return {
      ...state,
      display: { ...display, speed: null },
      viewport: { ...viewport, seconds: EPOCH_SECONDS },
      isEpochs: true,
      lengthBeforeEpochs: { seconds: viewport.seconds, speed },
    };
  }
  const left = { ...state, isEpochs: false, lengthBeforeEpochs: null };
  if (before === null) return left;
  return settle({
    ...left,
    display: { ...display, speed: before.speed },
    viewport: withPageSeconds(viewport, before.seconds),
  });
}

/** Another montage; the one before stays at hand for peeking. */
function withMontage(state: ReadingState, change: Partial<MontageChoice>): ReadingState {
  const montage = { ...state.montage, ...change };
  const isOther = montage.kind !== state.montage.kind;
  // Peeking at the reader's own montage shows its newest text.
  const { kind } = isOther ? state.montage : state.otherMontage;
  return {
    ...state,
    montage,
    otherMontage: { ...montage, kind },
    isPeeking: false,
  };
}

function withFilters(state: ReadingState, change: Partial<FilterSettings>): ReadingState {
  return { ...state, filters: { ...state.filters, ...change } };
}

function move(state: ReadingState, viewport: Viewport): ReadingState {
  return { ...state, viewport, isFollowing: false };
}

/** Puts the page at the newest samples while following. */
function settle(state: ReadingState): ReadingState {
  if (!state.isFollowing) return state;
  return { ...state, viewport: follow(state.viewport, extentOf(state.model), state.isStepwise) };
}
