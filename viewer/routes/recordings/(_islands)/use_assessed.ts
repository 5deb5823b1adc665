/**
 * How much of the recording can be judged, for whatever counts something: asked for behind the first page,
 * and again while there is more to come.
 *
 * @module
 */

import { useEffect, useRef, useState } from "preact/hooks";
import type { AssessedSeconds } from "../../../signal/assessed_text.ts";
import { mayGrow } from "../../../signal/live_status.ts";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import { loadLater } from "./load_later.ts";
import { whenIdle } from "./when_idle.ts";

/** Between two looks at what grows or is still being computed, ms. */
const REFRESH_MS = 60_000;

/** However busy the page is, it is asked for so long after it, ms. */
const ASK_WITHIN_MS = 5000;

/** Seconds by state; undefined until they are known, and where the recording has no trends. */
export function useAssessed(model: RecordingModel, isShown: boolean): AssessedSeconds | undefined {
  const [assessed, setAssessed] = useState<AssessedSeconds>();
  const [ticks, setTicks] = useState(0);
  const newest = useRef(model);
  newest.current = model;
  const hasSamples = model.endSeconds > 0;
  useEffect(() => {
    if (!isShown || !hasSamples) return;
    const controller = new AbortController();
    const { signal } = controller;
    const cancel = whenIdle(() => {
      // What cannot be had now is asked for again; until then nothing is said of it.
      loadLater().then(({ readAssessed }) => readAssessed(newest.current, signal))
        .then((seconds) => signal.aborted || setAssessed(seconds), () => {});
    }, ASK_WITHIN_MS);
    return () => {
      cancel();
      controller.abort();
    };
  }, [isShown, hasSamples, ticks]);
  const isMoving = mayGrow(model) || (assessed?.["not-computed"] ?? 1) > 0;
  useEffect(() => {
    if (!isMoving) return;
    const timer = setInterval(() => document.hidden || setTicks((count) => count + 1), REFRESH_MS);
    return () => clearInterval(timer);
  }, [isMoving]);
  return assessed;
}
