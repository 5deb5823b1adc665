/**
 * A recording as a researcher may see it.
 *
 * Sole owner of what is taken away. What is made here has the form of an opened recording, so that everything
 * behind it (windows, envelopes, EDF, BIDS) works on it as on any other and has nothing else to give out: names
 * are pseudonyms, dates are shifted, channels are in words of closed lists, ids and digests of segments and
 * streams are numbers. Hazard: samples are looked for and verified by the ids of the recording as it is stored, so
 * `identityOf` of this module is asked, never that of the view.
 *
 * @see query/decisions/0008-research-views.md
 * @module
 */

import type { CivilStart, Hole } from "@wavekeep/core/recording";
import { addToCivil, exactSeconds, formatCivil, parseCivil } from "@wavekeep/core/time";
import { identityOf, type OpenRecording, type OpenStream } from "../open_recording.ts";
import type { PlacedAnnotation } from "../read_annotations.ts";
import type { StreamIdentity } from "../verify_chunk.ts";
import { plainChannel } from "./plain_channel.ts";
import type { SitePseudonyms } from "./site_pseudonyms.ts";

/** A recording under its pseudonyms, and whose chunks it shows. */
export interface ResearchRecording {
  /** Everything that may be told. */
  readonly view: OpenRecording;
  /** As it is stored; never told. */
  readonly stored: OpenRecording;
}

/** Years that EDF can write; a start that would lie before them is not told. */
const FIRST_YEAR = 1985;

const SECONDS_A_DAY = 86_400;

/** The view of a recording. */
export function deidentified(stored: OpenRecording, names: SitePseudonyms): ResearchRecording {
  const { patientCode, recordingId } = stored.stored;
  return {
    stored,
    view: {
      ...stored,
      stored: {
        ...stored.stored,
        patientCode: names.patient(patientCode),
        recordingCode: names.recording(recordingId),
      },
      startedAt: shifted(stored.startedAt, names.daysBack(patientCode)),
      segments: stored.segments.map((segment) => ({
        ...segment,
        segmentId: plainSegmentId(segment.segmentNumber),
        segmentDigest: NO_DIGEST,
      })),
      streams: stored.streams.map((stream) => ({
        ...stream,
        channels: stream.channels.map(plainChannel),
        descriptorDigest: NO_DIGEST,
      })),
    },
  };
}

/** What the chunks of a stream of the view must fit. */
export function storedIdentity(
  { stored }: ResearchRecording,
  of: Pick<OpenStream, "segmentNumber" | "stream">,
): StreamIdentity {
  const stream = stored.streams.find(({ segmentNumber, stream }) =>
    segmentNumber === of.segmentNumber && stream === of.stream
  );
  return identityOf(stored, stream!)!;
}

/** Marks that stand, with kind and time and nothing else; those that nobody can place say nothing. */
export function deidentifiedMarks(marks: readonly PlacedAnnotation[]): PlacedAnnotation[] {
  return marks.filter(({ json, onset }) => json.status === "active" && onset !== undefined)
    .map(({ json, onset, duration }, index): PlacedAnnotation => ({
      onset,
      duration,
      json: {
        "annotation_id": index.toString(16).padStart(32, "0"),
        version: 1,
        kind: json.kind,
        // So that a file of marks calls it by its kind; no table of a view has this column.
        source: "human",
        author: "",
        "author_role": "",
        anchor: { coordinate: "recording", onset: json.onset_seconds! },
        "onset_seconds": json.onset_seconds,
        "duration_seconds": json.duration_seconds,
        text: "",
        channels: [],
        status: "active",
        term: null,
        detection: null,
        review: null,
        "received_at": "",
      },
    }));
}

/** Holes with place and kind. */
export function deidentifiedHoles(holes: readonly Hole[]): Hole[] {
  return holes.map((hole) => ({ ...hole, reason: null }));
}

/** Says which segment of the view it is, and nothing of the stored one. */
function plainSegmentId(segmentNumber: number): string {
  return segmentNumber.toString(16).padStart(32, "0");
}

const NO_DIGEST = new Uint8Array(32);

/** A zone says where a patient lives; civil time is all that is left. */
function shifted(start: CivilStart | null, daysBack: number): CivilStart | null {
  if (start === null) return null;
  const civil = addToCivil(parseCivil(start.civil), exactSeconds(-daysBack * SECONDS_A_DAY));
  return civil.year < FIRST_YEAR ? null : { civil: formatCivil(civil), zone: null };
}
