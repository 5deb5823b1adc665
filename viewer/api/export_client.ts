/**
 * An export with its proof, over the viewer's own origin: asked for, followed until it has ended, done without.
 *
 * @module
 */

import type { ExportStatus } from "@wavekeep/core/wire";

/** Between two questions of how far it is, ms. */
const POLL_MS = 500;

/** An export could not be had; the message is for the reader. */
export class ExportError extends Error {
  override readonly name = "ExportError";
}

/** What the runner is given. */
export interface ExportRun {
  readonly patientId: string;
  readonly recordingId: string;
  readonly signal: AbortSignal;
  /** Called with each answer; the first has the id that {@link leaveExport} wants. */
  readonly onStatus: (status: ExportStatus) => void;
}

/**
 * Asks for an export and follows it until it is ready.
 *
 * @throws {ExportError} It was refused, and why; or there was no answer.
 */
export async function runExport(run: ExportRun): Promise<ExportStatus> {
  const { patientId, recordingId, signal, onStatus } = run;
  const path = `/api/query/patients/${encodeURIComponent(patientId)}/recordings/${
    encodeURIComponent(recordingId)
  }/exports`;
  // Nobody would know of a job whose answer was not waited for, so asking is not broken off.
  let status = await ask(path, { method: "POST" });
  for (;;) {
    onStatus(status);
    if (status.state === "ready") return status;
    if (status.state === "refused" || status.state === "cancelled") {
      throw new ExportError(status.reason ?? "The export was ended");
    }
    await pause(signal);
    status = await ask(`/api/query/exports/${status.export_id}`, { signal });
  }
}

/** Where a ready export is fetched. */
export function exportFilePath(exportId: string): string {
  return `/api/query/exports/${exportId}/file`;
}

/** Does without an export: what was written goes. Also while the page is being left. */
export function leaveExport(exportId: string): void {
  fetch(`/api/query/exports/${exportId}`, { method: "DELETE", keepalive: true }).catch(() => {
    // It is removed within the hour.
  });
}

async function ask(path: string, init: RequestInit): Promise<ExportStatus> {
  let answer: Response;
  try {
    answer = await fetch(path, { ...init, headers: { accept: "application/json" } });
  } catch (cause) {
    init.signal?.throwIfAborted();
    throw new ExportError("The server does not answer", { cause });
  }
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body as ExportStatus;
  const { title, detail } = body as { title?: string; detail?: string };
  throw new ExportError(detail ?? title ?? `The server answers ${answer.status}`);
}

/** @throws The signal's reason. */
function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", leave);
      resolve();
    }, POLL_MS);
    const leave = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener("abort", leave, { once: true });
  });
}
