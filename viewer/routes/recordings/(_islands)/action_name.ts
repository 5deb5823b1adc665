/**
 * What an event does to the page, as a name to measure it by.
 *
 * @module
 */

import type { ActionName } from "../../../signal/renderer/action_clock.ts";
import { isSameView, type ReadingEvent, type ReadingState } from "./reading_state.ts";

/**
 * The name of a change that repaints, or undefined when the page stays as it is.
 *
 * What arrives by itself, live samples and marks, is no action.
 */
export function actionName(
  before: ReadingState,
  after: ReadingState,
  event: ReadingEvent,
): ActionName | undefined {
  if (["model", "marks", "stepwise"].includes(event.type)) return undefined;
  const [from, to] = [before.viewport, after.viewport];
  if (to.seconds !== from.seconds) return "page-length";
  if (to.start !== from.start) return isJump(event) ? "event-jump" : "page-turn";
  if (before.sensitivity !== after.sensitivity) return "sensitivity";
  if (isSameView(before, after)) return undefined;
  return before.filters === after.filters ? "montage" : "filter";
}

function isJump(event: ReadingEvent): boolean {
  return event.type === "show" || event.type === "focus" ||
    (event.type === "action" && /^(next|previous)-(event|unreviewed)$/.test(event.action));
}
