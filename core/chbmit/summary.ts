/**
 * Layer 4. The `chbNN-summary.txt` files of the CHB-MIT database.
 *
 * Sole owner of that text's grammar, all variants: hours past midnight (`24:08:08`), files without
 * times, seizures numbered or not, channel sets that change between files, dummy channels (`-`). Times
 * of seizures count from the start of the **uncropped** EDF file. Hazard: a file that is absent from a
 * summary is unknown, not seizure-free.
 *
 * @see Guttag 2010, CHB-MIT Scalp EEG Database v1.0.0, doi:10.13026/C2K01R
 * @module
 */

import { CorruptInputError } from "../error.ts";

/** Time of day as written; hours go on past 24 when a file runs over midnight. */
export interface SummaryClock {
  readonly text: string;
  /** Seconds since the midnight before the recording day. */
  readonly seconds: number;
}

export interface SummarySeizure {
  /** Whole seconds from the start of the file. */
  readonly start: number;
  readonly end: number;
}

export interface SummaryFile {
  readonly name: string;
  /** Null where the summary gives no times (chb24). */
  readonly start: SummaryClock | null;
  readonly end: SummaryClock | null;
  readonly seizures: readonly SummarySeizure[];
  /** Index into `channelSets`. */
  readonly channelSet: number;
}

/** Something odd in a line that was readable or left out. */
export interface SummaryFinding {
  readonly code: "line-unknown" | "seizure-count-disagrees" | "seizure-ends-before-start";
  /** From 1. */
  readonly line: number;
}

export interface Summary {
  /** Hz; undefined when no line says it. */
  readonly samplingRate: number | undefined;
  /** Labels in the order of the numbers, dummies included; one set, and one more for each change. */
  readonly channelSets: readonly (readonly string[])[];
  readonly files: readonly SummaryFile[];
  readonly findings: readonly SummaryFinding[];
}

interface OpenFile {
  readonly name: string;
  readonly line: number;
  readonly channelSet: number;
  start: SummaryClock | null;
  end: SummaryClock | null;
  declared: number | undefined;
  readonly seizures: { start: number; end: number | undefined; line: number }[];
}

/**
 * Reads a summary.
 *
 * @throws {CorruptInputError} A line of a known kind with a value that is not one, a seizure end
 * without a start or the other way round, or no file entry at all; `field` names the line.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { parseSummary } from "@wavekeep/core/chbmit";
 *
 * const { files } = parseSummary([
 *   "File Name: chb24_07.edf",
 *   "Number of Seizures in File: 1",
 *   "Seizure Start Time: 38 seconds",
 *   "Seizure End Time: 60 seconds",
 * ].join("\n"));
 * deepStrictEqual(files[0]?.seizures, [{ start: 38, end: 60 }]);
 * ```
 */
export function parseSummary(text: string): Summary {
  const parser = new SummaryParser();
  text.split("\n").forEach((line, index) => parser.take(line.trim(), index + 1));
  return parser.finish();
}

/** Seizures of one file; undefined when the summary does not name it, which means unknown. */
export function seizuresOf(
  summary: Summary,
  fileName: string,
): readonly SummarySeizure[] | undefined {
  return summary.files.find((file) => file.name === fileName)?.seizures;
}

class SummaryParser {
  readonly #channelSets: string[][] = [];
  readonly #files: OpenFile[] = [];
  readonly #findings: SummaryFinding[] = [];
  #samplingRate: number | undefined;

  take(line: string, number: number): void {
    if (line === "" || isRule(line)) return;
    const colon = line.indexOf(":");
    const key = colon === -1 ? "" : line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    const words = key.split(" ");
    if (key === "Data Sampling Rate") this.#samplingRate = count(value, "Hz", number);
    else if (key === "Channels in EDF Files" || key === "Channels changed") {
      this.#channelSets.push([]);
    } else if (words.length === 2 && words[0] === "Channel") this.#takeChannel(value);
    else if (key === "File Name") this.#openFile(value, number);
    else this.#takeOfFile({ key, words, value, number });
  }

  finish(): Summary {
    if (this.#files.length === 0) {
      throw new CorruptInputError("Cannot read CHB-MIT summary: no line begins with File Name", {
        field: "File Name",
      });
    }
    const files = this.#files.map((file) => this.#closeFile(file));
    return {
      samplingRate: this.#samplingRate,
      channelSets: this.#channelSets,
      files,
      findings: this.#findings,
    };
  }

  #takeChannel(label: string): void {
    if (this.#channelSets.length === 0) this.#channelSets.push([]);
    this.#channelSets.at(-1)!.push(label);
  }

  #openFile(name: string, line: number): void {
    this.#files.push({
      name,
      line,
      channelSet: Math.max(0, this.#channelSets.length - 1),
      start: null,
      end: null,
      declared: undefined,
      seizures: [],
    });
  }

  /** Lines that belong to the file named last. */
  #takeOfFile(
    { key, words, value, number }: { key: string; words: string[]; value: string; number: number },
  ): void {
    const file = this.#files.at(-1);
    const edge = seizureEdge(words);
    if (file === undefined || !isFileLine(key) && edge === undefined) {
      this.#findings.push({ code: "line-unknown", line: number });
    } else if (key === "File Start Time") file.start = clock(value, number);
    else if (key === "File End Time") file.end = clock(value, number);
    else if (key === "Number of Seizures in File") file.declared = count(value, "", number);
    else if (edge === "Start") {
      if (file.seizures.at(-1) !== undefined && file.seizures.at(-1)!.end === undefined) {
        throw lineError(number, "a seizure starts before the one in front of it ends");
      }
      file.seizures.push({ start: count(value, "seconds", number), end: undefined, line: number });
    } else {
      const seizure = file.seizures.at(-1);
      if (seizure === undefined || seizure.end !== undefined) {
        throw lineError(number, "a seizure ends that did not start");
      }
      seizure.end = count(value, "seconds", number);
      if (seizure.end < seizure.start) {
        this.#findings.push({ code: "seizure-ends-before-start", line: number });
      }
    }
  }

  #closeFile(file: OpenFile): SummaryFile {
    const { name, line, start, end, channelSet, declared } = file;
    if (declared !== file.seizures.length) {
      this.#findings.push({ code: "seizure-count-disagrees", line });
    }
    const seizures = file.seizures.map((seizure) => {
      if (seizure.end === undefined) throw lineError(seizure.line, "a seizure has no end");
      return { start: seizure.start, end: seizure.end };
    });
    return { name, start, end, seizures, channelSet };
  }
}

function isFileLine(key: string): boolean {
  return key === "File Start Time" || key === "File End Time" ||
    key === "Number of Seizures in File";
}

/** `Seizure Start Time` or `Seizure 2 Start Time`. */
function seizureEdge(words: readonly string[]): "Start" | "End" | undefined {
  const rest = words.length === 4 && isDigits(words[1]!) ? words.slice(2) : words.slice(1);
  if (words[0] !== "Seizure" || rest.length !== 2 || rest[1] !== "Time") return undefined;
  return rest[0] === "Start" || rest[0] === "End" ? rest[0] : undefined;
}

/** An integer with its unit, such as `2996 seconds`. */
function count(value: string, unit: string, line: number): number {
  const digits = unit !== "" && value.endsWith(unit)
    ? value.slice(0, -unit.length).trimEnd()
    : value;
  if (!isDigits(digits) || digits.length > 9) throw lineError(line, "the value is not a count");
  return Number(digits);
}

/** `h:mm:ss`; hours beyond 23 are another day. */
function clock(text: string, line: number): SummaryClock {
  const parts = text.split(":");
  const [hours, minutes, seconds] = parts.map(Number);
  const isTime = parts.length === 3 && parts.every((part) => isDigits(part) && part.length <= 2) &&
    minutes! < 60 && seconds! < 60;
  if (!isTime) throw lineError(line, "the value is not h:mm:ss");
  return { text, seconds: hours! * 3600 + minutes! * 60 + seconds! };
}

function lineError(line: number, state: string): CorruptInputError {
  return new CorruptInputError(`Cannot read CHB-MIT summary at line ${line}: ${state}`, {
    field: `line ${line}`,
  });
}

function isDigits(text: string): boolean {
  for (const letter of text) if (letter < "0" || letter > "9") return false;
  return text !== "";
}

/** A line of asterisks under a heading. */
function isRule(line: string): boolean {
  for (const letter of line) if (letter !== "*") return false;
  return true;
}
