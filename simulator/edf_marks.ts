/**
 * A file's annotations as marks of the recording.
 *
 * Texts and onsets stay as they were written. The id of a mark follows from the file and its place in
 * it, so sending a file again sends the same marks.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { EdfAnnotation } from "@wavekeep/core/edf";
import type { AnnotationKind } from "@wavekeep/core/recording";
import {
  addSeconds,
  type ExactSeconds,
  exactSeconds,
  formatSeconds,
  toNumber,
} from "@wavekeep/core/time";
import type { SourceMark } from "./device_source.ts";
import type { EdfInput } from "./edf_source.ts";

/** Longest text the protocol takes, in UTF-16 units. */
const TEXT_LENGTH_MAX = 4096;

/** All marks of a file, in the order of the file. */
export async function edfMarks(
  input: EdfInput,
  offset: ExactSeconds,
): Promise<{ marks: SourceMark[]; notices: string[] }> {
  const marks: SourceMark[] = [];
  let cut = 0;
  for await (const annotation of input.file.annotations()) {
    if (annotation.text.length > TEXT_LENGTH_MAX) cut++;
    marks.push(toMark(input, annotation, { offset, index: marks.length }));
  }
  const notices = cut === 0 ? [] : [
    `${input.path}: ${cut} annotation texts are cut at ${TEXT_LENGTH_MAX} characters; the file's ` +
    "own bytes are kept whole",
  ];
  return { marks, notices };
}

function toMark(
  input: EdfInput,
  annotation: EdfAnnotation,
  place: { offset: ExactSeconds; index: number },
): SourceMark {
  const onset = addSeconds(place.offset, annotation.onset);
  return {
    dueSeconds: toNumber(onset),
    annotation: {
      "annotation_id": markId(input.sha256, "annotation", place.index),
      kind: kindOfText(annotation.text),
      source: "file",
      anchor: { coordinate: "recording", onset: wireSeconds(onset) },
      duration: annotation.duration === null || annotation.duration.numerator < 0n
        ? null
        : wireSeconds(annotation.duration),
      text: annotation.text.slice(0, TEXT_LENGTH_MAX),
      channels: channelsOfText(annotation.text, input),
    },
  };
}

/** Sixteen bytes that follow from the file and the place in it, hexadecimal. */
export function markId(fileSha256: string, what: string, index: number): string {
  return createHash("sha256")
    .update(`wavekeep/simulator/mark/v1\0${fileSha256}\0${what}\0${index}`)
    .digest("hex").slice(0, 32);
}

/**
 * What a text is about, when it says so itself. Only whole texts count: "no seizure" is no seizure, and
 * what a file does not say is `file`.
 */
export function kindOfText(text: string): AnnotationKind {
  const words = text.split("@@")[0]!.trim().toLowerCase();
  if (/^(seizure|sz)( onset| start)?$/.test(words)) return "seizure";
  if (/^(sleep stage (w|n?[1-4r]|\?)|movement time)$/.test(words)) return "sleep-stage";
  return "file";
}

/** EDF+ links a mark to a channel by `text@@label`; a label that is there twice marks both. */
function channelsOfText(text: string, input: EdfInput): number[] {
  const at = text.lastIndexOf("@@");
  if (at < 0) return [];
  const label = text.slice(at + 2).trim();
  return input.channels.streams.flatMap(({ channels }) =>
    channels.filter((channel) => channel.label === label).map(({ position }) => position)
  );
}

/** Decimal seconds with at most the twelve digits that the protocol takes. */
export function wireSeconds(value: ExactSeconds): string {
  const text = formatSeconds(value);
  const digits = text.split(".")[1]?.length ?? 0;
  if (digits <= 12) return text;
  const scale = 10n ** 12n;
  return formatSeconds(exactSeconds(value.numerator * scale / value.denominator, scale));
}
