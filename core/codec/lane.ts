/**
 * Layer 3. One lane: a run of int32 under one predictor.
 *
 * Sole owner of the choice among constant, plain, fixed and table prediction, and of the lane's header
 * bits. A channel of integers is one lane; floats may take two.
 *
 * @see core/chunk/FORMAT.md, "Lane"
 * @module
 */

import type { BitReader, BitWriter } from "../bytes/mod.ts";
import { CorruptInputError } from "../error.ts";
import { findPredictors, predictorBits } from "./linear_prediction.ts";
import {
  FIXED_ORDER_MAX,
  fixedResiduals,
  needsWide,
  type Predictor,
  restoreFixed,
  restoreTable,
  tableResiduals,
} from "./predictor.ts";
import { chooseRice, decodeRice, encodeRice, planRice, type RicePlan } from "./rice.ts";

const MODE_BITS = 2;
const MODE_CONSTANT = 0;
const MODE_PLAIN = 1;
const MODE_FIXED = 2;
const MODE_TABLE = 3;
/** A bit that says whether low zero bits were taken off, and how many. */
const SHIFT_BITS = 5;
/** Width − 1 of plain values and of a first sample. */
const WIDTH_BITS = 5;
const FIXED_ORDER_BITS = 3;
/** Bits of a predicted lane's header beyond a plain lane's, at most: index and width of sums. */
const PREDICTED_HEADER_BITS = 5;
/** Predictors in a table at most; four bits count them. */
const TABLE_MAX = 15;

/** How one lane will be written. */
export type LanePlan =
  | { readonly mode: "constant"; readonly value: number }
  | PlainPlan
  | PredictedPlan;

interface PlainPlan {
  readonly mode: "plain";
  readonly shift: number;
  /** The lane, shifted right. */
  readonly values: Int32Array;
  readonly width: number;
}

interface PredictedPlan {
  readonly mode: "predicted";
  readonly shift: number;
  readonly values: Int32Array;
  readonly width: number;
  /** A fixed order, or a predictor of the table. */
  readonly predictor: number | Predictor;
  readonly isWide: boolean;
  readonly residuals: Int32Array;
  readonly rice: RicePlan;
}

/** Lanes with their plans, and the table that the plans refer to. */
export interface LanesPlan {
  readonly table: readonly Predictor[];
  readonly plans: readonly LanePlan[];
}

/** Every lane constant or plain: what is left when prediction would make the chunk larger. */
export function planPlainLanes(lanes: readonly Int32Array[]): LanesPlan {
  return { table: [], plans: lanes.map(planBasic) };
}

/** Chooses for every lane of a chunk. Lanes have one length, at least 1. */
export function planLanes(lanes: readonly Int32Array[]): LanesPlan {
  const basics = lanes.map(planBasic);
  const { predictors, candidates } = findPredictors(
    basics.map((plan) => plan.mode === "plain" ? plan.values : new Int32Array(0)),
    TABLE_MAX,
  );
  const fixed = basics.map((plan) => plan.mode === "plain" ? planFixed(plan) : plan);
  const plans = fixed.map((plan, lane) => {
    const basic = basics[lane]!;
    if (basic.mode !== "plain") return plan;
    return candidates[lane]!.reduce<LanePlan>(
      (best, index) => cheaper(best, planTable(basic, predictors[index]!)),
      plan,
    );
  });
  dropUnpaid(predictors, plans, fixed);
  const table = predictors.filter((predictor) =>
    plans.some((plan) => plan.mode === "predicted" && plan.predictor === predictor)
  );
  return { table, plans };
}

/** Writes one lane: as planned, or plainly where the plan turns out to be no smaller. */
export function writeLane(writer: BitWriter, plan: LanePlan, table: readonly Predictor[]): void {
  if (plan.mode === "constant") {
    writer.bits(MODE_CONSTANT, MODE_BITS);
    writer.bits(plan.value, 32);
    return;
  }
  if (plan.mode === "predicted") {
    const rice = chooseRice(plan.residuals, 1, plan.rice.partitionOrder);
    const firstWidth = signedWidth(plan.values[0]!);
    if (rice.bits + firstWidth + PREDICTED_HEADER_BITS < plainBits(plan)) {
      writePredictor(writer, plan, table);
      writer.bits(firstWidth - 1, WIDTH_BITS);
      writeSigned(writer, plan.values[0]!, firstWidth);
      encodeRice(writer, plan.residuals, 1, rice);
      return;
    }
  }
  const { values, width, shift } = plan;
  writer.bits(MODE_PLAIN, MODE_BITS);
  writeShift(writer, shift);
  writer.bits(width - 1, WIDTH_BITS);
  for (let i = 0; i < values.length; i++) writeSigned(writer, values[i]!, width);
}

function writePredictor(
  writer: BitWriter,
  plan: PredictedPlan,
  table: readonly Predictor[],
): void {
  const { predictor, isWide, shift } = plan;
  if (typeof predictor === "number") {
    writer.bits(MODE_FIXED, MODE_BITS);
    writeShift(writer, shift);
    writer.bits(predictor, FIXED_ORDER_BITS);
  } else {
    writer.bits(MODE_TABLE, MODE_BITS);
    writeShift(writer, shift);
    writer.bits(table.indexOf(predictor), indexBits(table.length));
    writer.bits(isWide ? 1 : 0, 1);
  }
}

/**
 * Reads one lane into `target`, whose length is the lane's.
 *
 * @throws {TruncatedInputError} The bits end early.
 * @throws {CorruptInputError} A rule of the format is broken.
 */
export function readLane(
  reader: BitReader,
  table: readonly Predictor[],
  target: Int32Array,
): void {
  const mode = reader.bits(MODE_BITS);
  if (mode === MODE_CONSTANT) {
    target.fill(reader.bits(32) | 0);
    return;
  }
  const shift = readShift(reader);
  if (mode === MODE_PLAIN) {
    const width = reader.bits(WIDTH_BITS) + 1;
    reader.need(width * target.length);
    for (let i = 0; i < target.length; i++) target[i] = reader.signedBits(width);
  } else if (mode === MODE_FIXED) {
    const order = reader.bits(FIXED_ORDER_BITS);
    if (order > FIXED_ORDER_MAX) {
      throw corrupt(reader, "fixed order", `${order} is above ${FIXED_ORDER_MAX}`);
    }
    readResiduals(reader, target);
    restoreFixed(target, order);
  } else {
    const index = reader.bits(indexBits(table.length));
    const predictor = table[index];
    if (predictor === undefined) {
      throw corrupt(reader, "predictor index", `${index} of a table of ${table.length}`);
    }
    const isWide = reader.bits(1) === 1;
    readResiduals(reader, target);
    restoreTable(target, predictor, isWide);
  }
  if (shift > 0) {
    for (let i = 0; i < target.length; i++) target[i] = target[i]! << shift;
  }
}

function readResiduals(reader: BitReader, target: Int32Array): void {
  const width = reader.bits(WIDTH_BITS) + 1;
  target[0] = reader.signedBits(width);
  decodeRice(reader, target, 1);
}

/** Constant, or plain with its low zero bits taken off. */
function planBasic(lane: Int32Array): LanePlan {
  const first = lane[0]!;
  let differs = 0;
  let all = 0;
  for (let i = 0; i < lane.length; i++) {
    differs |= lane[i]! ^ first;
    all |= lane[i]!;
  }
  if (differs === 0) return { mode: "constant", value: first };
  const shift = 31 - Math.clz32(all & -all);
  const values = shift === 0 ? lane : lane.map((value) => value >> shift);
  let magnitude = 0;
  for (let i = 0; i < values.length; i++) magnitude |= values[i]! ^ (values[i]! >> 31);
  return { mode: "plain", shift, values, width: 33 - Math.clz32(magnitude) };
}

/** The fixed predictor with the smallest sum of magnitudes. */
function planFixed(basic: PlainPlan): LanePlan {
  const { values } = basic;
  const order = bestFixedOrder(values);
  const residuals = new Int32Array(values.length);
  fixedResiduals(values, order, residuals);
  return predicted(basic, order, false, residuals);
}

function planTable(basic: PlainPlan, predictor: Predictor): LanePlan {
  const residuals = new Int32Array(basic.values.length);
  const isWide = needsWide(predictor, (1 << (basic.width - 1)) >>> 0);
  tableResiduals(basic.values, predictor, isWide, residuals);
  return predicted(basic, predictor, isWide, residuals);
}

function predicted(
  basic: PlainPlan,
  predictor: number | Predictor,
  isWide: boolean,
  residuals: Int32Array,
): PredictedPlan {
  const { shift, values, width } = basic;
  const rice = planRice(residuals, 1);
  return { mode: "predicted", shift, values, width, predictor, isWide, residuals, rice };
}

function cheaper(a: LanePlan, b: LanePlan): LanePlan {
  return estimatedBits(b) < estimatedBits(a) ? b : a;
}

/** Takes back predictors that save fewer bits than they cost. */
function dropUnpaid(
  predictors: readonly Predictor[],
  plans: LanePlan[],
  fixed: readonly LanePlan[],
): void {
  for (const predictor of predictors) {
    const users = plans.flatMap((plan, lane) =>
      plan.mode === "predicted" && plan.predictor === predictor ? [lane] : []
    );
    let saved = -predictorBits(predictor);
    for (const lane of users) saved += estimatedBits(fixed[lane]!) - estimatedBits(plans[lane]!);
    if (saved <= 0) { for (const lane of users) plans[lane] = fixed[lane]!; }
  }
}

function estimatedBits(plan: LanePlan): number {
  switch (plan.mode) {
    case "constant":
      return 32;
    case "plain":
      return plainBits(plan);
    case "predicted":
      return plan.rice.estimatedBits;
  }
}

function plainBits(plan: PlainPlan | PredictedPlan): number {
  return plan.width * plan.values.length;
}

/** Sums |residual| of orders 0 to 4 in one pass; wrapped differences only mislead, never harm. */
function bestFixedOrder(values: Int32Array): number {
  let a = values[0]!, b = 0, c = 0, d = 0;
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0;
  for (let i = 1; i < values.length; i++) {
    const e0 = values[i]!;
    const e1 = e0 - a;
    const e2 = e1 - b;
    const e3 = e2 - c;
    const e4 = e3 - d;
    a = e0;
    b = e1;
    c = e2;
    d = e3;
    if (i < FIXED_ORDER_MAX) continue;
    s0 += Math.abs(e0);
    s1 += Math.abs(e1);
    s2 += Math.abs(e2);
    s3 += Math.abs(e3);
    s4 += Math.abs(e4);
  }
  const totals = [s0, s1, s2, s3, s4];
  return totals.indexOf(Math.min(...totals));
}

/** Bits of a table index: none for one predictor. */
function indexBits(tableLength: number): number {
  return tableLength <= 1 ? 0 : 32 - Math.clz32(tableLength - 1);
}

function writeShift(writer: BitWriter, shift: number): void {
  writer.bits(shift > 0 ? 1 : 0, 1);
  if (shift > 0) writer.bits(shift, SHIFT_BITS);
}

function readShift(reader: BitReader): number {
  if (reader.bits(1) === 0) return 0;
  const shift = reader.bits(SHIFT_BITS);
  if (shift === 0) throw corrupt(reader, "shift", "0 is written as no shift");
  return shift;
}

/** Bits of the narrowest two's complement form, 1 to 32. */
function signedWidth(value: number): number {
  return 33 - Math.clz32(value ^ (value >> 31));
}

function writeSigned(writer: BitWriter, value: number, width: number): void {
  writer.bits((value << (32 - width)) >>> (32 - width), width);
}

function corrupt(reader: BitReader, field: string, state: string): CorruptInputError {
  return new CorruptInputError(`Cannot decode ${field} at bit ${reader.position}: ${state}`, {
    offset: reader.position >>> 3,
    field,
  });
}
