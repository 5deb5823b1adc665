/**
 * The recording that a request names by its codes.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { IngestDeps } from "./deps.ts";
import type { Sender, StoredRecording } from "./store/ingest_store.ts";

/** A recording as clients name it. */
export interface RecordingCodes {
  readonly patientCode: string;
  readonly recordingCode: string;
}

/** Who names recordings by codes that somebody gave it once: devices, also by way of a relay. */
export const DEVICE_ROLES: ReadonlySet<string> = new Set(["device", "relay"]);

/**
 * A device finds what it opened, or opened a segment of; people find every recording of their site.
 *
 * @param options.ofWhomever Also another device's: what a relay says of itself.
 * @throws {ProblemError} `recording-not-found`, the same whether it never was, is another site's or another
 * device's; `recording-moved` when it is somebody else's by now, or may be, for all that a device knows.
 */
export async function findRecording(
  deps: Pick<IngestDeps, "store">,
  sender: Sender,
  codes: RecordingCodes,
  { ofWhomever = false }: { readonly ofWhomever?: boolean } = {},
): Promise<StoredRecording> {
  const isDevice = DEVICE_ROLES.has(sender.role);
  const found = async (recording: StoredRecording | undefined) => {
    if (recording === undefined || !isDevice || ofWhomever) return recording;
    return await isOf(deps, sender, recording) ? recording : undefined;
  };
  const recording = await found(await deps.store.findRecording(sender.siteId, codes));
  // A device knows the codes that it was given, and after a swap they are another recording's.
  if (recording?.isMoved && isDevice) throw recordingMoved();
  if (recording !== undefined) return recording;
  const opened = await found(await deps.store.findOpened(sender.siteId, codes));
  if (opened !== undefined) throw recordingMoved();
  throw new ProblemError("recording-not-found", {
    detail: "There is no such recording at this site",
  });
}

/** Whether the sender opened a recording, or a segment of it. */
async function isOf(
  { store }: Pick<IngestDeps, "store">,
  { siteId, actor }: Sender,
  { recordingId, openedBy }: StoredRecording,
): Promise<boolean> {
  if (openedBy === actor) return true;
  const segments = await store.listSegments(siteId, recordingId);
  return segments.some((segment) => segment.actor === actor);
}

/** A recording that was reassigned takes nothing that does not name its segment. */
export function recordingMoved(): ProblemError {
  return new ProblemError("recording-moved", {
    detail: "The recording was given to another patient, or got another code: open another one",
  });
}

/**
 * The recording whose segment is opened: by its codes, and by its segment when it was reassigned since, so that
 * a device that begins anew finds what it has begun.
 *
 * @throws {ProblemError} As {@link findRecording}; `recording-moved` for a segment that is not there.
 */
export async function findRecordingOfSegment(
  deps: Pick<IngestDeps, "store" | "segments">,
  sender: Sender,
  codes: RecordingCodes,
  segmentId: Uint8Array,
): Promise<StoredRecording> {
  const recording = await deps.store.findRecording(sender.siteId, codes);
  if (recording !== undefined && recording.isMoved === undefined) return recording;
  const known = await deps.segments.find(sender.siteId, segmentId);
  if (known?.recording.isMoved) return known.recording;
  if (recording !== undefined) throw recordingMoved();
  return await findRecording(deps, sender, codes);
}
