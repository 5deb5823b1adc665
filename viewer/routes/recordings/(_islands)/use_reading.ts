/**
 * The state of the page, and the measure of every change that repaints.
 *
 * @module
 */

import { useCallback, useMemo, useReducer, useRef } from "preact/hooks";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import { ActionClock } from "../../../signal/renderer/action_clock.ts";
import { actionName } from "./action_name.ts";
import {
  type OpenAt,
  openReading,
  type ReadingEvent,
  type ReadingState,
  reduceReading,
} from "./reading_state.ts";

/** What every part of the page reads and sends to. */
export interface Reading {
  readonly state: ReadingState;
  /** The state with every event that was sent, ahead of what was rendered last. */
  readonly current: { readonly current: ReadingState };
  /** The same function as long as the page lives. */
  readonly dispatch: (event: ReadingEvent) => void;
  readonly clock: ActionClock;
}

/** Opens the state of one page. */
export function useReading(model: RecordingModel, place: OpenAt): Reading {
  const [state, send] = useReducer(reduceReading, model, () => openReading(model, place));
  const current = useRef(state);
  current.current = state;
  const clock = useMemo(() => new ActionClock({ performance, afterPaint }), []);
  const dispatch = useCallback((event: ReadingEvent) => {
    const next = reduceReading(current.current, event);
    const name = actionName(current.current, next, event);
    // Several events may come before the next rendering.
    current.current = next;
    // The event being handled, whoever listens to it.
    if (name !== undefined) clock.begin(name, globalThis.event?.timeStamp ?? performance.now());
    send(event);
  }, []);
  return { state, current, dispatch, clock };
}

/** Calls back when the frame that holds what was drawn until now has been put together. */
export function afterPaint(callback: () => void): void {
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      callback();
    };
    port2.postMessage(undefined);
  });
}
