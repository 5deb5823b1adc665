/**
 * What a reader may want to see next, from what is on screen: pages to have, traces to prepare.
 *
 * The reducer says where each action would lead, so nothing here knows how a page is turned or which
 * filter follows which.
 *
 * @module
 */

import type { PageWish } from "../../../api/page_shelf.ts";
import type { PageScene } from "../../../signal/draw_page.ts";
import { displayedModel } from "../../../signal/montage_model.ts";
import type { PageData } from "../../../signal/page_data.ts";
import { rowsInWindow, type RowWindow } from "../../../signal/row_window.ts";
import { rowFacts } from "../../../signal/tools/row_facts.ts";
import { STATE_ACTIONS, type StateAction } from "./handlers.ts";
import {
  isSameView,
  type ReadingEvent,
  type ReadingState,
  reduceReading,
  rowsOfView,
  viewOf,
} from "./reading_state.ts";

/** What a reader does page after page. Two pages on is for whoever turns twice in a breath. */
const MOVES: readonly (readonly ReadingEvent[])[] = [
  [act("next-page")],
  [act("previous-page")],
  [act("next-event")],
  [act("previous-event")],
  [act("next-unreviewed")],
  [act("larger")],
  [act("smaller")],
];

const FAR_MOVES: readonly (readonly ReadingEvent[])[] = [
  [act("next-page"), act("next-page")],
  [act("previous-page"), act("previous-page")],
];

/** Looks that are stepped through with the same key. */
const REPEATED_LOOKS = ["low-filter", "high-filter", "notch"] as const;

/** Ways through a recording that are gone step by step. */
const REPEATED_MOVES = [
  "next-page",
  "previous-page",
  "next-event",
  "previous-event",
  "next-unreviewed",
  "previous-unreviewed",
] as const;

/** Other looks at the same stretch. */
const LOOKS: readonly (readonly ReadingEvent[])[] = [
  [{ type: "peek", isPeeking: true }],
  ...REPEATED_LOOKS.map((action) => [act(action)]),
];

/** Worth having as samples, not as pictures: each alone is too unlikely. */
const MONTAGES: readonly (readonly ReadingEvent[])[] = STATE_ACTIONS
  .filter((action) => action.startsWith("montage-")).map((action) => [act(action)]);

/** What the reader has just done is what is done next: this move or this look above all. */
export type Habit = "moves" | "looks" | StateAction;

/** What led from one state to the next. */
export function habitOf(before: ReadingState | undefined, state: ReadingState): Habit {
  if (before === undefined) return "moves";
  if (isSameView(before, state)) {
    const { start } = state.viewport;
    if (start === before.viewport.start) return "moves";
    return REPEATED_MOVES.find((action) =>
      reduceReading(before, { type: "action", action }).viewport.start === start
    ) ?? "moves";
  }
  const again = REPEATED_LOOKS.find((action) =>
    isSameView(reduceReading(before, { type: "action", action }), state)
  );
  return again ?? "looks";
}

function isRepeatedMove(habit: Habit): habit is typeof REPEATED_MOVES[number] {
  return (REPEATED_MOVES as readonly Habit[]).includes(habit);
}

function act(action: StateAction): ReadingEvent {
  return { type: "action", action };
}

/** The page that a state asks for. */
export function wishOf(state: ReadingState): PageWish {
  const { start, seconds } = state.viewport;
  return { start, seconds, view: viewOf(state) };
}

/** States that may follow, likeliest first. None while following: the next page comes by itself. */
export function likelyNext(state: ReadingState, habit: Habit = "moves"): ReadingState[] {
  if (state.isFollowing) return [];
  const again = habit === "moves" || habit === "looks" ? [] : [[act(habit)]];
  const isMoving = habit === "moves" || isRepeatedMove(habit);
  // Who goes on goes on: where they came from is kept anyway.
  const further = isRepeatedMove(habit) ? [[act(habit), act(habit)]] : [];
  const events = isMoving
    ? [...again, ...further, ...MOVES, ...LOOKS, ...FAR_MOVES]
    : [...again, ...LOOKS, ...MOVES, ...FAR_MOVES];
  return events.map((one) => one.reduce(reduceReading, state));
}

/** Pages that may be asked for next, likeliest first, without the one that is. */
export function wishesAhead(state: ReadingState, habit: Habit = "moves"): PageWish[] {
  const montages = state.isFollowing
    ? []
    : MONTAGES.map((events) => events.reduce(reduceReading, state));
  const wishes = new Map(
    [state, ...likelyNext(state, habit), ...montages].map(wishOf)
      .map((wish) => [JSON.stringify(wish), wish]),
  );
  return [...wishes.values()].slice(1);
}

/** The part of a scene that another page changes. */
export type SceneAhead = Pick<
  PageScene,
  "model" | "page" | "shownRows" | "sensitivity" | "rowFacts"
>;

/**
 * Scenes that may be drawn next, likeliest first: of those pages that are here.
 *
 * @param pageOf A page that is here already.
 */
export function* scenesAhead(
  state: ReadingState,
  pageOf: (wish: PageWish) => PageData | undefined,
  habit: Habit = "moves",
): Generator<SceneAhead> {
  const lookOf = (of: ReadingState) => JSON.stringify([wishOf(of), of.sensitivity]);
  const seen = new Set([lookOf(state)]);
  for (const next of likelyNext(state, habit)) {
    const look = lookOf(next);
    const page = seen.has(look) ? undefined : pageOf(wishOf(next));
    seen.add(look);
    if (page === undefined) continue;
    const { montage, shownRows } = rowsOfView(next, page.view);
    const model = displayedModel(next.model, montage);
    yield {
      model,
      page,
      shownRows,
      sensitivity: next.sensitivity,
      rowFacts: rowFacts(montage, page.view, next.display.rows, model),
    };
  }
}

/** Scenes with the rows that a page shows of them: what is prepared has to be what is drawn. */
export function* inRowWindow(
  scenes: Iterable<SceneAhead>,
  window: RowWindow,
): Generator<SceneAhead> {
  for (const scene of scenes) {
    yield { ...scene, shownRows: rowsInWindow(scene.shownRows, window) };
  }
}
