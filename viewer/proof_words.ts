/**
 * What is logged and signed of a recording, in the words of its page.
 *
 * Says no more than was counted: counts are query's, the proof itself is in the export. Hazard: a word of
 * comfort too many here is worse than none.
 *
 * @module
 */

import { gridRange } from "@wavekeep/core/chunk";
import { sampleRate, secondsOfSample, toNumber } from "@wavekeep/core/time";
import type { RecordingDetail, RecordingProof } from "@wavekeep/core/wire";
import { elapsedText } from "./signal/clock_text.ts";

/** How a line or the whole is to be read. */
export type Standing = "good" | "wait" | "bad";

/** One line of the page. */
export interface ProofLine {
  readonly name: string;
  readonly text: string;
  readonly standing?: Standing;
  /** Stretches or places, one by one. */
  readonly items?: readonly string[];
}

/** What the page says. */
export interface ProofWords {
  readonly standing: Standing;
  readonly verdict: string;
  readonly lines: readonly ProofLine[];
  /** How the line of the log's published key begins; undefined before there is a log. */
  readonly logKey: string | undefined;
}

/** Damaged places that are named. */
const NAMED_MAX = 20;

/** Puts it into words. */
export function proofWords(detail: RecordingDetail, proof: RecordingProof): ProofWords {
  const counts = countChunks(detail, proof);
  const { stored, waiting, missing } = counts;
  const logged = stored - waiting;
  const { log } = proof;
  return {
    ...verdictOf(proof, counts),
    logKey: log === null ? undefined : `${log.origin}+${log.key_id}`,
    lines: [
      {
        name: "Whose it is",
        text: `Patient ${detail.patient_id}, recording ${detail.recording_id}. ` +
          "These are codes, not names.",
      },
      {
        name: "Logged and signed",
        text: `${count(logged)} of ${count(stored)} chunks, each about a second of all channels ` +
          "of one rate",
        standing: log !== null && waiting === 0 && missing === 0 && stored > 0 ? "good" : "wait",
      },
      {
        name: "Newest checkpoint",
        text: log === null
          ? "None yet: the service that writes the log has signed nothing"
          : `${timeText(log.published_at)}; it signs ${count(log.size)} entries of this log`,
      },
      witnessLine(proof),
      deviceLine(proof),
      clockLine(proof),
      failureLine(detail, proof),
      erasureLine(detail, proof),
    ],
  };
}

interface ChunkCounts {
  readonly stored: number;
  /** Stored and not in the checkpoint. */
  readonly waiting: number;
  /** In the checkpoint and not stored. */
  readonly missing: number;
}

/** Stream by stream, so that what one has too many does not make up for what another has too few. */
function countChunks({ segments }: RecordingDetail, { streams }: RecordingProof): ChunkCounts {
  const logged = new Map(streams.map((one) => [
    `${one.segment_number}/${one.stream}`,
    one.logged_count,
  ]));
  let [stored, waiting, missing] = [0, 0, 0];
  for (const { segment_number: segment, streams } of segments) {
    for (const { stream, chunk_count: chunks } of streams) {
      const key = `${segment}/${stream}`;
      const inLog = logged.get(key) ?? 0;
      logged.delete(key);
      stored += chunks;
      waiting += Math.max(0, chunks - inLog);
      missing += Math.max(0, inLog - chunks);
    }
  }
  // Whole streams that are no longer there.
  for (const inLog of logged.values()) missing += inLog;
  return { stored, waiting, missing };
}

function verdictOf(
  { log, erased_at: erasedAt, failures, first_received_at: first, before_log: isBefore }:
    RecordingProof,
  { stored, waiting, missing }: ChunkCounts,
): Pick<ProofWords, "standing" | "verdict"> {
  if (erasedAt !== null) {
    return {
      standing: "wait",
      verdict: `This recording was erased on ${timeText(erasedAt)}. Its samples cannot be read ` +
        "by anybody any more.",
    };
  }
  if (failures.length > 0) {
    return {
      standing: "bad",
      verdict: "Something that is stored is not what was recorded. It is named below, and it is " +
        "not shown as data.",
    };
  }
  if (missing > 0) {
    return {
      standing: "bad",
      verdict: `The log holds ${count(missing)} chunks more than are stored. Make the ` +
        "export: it names what is missing.",
    };
  }
  if (stored === 0) return { standing: "wait", verdict: "Nothing of this recording has arrived." };
  if (isBefore && waiting > 0) {
    return {
      standing: "wait",
      verdict:
        `${count(waiting)} of ${
          count(stored)
        } chunks are not in the signed log: this recording was ` +
        "begun before a log was kept, and what was stored by then gets no proof. Nobody but this site " +
        "vouches for it.",
    };
  }
  if (log === null || waiting === stored) {
    return {
      standing: "wait",
      verdict: `Nothing of this recording is logged yet. Its first second arrived on ` +
        `${timeText(first)} and waits for the log since then.`,
    };
  }
  if (waiting > 0) {
    return {
      standing: "wait",
      verdict: `${count(waiting)} chunks are stored and wait for the next checkpoint ` +
        `of the log; the newest is of ${timeText(log.published_at)}.`,
    };
  }
  return { standing: "good", verdict: "Every stored second is in the signed log." };
}

function witnessLine({ log }: RecordingProof): ProofLine {
  const name = "Witnesses";
  if (log === null) return { name, text: "None: there is no checkpoint to sign yet" };
  if (log.witnesses.length === 0) {
    return { name, text: "Unwitnessed: only this site vouches for the log", standing: "wait" };
  }
  return {
    name,
    text: `${log.witnesses.join(", ")}. Whoever has their keys can check their signatures`,
  };
}

function deviceLine({ segments }: RecordingProof): ProofLine {
  const name = "Signed by the device";
  const keys = [...new Set(segments.flatMap(({ key_id: key }) => key ?? []))];
  const signed = segments.filter(({ key_id: key }) => key !== null).length;
  const text = segments.length === 0
    ? "Nothing has arrived"
    : signed === 0
    ? "No. What is proven begins when the server took it in, and no earlier"
    : signed === segments.length
    ? "Yes, all of it"
    : `${signed} of ${segments.length} segments; the others are proven from their arrival only`;
  return { name, text, items: keys.map((key) => `Key ${key.slice(0, 16)}…`) };
}

/** The newest segment's clock in the line, those before it beneath. Nobody sets times right by it. */
function clockLine({ clocks }: RecordingProof): ProofLine {
  const name = "Device's clock";
  const newest = clocks.at(-1);
  if (newest === undefined) return { name, text: "Never compared: times are the device's own" };
  const items = clocks.length === 1
    ? []
    : clocks.slice(-NAMED_MAX).map((clock) =>
      `Segment ${clock.segment_number}: ${clockText(clock)}`
    );
  return { name, text: clockText(newest), items };
}

function clockText(clock: RecordingProof["clocks"][number]): string {
  const { drift_ppm: drift, drift_uncertainty_ppm: driftSigma, jump_count: jumps } = clock;
  const offset = Number(clock.offset_seconds);
  const size = Math.abs(offset);
  const long = size >= 3_600;
  const howFar = long
    ? `${Math.floor(size / 86_400)} d ${Math.floor(size / 3_600) % 24} h`
    : `${size.toFixed(3)} ± ${clock.offset_uncertainty_seconds.toFixed(3)} s`;
  const whose = clock.reference === "server" ? "ingest's" : "the relay's";
  const looks = clock.observation_count;
  return [
    `${howFar} ${offset >= 0 ? "behind" : "ahead of"} ${whose}`,
    ...(drift === null ? [] : [
      `${drift >= 0 ? "loses" : "gains"} ${Math.abs(drift).toFixed(1)} ± ${
        driftSigma!.toFixed(1)
      } ppm`,
    ]),
    `${count(looks)} comparison${looks === 1 ? "" : "s"}`,
    ...(jumps === 0 ? [] : [`it jumped ${jumps} time${jumps === 1 ? "" : "s"}`]),
  ].join("; ");
}

function failureLine(detail: RecordingDetail, { failures }: RecordingProof): ProofLine {
  const name = "Damaged";
  if (failures.length === 0) return { name, text: "Nothing was found" };
  const items = failures.slice(0, NAMED_MAX).map((failure) =>
    `${placeText(detail, failure)}: found ${timeText(failure.found_at)}`
  );
  const rest = failures.length - items.length;
  return {
    name,
    text: `${count(failures.length)} found`,
    standing: "bad",
    items: rest === 0 ? items : [...items, `and ${count(rest)} more`],
  };
}

/** Where a damaged chunk is, to the millisecond. */
function placeText(detail: RecordingDetail, failure: RecordingProof["failures"][number]): string {
  const { segment_number: segmentNumber, stream: streamNumber, sequence } = failure;
  const segment = detail.segments.find((one) => one.segment_number === segmentNumber);
  const stream = segment?.streams.find((one) => one.stream === streamNumber);
  if (segment === undefined || stream === undefined || sequence === null) {
    return "A record of the recording";
  }
  const rate = sampleRate(BigInt(stream.rate.samples), BigInt(stream.rate.seconds));
  const at = secondsOfSample(rate, gridRange(rate, sequence).start);
  const text = elapsedText(Number(segment.start_seconds) + toNumber(at));
  return `Samples from ${text} of the recording (segment ${segmentNumber}, stream ` +
    `${streamNumber}, chunk ${sequence})`;
}

function erasureLine({ holes }: RecordingDetail, { erased_at: at }: RecordingProof): ProofLine {
  const name = "Erased";
  const erased = holes.filter(({ kind }) => kind === "erased");
  if (at !== null) return { name, text: `All of it, on ${timeText(at)}; the log says so` };
  if (erased.length === 0) return { name, text: "Nothing" };
  return {
    name,
    text: "These stretches",
    items: erased.map(({ start, end }) =>
      `${elapsedText(Number(start))} to ${elapsedText(Number(end))}`
    ),
  };
}

function timeText(instant: string | null): string {
  return instant === null
    ? "a time that is not known"
    : `${instant.slice(0, 19).replace("T", " ")} UTC`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
