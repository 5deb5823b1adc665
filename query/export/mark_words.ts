/**
 * What a mark says outside Wavekeep: one line of text, and the names of its channels.
 *
 * Sole owner of how a file that holds nothing but texts tells marks apart. What a person or a file wrote
 * stays as it was written; a mark without a text says its term or kind; what an algorithm made says so, by
 * which method, and what readers made of it stands behind.
 *
 * @module
 */

import { eventTerm, uniqueLabels } from "@wavekeep/core/recording";
import type { AnnotationJson } from "@wavekeep/core/wire";
import type { OpenRecording } from "../open_recording.ts";

/** The text of a mark in a file of annotations. */
export function markWords(mark: AnnotationJson): string {
  const notes = [methodWords(mark), reviewWords(mark)].filter((note) => note !== "");
  const words = markName(mark);
  return notes.length === 0 ? words : `${words} [${notes.join("; ")}]`;
}

/** What a mark is called: its term and its text, whichever there are, or its kind. */
function markName({ term, text, kind, source }: AnnotationJson): string {
  const name = term === null ? "" : eventTerm(term)?.name ?? term;
  // What a file left empty stays empty: an imported file comes out as it went in.
  if (name === "") return text === "" && source !== "file" ? kind : text;
  if (text === "" || text.toLowerCase() === name.toLowerCase()) return text || name;
  return `${name}: ${text}`;
}

/** How an algorithm came to a mark; empty for others. */
function methodWords({ source, detection }: AnnotationJson): string {
  if (source !== "algorithm") return "";
  if (detection === null) return "algorithm";
  const { method, version, score } = detection;
  return `algorithm ${method} ${version}${score === null ? "" : `, score ${score}`}`;
}

/** What readers made of a mark; an algorithm's says so, too, when nobody has looked. */
function reviewWords({ source, review }: AnnotationJson): string {
  if (review === null) return source === "algorithm" ? "not reviewed" : "";
  return review.disputed ? "disputed" : review.verdict;
}

/** Finds the labels of a mark's channels. */
export interface ChannelNames {
  /** As written; what two channels share comes once. */
  labels(mark: AnnotationJson): string[];
  /** `T8-P8#2` for the second of a label; what no segment has is `@7`. */
  names(mark: AnnotationJson): string[];
}

/** The channels of a recording by position, in the segment that a mark holds on to or else the first. */
export function channelNames({ segments, streams }: OpenRecording): ChannelNames {
  const tables = segments.map(({ segmentNumber, segmentId }) => {
    const channels = streams.filter((stream) => stream.segmentNumber === segmentNumber)
      .flatMap(({ channels }) => channels).sort((a, b) => a.position - b.position);
    const names = uniqueLabels(channels.map(({ label }) => label));
    return {
      segmentId,
      byPosition: new Map(
        channels.map(({ position, label }, i) => [position, { label, name: names[i]! }]),
      ),
    };
  });
  function channelAt(position: number, { anchor }: AnnotationJson) {
    const own = anchor.coordinate === "sample"
      ? tables.find(({ segmentId }) => segmentId === anchor.segment_id)
      : undefined;
    return [own, ...tables].map((table) => table?.byPosition.get(position)).find(Boolean);
  }
  return {
    labels: (mark) => [
      ...new Set(mark.channels.flatMap((position) => channelAt(position, mark)?.label ?? [])),
    ],
    names: (mark) =>
      mark.channels.map((position) => channelAt(position, mark)?.name ?? `@${position}`),
  };
}
