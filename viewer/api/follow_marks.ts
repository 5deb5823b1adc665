/**
 * Follows the marks of a recording that brings no samples any more, while its page is visible.
 *
 * @module
 */

import { onResumed, tellRefused } from "../seat/seat_events.ts";
import { followLive } from "./live_client.ts";

/**
 * Calls `tell` when another reader may have stored something: with every new revision, and with the first
 * event of each connection, before which anything may have been missed.
 *
 * @returns Ends it.
 */
export function followMarks(
  patientId: string,
  recordingId: string,
  tell: () => void,
): () => void {
  let controller = new AbortController();

  function connect(): void {
    let revision: number | undefined;
    controller = new AbortController();
    void followLive(patientId, recordingId, {
      coverage({ annotationRevision }) {
        if (annotationRevision !== revision) tell();
        revision = annotationRevision;
      },
      connected() {
        revision = undefined;
      },
      refused(status) {
        if (status === 401) tellRefused();
      },
    }, controller.signal);
  }

  // A hidden page gives its connection back: a browser has six to one origin.
  function onVisibility(): void {
    controller.abort();
    if (!document.hidden) connect();
  }

  if (!document.hidden) connect();
  document.addEventListener("visibilitychange", onVisibility);
  const endResuming = onResumed(onVisibility);
  return () => {
    controller.abort();
    endResuming();
    document.removeEventListener("visibilitychange", onVisibility);
  };
}
