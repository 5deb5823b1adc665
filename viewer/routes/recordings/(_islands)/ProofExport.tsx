/**
 * The button that makes an export with its proof, and what becomes of it.
 *
 * An export that nobody has fetched is done without when the reader goes away; one that was fetched the
 * service keeps, sealed, until it expires: its download may still be under way.
 *
 * @module
 */

import type { ExportStatus } from "@wavekeep/core/wire";
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { exportFilePath, leaveExport, runExport } from "../../../api/export_client.ts";

/** What is exported. */
export interface ProofExportProps {
  readonly patientId: string;
  readonly recordingId: string;
  /** False for a role that may not. */
  readonly mayExport: boolean;
}

const STATES: Readonly<Record<ExportStatus["state"], string>> = {
  waiting: "Waiting for its turn",
  writing: "Writing",
  checking: "Checking what was written, as whoever gets it would",
  ready: "Ready and sound",
  refused: "Refused",
  cancelled: "Cancelled",
};

/** The button, its progress, and the download. */
export function ProofExport({ patientId, recordingId, mayExport }: ProofExportProps): VNode {
  const [status, setStatus] = useState<ExportStatus>();
  const [problem, setProblem] = useState<string>();
  const [isAsked, setAsked] = useState(false);
  const running = useRef<AbortController | undefined>(undefined);
  /** Of an export that nobody has fetched. */
  const unfetched = useRef<string | undefined>(undefined);
  const link = useRef<HTMLAnchorElement>(null);

  const leave = () => {
    running.current?.abort();
    running.current = undefined;
    if (unfetched.current !== undefined) leaveExport(unfetched.current);
    unfetched.current = undefined;
  };
  useEffect(() => {
    addEventListener("pagehide", leave);
    return () => {
      removeEventListener("pagehide", leave);
      leave();
    };
  }, []);

  const isReady = status?.state === "ready";
  useEffect(() => {
    if (isReady) link.current?.click();
  }, [isReady]);

  const start = async () => {
    const controller = new AbortController();
    running.current = controller;
    setAsked(true);
    setProblem(undefined);
    setStatus(undefined);
    const { signal } = controller;
    const onStatus = (next: ExportStatus) => {
      // Cancelled before the id was known: now it is.
      if (signal.aborted) return leaveExport(next.export_id);
      unfetched.current = next.export_id;
      setStatus(next);
    };
    try {
      await runExport({ patientId, recordingId, signal, onStatus });
    } catch (error) {
      if (signal.aborted) return;
      setStatus(undefined);
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setAsked(false);
  };
  const cancel = () => {
    leave();
    setAsked(false);
    setStatus(undefined);
  };

  if (!mayExport) return <p class="muted">Your role may not export recordings.</p>;
  return (
    <div class="proof-export">
      <p class="proof-actions">
        {isAsked
          ? <button type="button" onClick={cancel}>Cancel the export</button>
          : (
            <button type="button" class="primary" onClick={start}>
              Make the export with its proof
            </button>
          )}
        {isReady && (
          <a
            ref={link}
            class="button"
            href={exportFilePath(status.export_id)}
            download
            onClick={() => unfetched.current = undefined}
          >
            Download it again ({sizeText(status.byte_length ?? 0)})
          </a>
        )}
        {isAsked && <progress aria-label="The export" max={1} value={status?.progress ?? 0} />}
        <span role="status">{isAsked || isReady ? said(status) : ""}</span>
      </p>
      {problem !== undefined && <p class="notice bad" role="alert">No export was made: {problem}
      </p>}
    </div>
  );
}

/** Tenths, so that a screen reader is not talking all the time. */
function said(status: ExportStatus | undefined): string {
  if (status === undefined) return "Asking for it";
  const text = STATES[status.state];
  if (status.state === "ready") return `${text}: the download has begun.`;
  return `${text}: ${Math.floor(status.progress * 10) * 10} %`;
}

function sizeText(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
