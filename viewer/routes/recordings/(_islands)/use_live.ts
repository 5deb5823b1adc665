/**
 * The live edge of a recording: follows the event stream while the page is visible, and refreshes the
 * model when there is more to know than where streams end.
 *
 * @module
 */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { followLive } from "../../../api/live_client.ts";
import { followMarks } from "../../../api/follow_marks.ts";
import { onResumed, tellRefused } from "../../../seat/seat_events.ts";
import { applyCoverage } from "../../../signal/apply_coverage.ts";
import {
  advanceEdge,
  firstEdge,
  lagMs,
  type LiveEdge,
  type LiveState,
  liveState,
} from "../../../signal/live_status.ts";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import type { ReadingEvent } from "./reading_state.ts";

/** Holes are asked for again at most this often, ms. */
const REFRESH_MS = 10_000;

/** Events that come closer together are one change of the screen, ms. Backfill makes many. */
const COALESCE_MS = 400;

/** What is known of the live edge. */
export interface Live {
  readonly state: LiveState;
  /** How old a moment of the recording is, ms; null where nothing more is to come. */
  readonly lagMs: (seconds: number) => number | null;
}

/**
 * Follows a recording that is open; of a closed one, which is recorded and stays so, only its marks.
 *
 * @param onMarks Called when somebody stored a version of a mark or a review, and after times in which that
 * may have been missed. Whoever takes this keeps the marks: the model brings none.
 */
export function useLive(
  model: RecordingModel,
  dispatch: (event: ReadingEvent) => void,
  onMarks: () => void,
): Live {
  const edgeNow = useRef<LiveEdge | undefined>(undefined);
  const [state, setState] = useState<LiveState>(() => describe(model));
  const newest = useRef(model);
  // Events that wait to be shown are ahead of what was rendered last.
  if (model.endSeconds >= newest.current.endSeconds) newest.current = model;
  const isOpen = model.status === "open";
  const tellMarks = useRef(onMarks);
  tellMarks.current = onMarks;

  useEffect(() => {
    if (!isOpen) {
      setState(describe(newest.current));
      const { patientId, recordingId } = newest.current;
      return followMarks(patientId, recordingId, () => tellMarks.current());
    }
    let revision: number | undefined;
    let edge = firstEdge(newest.current.endSeconds, newest.current.ageSeconds, performance.now());
    edgeNow.current = edge;
    let refreshedAtMs = performance.now();
    let isRefreshing = false;
    let controller: AbortController | undefined;
    let changed: ReturnType<typeof setTimeout> | undefined;

    async function refresh(): Promise<void> {
      if (isRefreshing) return;
      isRefreshing = true;
      refreshedAtMs = performance.now();
      try {
        const { pathname } = location;
        const answer = await fetch(`${pathname.replace(/\/$/, "")}/model`, {
          headers: { accept: "application/json" },
        });
        if (!answer.ok) return;
        const fresh = await answer.json() as RecordingModel;
        newest.current = fresh;
        dispatch({ type: "model", model: fresh });
      } catch {
        // The stream says when the connection is gone; the next event tries again.
      } finally {
        isRefreshing = false;
      }
    }

    function connect(): void {
      controller?.abort();
      controller = new AbortController();
      const { patientId, recordingId } = newest.current;
      void followLive(patientId, recordingId, {
        coverage(coverage) {
          edgeNow.current = edge = advanceEdge(edge, coverage.endSeconds, performance.now());
          const { model: covered, isOutdated } = applyCoverage(newest.current, coverage);
          newest.current = covered;
          changed ??= setTimeout(() => {
            changed = undefined;
            dispatch({ type: "model", model: newest.current });
          }, COALESCE_MS);
          const isDue = performance.now() - refreshedAtMs > REFRESH_MS;
          if (isOutdated || isDue) void refresh();
          if (coverage.annotationRevision !== revision) tellMarks.current();
          revision = coverage.annotationRevision;
        },
        connected(isConnected) {
          revision = undefined;
          edge = { ...edge, isConnected };
        },
        refused(status) {
          edge = { ...edge, isConnected: false };
          if (status === 401) tellRefused();
        },
      }, controller.signal);
    }

    // A hidden page gives its connection back: a browser has six to one origin.
    function onVisibility(): void {
      if (document.hidden) {
        controller?.abort();
        edge = { ...edge, isConnected: false };
      } else {
        connect();
        void refresh();
      }
    }

    const tick = () =>
      setState((before) => {
        const now = liveState(edge, { status: "open", nowMs: performance.now() });
        return now.kind === before.kind && now.text === before.text ? before : now;
      });
    // What was refused while the seat was locked is wanted again.
    const endResuming = onResumed(onVisibility);
    connect();
    tick();
    const timer = setInterval(tick, 500);
    document.addEventListener("visibilitychange", onVisibility);
    return () => {
      clearInterval(timer);
      clearTimeout(changed);
      endResuming();
      document.removeEventListener("visibilitychange", onVisibility);
      controller?.abort();
      edgeNow.current = undefined;
    };
  }, [isOpen]);

  const lag = useCallback((seconds: number) => {
    const edge = edgeNow.current;
    return edge === undefined ? null : lagMs(edge, seconds, performance.now());
  }, []);
  return { state, lagMs: lag };
}

/** What the server can say before anything is connected. */
function describe(model: RecordingModel): LiveState {
  const edge = firstEdge(model.endSeconds, model.ageSeconds, 0);
  return liveState(edge, { status: model.status, nowMs: 0 });
}
