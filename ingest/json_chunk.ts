/**
 * The plan's JSON chunk, from request to descriptor, place on the grid and samples. Pure.
 *
 * Sole owner of what a JSON chunk means: times are exact (a JSON number is read as the decimal text it
 * is printed with), the grid is the one of binary chunks, and nothing is rounded onto it.
 *
 * @module
 */

import { gridRange, sequenceOfSample } from "@wavekeep/core/chunk";
import { parseChannelLabel } from "@wavekeep/core/edf";
import { isCoreError } from "@wavekeep/core/error";
import { ProblemError, type ProblemItem, type ProblemSlug } from "@wavekeep/core/problem";
import type { Channel, StreamDescriptor } from "@wavekeep/core/recording";
import {
  addSeconds,
  compareSeconds,
  type ExactSeconds,
  exactSeconds,
  formatRate,
  formatSeconds,
  parseRate,
  parseSeconds,
  type SampleRate,
  sampleRate,
  secondsOfSample,
  toNumber,
} from "@wavekeep/core/time";
import type { IngestJsonRequest } from "@wavekeep/core/wire";
import { SEQUENCE_MAX } from "./check_chunk.ts";
import { MISFIT_COUNT_MAX, refuseMisfits } from "./misfits.ts";

/** A JSON chunk that can be encoded. */
export interface JsonChunk {
  readonly descriptor: StreamDescriptor;
  readonly sequence: number;
  readonly firstSample: number;
  readonly sampleCount: number;
  /** Shape (channelCount, sampleCount), channel after channel. */
  readonly samples: Int32Array | Float64Array;
}

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/**
 * Reads a request that fits the schema.
 *
 * @throws {ProblemError} `validation` with every misfit and its pointer; `off-grid` when the samples do
 * not lie on the chunk grid.
 */
export function readJsonChunk(request: IngestJsonRequest): JsonChunk {
  const rate = readRate(request.sample_rate);
  requireShape(request);
  const sampleCount = request.samples[0]!.length;
  const start = readTime(request.start, "/body/start");
  const place = placeOnGrid(rate, start, sampleCount);
  requireEnd(request.end, { rate, firstSample: place.firstSample, sampleCount });
  return {
    descriptor: { stream: 0, rate, ...describeChannels(request) },
    ...place,
    sampleCount,
    samples: request.calibrations === undefined
      ? physicalSamples(request.samples)
      : digitalSamples(request.samples),
  };
}

function readRate(given: IngestJsonRequest["sample_rate"]): SampleRate {
  try {
    return typeof given === "number"
      ? parseRate(plainDecimal(given))
      : sampleRate(BigInt(given.samples), BigInt(given.seconds));
  } catch (cause) {
    throw misfit("validation", "is no sample rate", { pointer: "/body/sample_rate", cause });
  }
}

function readTime(given: number | string, pointer: string): ExactSeconds {
  try {
    return parseSeconds(typeof given === "number" ? plainDecimal(given) : given);
  } catch (cause) {
    throw misfit("validation", "is no time in plain decimal seconds", { pointer, cause });
  }
}

/** The text JavaScript prints, which reads back as the same number; small ones without an exponent. */
function plainDecimal(value: number): string {
  const text = String(value);
  return text.includes("e-") ? value.toFixed(20).replace(/0+$/, "") : text;
}

function requireShape({ channels, samples, unit, calibrations }: IngestJsonRequest): void {
  const errors: ProblemItem[] = [];
  const rows = samples.length;
  if (channels.length !== rows) {
    errors.push({
      detail: `${channels.length} channels, but ${rows} arrays of samples`,
      pointer: "/body/samples",
    });
  }
  if (calibrations !== undefined && calibrations.length !== channels.length) {
    errors.push({
      detail: `${channels.length} channels, but ${calibrations.length} calibrations`,
      pointer: "/body/calibrations",
    });
  }
  if (Array.isArray(unit) && unit.length !== channels.length) {
    errors.push({
      detail: `${channels.length} channels, but ${unit.length} units`,
      pointer: "/body/unit",
    });
  }
  const sampleCount = samples[0]!.length;
  if (sampleCount === 0) errors.push({ detail: "holds no sample", pointer: "/body/samples/0" });
  for (const [row, values] of samples.entries()) {
    if (values.length === sampleCount) continue;
    errors.push({
      detail: `has ${values.length} samples, the first channel ${sampleCount}`,
      pointer: `/body/samples/${row}`,
    });
  }
  refuseMisfits(errors);
}

function placeOnGrid(
  rate: SampleRate,
  start: ExactSeconds,
  sampleCount: number,
): { sequence: number; firstSample: number } {
  const pointer = "/body/start";
  if (start.numerator < 0n) {
    throw misfit("off-grid", "lies before the start of the recording", { pointer });
  }
  const index = exactSeconds(start.numerator * rate.samples, start.denominator * rate.seconds);
  if (index.denominator !== 1n) {
    const detail = `${formatSeconds(start)} s at ${formatRate(rate)} Hz is no whole sample index`;
    throw misfit("off-grid", detail, { pointer });
  }
  const firstSample = Number(index.numerator);
  try {
    const sequence = sequenceOfSample(rate, firstSample);
    const grid = gridRange(rate, sequence);
    if (sequence > SEQUENCE_MAX) {
      throw misfit("off-grid", `sequence ${sequence} is above ${SEQUENCE_MAX}`, { pointer });
    }
    if (grid.start !== firstSample) {
      const detail = `sample ${firstSample} is not the start of a second: sequence ${sequence} ` +
        `begins at sample ${grid.start}`;
      throw misfit("off-grid", detail, { pointer });
    }
    if (sampleCount > grid.end - grid.start) {
      const detail = `${sampleCount} samples a channel, but sequence ${sequence} covers ` +
        `${grid.end - grid.start}: one request holds one second`;
      throw misfit("off-grid", detail, { pointer: "/body/samples/0" });
    }
    return { sequence, firstSample };
  } catch (cause) {
    if (!isCoreError(cause)) throw cause;
    throw misfit("off-grid", "lies beyond what can be counted", { pointer, cause });
  }
}

/** Text must be exact; a JSON number may be rounded, but not by half a sample. */
function requireEnd(
  end: IngestJsonRequest["end"],
  { rate, firstSample, sampleCount }: {
    rate: SampleRate;
    firstSample: number;
    sampleCount: number;
  },
): void {
  if (end === undefined) return;
  const exact = secondsOfSample(rate, firstSample + sampleCount);
  const given = readTime(end, "/body/end");
  const rounded = parseSeconds(formatSeconds(exact));
  const isSame = typeof end === "number"
    ? Math.abs(toNumber(exact) - end) * 2 < toNumber(secondsOfSample(rate, 1))
    : compareSeconds(given, exact) === 0 || compareSeconds(given, rounded) === 0;
  if (isSame) return;
  const detail = `start, rate and ${sampleCount} samples end at ${formatSeconds(exact)} s, end ` +
    `says ${formatSeconds(addSeconds(given, exactSeconds(0)))}`;
  throw misfit("validation", detail, { pointer: "/body/end" });
}

function describeChannels(
  { channels, unit = "uV", calibrations }: IngestJsonRequest,
): Pick<StreamDescriptor, "kind" | "channels"> {
  return {
    kind: calibrations === undefined ? "binary64" : "int32",
    channels: channels.map((label, position): Channel => {
      const { type, reference } = parseChannelLabel(label);
      const calibration = calibrations?.[position];
      return {
        position,
        label,
        type,
        unit: typeof unit === "string" ? unit : unit[position]!,
        calibration: calibration === undefined ? null : {
          digitalMin: calibration.digital_min,
          digitalMax: calibration.digital_max,
          physicalMin: calibration.physical_min,
          physicalMax: calibration.physical_max,
        },
        reference,
        prefilter: "",
      };
    }),
  };
}

function physicalSamples(rows: readonly (readonly number[])[]): Float64Array {
  const sampleCount = rows[0]!.length;
  const samples = new Float64Array(rows.length * sampleCount);
  for (const [row, values] of rows.entries()) samples.set(values, row * sampleCount);
  return samples;
}

function digitalSamples(rows: readonly (readonly number[])[]): Int32Array {
  const sampleCount = rows[0]!.length;
  const samples = new Int32Array(rows.length * sampleCount);
  const errors: ProblemItem[] = [];
  for (const [row, values] of rows.entries()) {
    for (const [column, value] of values.entries()) {
      if (Number.isInteger(value) && INT32_MIN <= value && value <= INT32_MAX) {
        samples[row * sampleCount + column] = value;
      } else if (errors.length < MISFIT_COUNT_MAX) {
        errors.push({
          detail: "with calibrations, samples are integers of 32 bits",
          pointer: `/body/samples/${row}/${column}`,
        });
      }
    }
  }
  refuseMisfits(errors);
  return samples;
}

function misfit(
  slug: ProblemSlug,
  detail: string,
  { pointer, cause }: { pointer: string; cause?: unknown },
): ProblemError {
  return new ProblemError(slug, { detail, errors: [{ detail, pointer }], cause });
}
