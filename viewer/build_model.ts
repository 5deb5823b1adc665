/**
 * Query's answers to the model the screen works with.
 *
 * Sole place where wire types meet the viewer's own. A row follows a channel by name, type and unit
 * through all segments; where a segment has it not, the row is blank there. Hazard: everything in the
 * model goes to the browser.
 *
 * @module
 */

import { gainAndOffset } from "@wavekeep/core/calibration";
import { type Channel, microvoltsPerUnit, uniqueLabels } from "@wavekeep/core/recording";
import type { AnnotationList, RecordingDetail } from "@wavekeep/core/wire";
import { compareMarks, markOf } from "./marks/mark_of.ts";
import type {
  ChannelModel,
  RecordingModel,
  RowModel,
  SegmentModel,
} from "./signal/recording_model.ts";
import { sideOfLabel } from "./signal/side.ts";

/** Builds the model; without marks where no list of them is given. */
export function buildModel(
  detail: RecordingDetail,
  list: Pick<AnnotationList, "annotations"> = { annotations: [] },
): RecordingModel {
  const rows: RowModel[] = [];
  const rowIndexes = new Map<string, number>();
  // A position means one channel within a segment; over segments the first that has it decides.
  const rowOfPosition: number[] = [];
  const segments = detail.segments.map((segment): SegmentModel => {
    const channels = segment.streams.flatMap((stream) => stream.channels)
      .sort((a, b) => a.position - b.position);
    const names = uniqueLabels(channels.map(({ label }) => label));
    // Rows come in file order, whatever stream a channel is in.
    const rowOf = new Map(channels.map((channel, index) => {
      const row = toRow(channel, names[index]!);
      const key = [row.name, row.type, row.unit, row.isPhysical].join("\0");
      if (!rowIndexes.has(key)) rowIndexes.set(key, rows.push(row) - 1);
      return [channel.position, rowIndexes.get(key)!];
    }));
    for (const [position, row] of rowOf) {
      while (rowOfPosition.length <= position) rowOfPosition.push(-1);
      if (rowOfPosition[position] === -1) rowOfPosition[position] = row;
    }
    return {
      id: segment.segment_id,
      number: segment.segment_number,
      start: segment.start_seconds,
      end: Number(segment.end_seconds),
      clock: segment.clock,
      streams: segment.streams.map((stream) => ({
        stream: stream.stream,
        rate: stream.rate,
        endSample: stream.end_sample,
        channels: stream.channels.map((channel): ChannelModel => ({
          row: rowOf.get(channel.position)!,
          calibration: channel.calibration,
        })),
      })),
    };
  });
  const active = list.annotations.filter(({ status }) => status === "active");
  const marks = active.flatMap((annotation) => markOf(annotation, rowOfPosition) ?? [])
    .sort(compareMarks);
  return {
    patientId: detail.patient_id,
    recordingId: detail.recording_id,
    status: detail.status,
    startedAt: detail.started_at,
    durationSeconds: Number(detail.duration_seconds),
    endSeconds: Math.max(0, ...segments.map(({ end }) => end)),
    rows,
    segments,
    holes: detail.holes.map((hole) => ({
      kind: hole.kind,
      start: Number(hole.start),
      end: Number(hole.end),
      uncertainty: Number(hole.uncertainty),
      segmentId: hole.segment_id,
      stream: hole.stream,
    })),
    rowOfPosition,
    marks,
    unplacedMarkCount: active.length - marks.length,
    ageSeconds: ageSeconds(detail),
    asOf: detail.as_of,
  };
}

function toRow(channel: Channel, name: string): RowModel {
  const { calibration, label, type, unit } = channel;
  const scale = calibration === null ? undefined : gainAndOffset(calibration);
  const isPhysical = calibration === null || scale !== undefined;
  const range = calibration === null ? null : scale === undefined
    ? {
      min: calibration.digitalMin,
      max: Math.max(calibration.digitalMax, calibration.digitalMin + 1),
    }
    : { min: Number(calibration.physicalMin), max: Number(calibration.physicalMax) };
  const microvolts = isPhysical ? microvoltsPerUnit(unit) ?? null : null;
  return {
    name: name === "" ? `channel ${channel.position + 1}` : name,
    label,
    type,
    unit: unit.trim(),
    side: type === "eeg" ? sideOfLabel(label) : "other",
    microvoltsPerUnit: microvolts,
    range,
    isPhysical,
    prefilter: channel.prefilter,
  };
}

/**
 * Seconds from the newest commit to the moment of the answer, both by the server's clock. Null when
 * nothing has come, or nothing more will: what is complete is not live, however fresh it is.
 */
function ageSeconds(detail: RecordingDetail): number | null {
  if (detail.last_received_at === null || detail.complete) return null;
  const age = Date.parse(detail.as_of) - Date.parse(detail.last_received_at);
  return Number.isFinite(age) ? Math.max(0, age / 1000) : null;
}
