/**
 * Layer 3. Codec 1: each channel predicted from its own past, residuals Rice coded.
 *
 * Sole owner of the payload's structure: a table of predictors, then the lanes of each channel. Integer
 * arithmetic only (and one IEEE division for decimal floats), so the result is the same in every runtime.
 * A lane that cannot be predicted is stored plainly: the payload is never larger than the raw form by
 * more than its headers.
 *
 * @see core/chunk/FORMAT.md, "Codec 1"
 * @module
 */

import { BitReader, BitWriter } from "../bytes/mod.ts";
import { CodecStepError, CorruptInputError, isCoreError } from "../error.ts";
import {
  allocateSamples,
  assertShape,
  type Codec,
  payloadBytesMax,
  type Samples,
  type SampleShape,
} from "./codec.ts";
import {
  DECIMALS_MAX,
  fromDecimalLane,
  fromDoubleLanes,
  fromSingleLane,
  toDecimalLane,
  toDoubleLanes,
  toSingleLane,
} from "./float_lanes.ts";
import { type LanesPlan, planLanes, planPlainLanes, readLane, writeLane } from "./lane.ts";
import { coefficientWidth } from "./linear_prediction.ts";
import type { Predictor } from "./predictor.ts";

const TABLE_COUNT_BITS = 4;
const ORDER_BITS = 5;
const SHIFT_BITS = 4;
const WIDTH_BITS = 4;
/** Per floating-point channel: 0 by bits, 1 + d by d decimals. */
const FORM_BITS = 5;
const FORM_BITWISE = 0;

/** A channel as integer lanes, and how a float became them. */
interface LaneGroup {
  readonly form: number | undefined;
  readonly lanes: readonly Int32Array[];
}

export const predictive: Codec = {
  name: "predictive",

  encode(samples, shape) {
    assertShape(samples, shape);
    const groups = splitLanes(samples, shape);
    const lanes = groups.flatMap((group) => group.lanes);
    const payload = writePayload(groups, planLanes(lanes));
    return payload.byteLength <= payloadBytesMax(shape)
      ? payload
      : writePayload(groups, planPlainLanes(lanes));
  },

  decode(payload, shape) {
    const limit = payloadBytesMax(shape);
    if (payload.byteLength > limit) {
      throw new CorruptInputError(
        `Cannot decode predictive payload: ${payload.byteLength} bytes, at most ${limit} are allowed`,
        { offset: limit, field: "payload" },
      );
    }
    const reader = new BitReader(payload);
    const table = atStep("table", () => readTable(reader));
    const samples = allocateSamples(shape);
    for (let channel = 0; channel < shape.channelCount; channel++) {
      const start = channel * shape.sampleCount;
      const target = samples.subarray(start, start + shape.sampleCount);
      atStep(`channel ${channel}`, () => readChannel(reader, table, target));
    }
    atStep("end", () => reader.expectEnd());
    return samples;
  },
};

function writePayload(
  groups: readonly LaneGroup[],
  { table, plans }: LanesPlan,
): Uint8Array<ArrayBuffer> {
  const writer = new BitWriter();
  writeTable(writer, table);
  let lane = 0;
  for (const { form, lanes } of groups) {
    if (form !== undefined) writer.bits(form, FORM_BITS);
    for (let i = 0; i < lanes.length; i++) writeLane(writer, plans[lane++]!, table);
  }
  return writer.finish();
}

function splitLanes(samples: Samples, shape: SampleShape): LaneGroup[] {
  const groups: LaneGroup[] = [];
  for (let channel = 0; channel < shape.channelCount; channel++) {
    const start = channel * shape.sampleCount;
    groups.push(laneGroup(samples.subarray(start, start + shape.sampleCount)));
  }
  return groups;
}

function laneGroup(channel: Samples): LaneGroup {
  if (channel instanceof Int32Array) return { form: undefined, lanes: [channel] };
  const decimal = toDecimalLane(channel);
  if (decimal !== undefined) return { form: 1 + decimal.decimals, lanes: [decimal.lane] };
  if (channel instanceof Float32Array) {
    return { form: FORM_BITWISE, lanes: [toSingleLane(channel)] };
  }
  const { high, low } = toDoubleLanes(channel);
  return { form: FORM_BITWISE, lanes: [high, low] };
}

function readChannel(reader: BitReader, table: readonly Predictor[], target: Samples): void {
  if (target instanceof Int32Array) return readLane(reader, table, target);
  const form = reader.bits(FORM_BITS);
  const lane = new Int32Array(target.length);
  if (form > DECIMALS_MAX + 1) {
    throw new CorruptInputError(
      `Cannot decode form at bit ${reader.position}: ${form} is above ${DECIMALS_MAX + 1}`,
      { offset: reader.position >>> 3, field: "form" },
    );
  }
  readLane(reader, table, lane);
  if (form !== FORM_BITWISE) fromDecimalLane(lane, form - 1, target);
  else if (target instanceof Float32Array) fromSingleLane(lane, target);
  else {
    const low = new Int32Array(target.length);
    readLane(reader, table, low);
    fromDoubleLanes(lane, low, target);
  }
}

function writeTable(writer: BitWriter, table: readonly Predictor[]): void {
  writer.bits(table.length, TABLE_COUNT_BITS);
  for (const predictor of table) {
    const width = coefficientWidth(predictor);
    writer.bits(predictor.coefficients.length - 1, ORDER_BITS);
    writer.bits(predictor.shift, SHIFT_BITS);
    writer.bits(width - 1, WIDTH_BITS);
    for (const coefficient of predictor.coefficients) {
      writer.bits((coefficient << (32 - width)) >>> (32 - width), width);
    }
  }
}

function readTable(reader: BitReader): Predictor[] {
  const count = reader.bits(TABLE_COUNT_BITS);
  const table: Predictor[] = [];
  for (let i = 0; i < count; i++) {
    const coefficients = new Int32Array(reader.bits(ORDER_BITS) + 1);
    const shift = reader.bits(SHIFT_BITS);
    const width = reader.bits(WIDTH_BITS) + 1;
    for (let j = 0; j < coefficients.length; j++) coefficients[j] = reader.signedBits(width);
    table.push({ coefficients, shift });
  }
  return table;
}

/** Runs one step of decoding and names it in what it throws. */
function atStep<Result>(step: string, run: () => Result): Result {
  try {
    return run();
  } catch (cause) {
    if (!isCoreError(cause)) throw cause;
    throw new CodecStepError(`Cannot decode ${step}: ${cause.message}`, {
      step: `predictive/${step}`,
      cause,
    });
  }
}
