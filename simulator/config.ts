/**
 * The command line of `deno task simulate`, checked and completed.
 *
 * @module
 */

import { basename } from "node:path";
import {
  numberFlag,
  type ParsedFlags,
  seedFlag,
  textFlag,
  urlFlag,
  UsageError,
} from "./command.ts";
import type { Speed } from "./pacer.ts";
import type { SignMode } from "./segment_signer.ts";

export const SIMULATE_USAGE =
  `Usage: deno task simulate --edf FILE… [--patient P] [--recording R] [--speed N|max]
       deno task simulate --generate HOURS [--seed N] [--devices N]

Streams EDF, EDF+, BDF files or a generated recording to ingest, as a wearable would. A run that was
stopped goes on where it stopped when the same command is given again.

  --edf FILE…      files of one recording, in any order
  --generate HOURS a synthetic 23-channel recording of this length instead
  --patient P      the site's code of the patient (default: from the file name, or synthetic-SEED)
  --recording R    the site's code of the recording (default: from the file name, or generated)
  --ingest URL     address of ingest, or of a relay (default http://127.0.0.1:8000)
  --speed N|max    times real time (default 1); max sends as fast as it is taken
  --devices N      that many devices at once, each with a patient of its own (default 1)
  --sign MODE      run: one signature for each run of chunks, and for each second that goes alone (default
                   where this device has a key, or may enrol one); chunk: every chunk; none
  --spool FOLDER   keeps everything on this disk first, as a relay does, and sends it on from there: it goes on
                   recording while there is no network, and after kill -9; one folder for one run at a time
  --seed N         seed of the generator (default: random, printed)
  --data DIR       data folder with the credentials, and where this device remembers what it needs to
                   go on (default .wavekeep); WAVEKEEP_TOKEN is used instead when it is set
  --help           this text

Exit codes: 0 fine, 1 refused or failed, 2 usage.
`;

export const SIMULATE_OPTIONS = {
  "edf": { type: "string", multiple: true },
  "generate": { type: "string" },
  "patient": { type: "string" },
  "recording": { type: "string" },
  "ingest": { type: "string" },
  "speed": { type: "string" },
  "devices": { type: "string" },
  "seed": { type: "string" },
  "sign": { type: "string" },
  "spool": { type: "string" },
  "data": { type: "string" },
} as const;

/** What to stream. */
export type SimulateInput =
  | { readonly kind: "files"; readonly paths: readonly string[] }
  | { readonly kind: "generated"; readonly hours: number; readonly seed: number };

export interface SimulateConfig {
  readonly input: SimulateInput;
  readonly patientId: string;
  readonly recordingId: string;
  readonly ingestUrl: string;
  readonly speed: Speed;
  readonly deviceCount: number;
  readonly dataDir: string;
  /** Null: what is sent is not kept. */
  readonly spoolDir: string | null;
  /** Null: runs where there is a key, nothing where there is none. */
  readonly sign: SignMode | null;
}

const HOURS_MAX = 24 * 366;
const DEVICES_MAX = 10_000;

/**
 * The configuration of a command line.
 *
 * @param randomSeed Used when none is named; without it one is drawn.
 * @throws {UsageError} What is wrong, for the person who typed it.
 */
export function simulateConfig(flags: ParsedFlags, randomSeed?: () => number): SimulateConfig {
  const input = inputOf(flags, randomSeed);
  const deviceCount = numberFlag(flags, "devices", { min: 1, max: DEVICES_MAX, integer: true }) ??
    1;
  const names = defaultNames(input);
  return {
    input,
    patientId: codeFlag(flags, "patient") ?? names.patientId,
    recordingId: codeFlag(flags, "recording") ?? names.recordingId,
    ingestUrl: urlFlag(flags, "ingest", "http://127.0.0.1:8000"),
    speed: speedOf(flags),
    deviceCount,
    dataDir: textFlag(flags, "data") ?? ".wavekeep",
    spoolDir: textFlag(flags, "spool") ?? null,
    sign: signOf(flags),
  };
}

function signOf(flags: ParsedFlags): SignMode | null {
  const text = textFlag(flags, "sign");
  if (text === undefined) return null;
  if (text === "run" || text === "chunk" || text === "none") return text;
  throw new UsageError(`--sign is "${text}", must be run, chunk or none`);
}

/** The files of `--edf FILE…`: the values of the flag, and what follows without a flag. */
export function edfPaths(flags: ParsedFlags): readonly string[] {
  const named = (flags.values["edf"] ?? []) as readonly string[];
  if (named.length === 0 && flags.positionals.length > 0) {
    throw new UsageError(`Unexpected argument "${flags.positionals[0]}"`);
  }
  return [...named, ...flags.positionals];
}

/** A pseudonymous code from any name: what is not allowed becomes `_`, at most 64 characters. */
export function toCode(name: string): string {
  const code = name.replaceAll(/[^A-Za-z0-9._-]+/g, "_").slice(0, 64);
  return code === "" ? "_" : code;
}

function inputOf(flags: ParsedFlags, randomSeed?: () => number): SimulateInput {
  const paths = edfPaths(flags);
  const hours = numberFlag(flags, "generate", { min: 0, max: HOURS_MAX, minExclusive: true });
  const seed = seedFlag(flags, randomSeed);
  if ((paths.length > 0) === (hours !== undefined)) {
    throw new UsageError(
      hours === undefined
        ? "Either --edf FILE… or --generate HOURS is needed"
        : "--edf and --generate exclude each other",
    );
  }
  return hours === undefined ? { kind: "files", paths } : { kind: "generated", hours, seed };
}

/** `chb01_03.edf` is recording chb01_03; the patient is what comes before the last underscore. */
function defaultNames(input: SimulateInput): { patientId: string; recordingId: string } {
  if (input.kind === "generated") {
    return { patientId: `synthetic-${input.seed}`, recordingId: "generated" };
  }
  const stem = basename(input.paths[0]!).replace(/\.(edf|bdf|rec)$/i, "");
  const patient = /^([A-Za-z]+\d+)[_-]/.exec(stem)?.[1] ?? stem;
  return { patientId: toCode(patient), recordingId: toCode(stem) };
}

function codeFlag(flags: ParsedFlags, name: string): string | undefined {
  const text = textFlag(flags, name);
  if (text !== undefined && !/^[A-Za-z0-9._-]{1,64}$/.test(text)) {
    throw new UsageError(
      `--${name} must be 1 to 64 characters of A-Z a-z 0-9 . _ -: a pseudonym, never a name`,
    );
  }
  return text;
}

function speedOf(flags: ParsedFlags): Speed {
  if (textFlag(flags, "speed") === "max") return "max";
  return numberFlag(flags, "speed", { min: 0, max: 1_000_000, minExclusive: true }) ?? 1;
}
