/**
 * Bench, day. The whole of a recording at a glance: its envelope in 2,000 columns, by one reader.
 *
 * Hazard: the newest seconds of a recording are in no block yet and are made of the chunks; they are part of
 * every answer here, as they are for a reader.
 *
 * @module
 */

import { ENVELOPE_MEDIA_TYPE, EnvelopeJson } from "@wavekeep/core/wire";
import { type Curve, curveValue } from "../curves.ts";
import { oneClient } from "../load/http_connection.ts";
import { median, quantile } from "../measure.ts";
import { measuredRow, type RowPlan, rowPlan } from "../rows.ts";
import type { RunContext, Suite } from "../suite.ts";
import { type DayLength, durationName, RATE_HZ, thousands, type Workload } from "../workloads.ts";
import { dayName, type LoadedDay, loadedDay } from "./loaded_day.ts";
import { poolDecoder } from "./pool.ts";

const COLUMNS = 2_000;

const DAY_SECONDS = 86_400;

/** Shorter looks at the end of the longest recording, for the curve. */
const LOOKS_SECONDS = [60, 600, 3_600, 6 * 3_600];

function plansOf(workload: Workload, { seconds, isLong }: DayLength) {
  const name = `overview of ${dayName(workload, seconds)}, ${thousands(COLUMNS)} columns`;
  return {
    p50: rowPlan(`${name}: p50`, "ms", { must: seconds <= DAY_SECONDS ? 25 : 60, isLong }),
    p95: rowPlan(`${name}: p95`, "ms", { isLong }),
  };
}

/** The recordings that are there anyway, and a long one. */
function lengths(workload: Workload): DayLength[] {
  return [...workload.days, { seconds: workload.weekSeconds, isLong: true }];
}

export const overviewSuite: Suite = {
  name: "overview",
  plans: (workload): RowPlan[] =>
    lengths(workload).flatMap((length) => Object.values(plansOf(workload, length))),
  async run(context) {
    let longest: LoadedDay | undefined;
    const points: [number, number][] = [];
    for (const length of lengths(context.workload)) {
      const plans = plansOf(context.workload, length);
      if (!Object.values(plans).some(context.isWanted)) continue;
      const day = await loadedDay(context, length.seconds);
      context.progress.step(plans.p50.name);
      const times = await timeOverviews(context, day, day.seconds);
      context.reportWanted(measuredRow(plans.p50, median(times), null));
      context.reportWanted(measuredRow(plans.p95, quantile(times, 0.95), null));
      longest = day;
      points.push([day.seconds, median(times)]);
    }
    if (longest === undefined) return;
    for (const seconds of LOOKS_SECONDS.filter((seconds) => seconds < points[0]![0])) {
      points.push([seconds, median(await timeOverviews(context, longest, seconds))]);
    }
    context.curve(curveOf(points));
  },
};

function curveOf(points: readonly [number, number][]): Curve {
  return {
    name: `Envelope in ${thousands(COLUMNS)} columns, one reader`,
    x: { label: "length of the look, hours", scale: "log" },
    y: { label: "request to last byte, ms", scale: "log" },
    must: null,
    lines: [{
      name: "p50",
      points: points.toSorted(([a], [b]) => a - b)
        .map(([seconds, ms]) => [curveValue(seconds / 3_600), curveValue(ms)]),
    }],
  };
}

/** Milliseconds of looks at the last `seconds` of a recording. The first answer is compared, not timed. */
async function timeOverviews(
  context: RunContext,
  day: LoadedDay,
  seconds: number,
): Promise<number[]> {
  const { stage, device } = day;
  const path = `/envelope?patient_id=${device.patientId}&recording_id=${device.recordingId}` +
    `&start=${day.seconds - seconds}&end=${day.seconds}&columns=${COLUMNS}`;
  using client = oneClient(stage.queryUrl);
  const ask = async (accept: string): Promise<Uint8Array> => {
    const headers = { "Authorization": `Bearer ${stage.tokens.clinician}`, "Accept": accept };
    const { status, body } = await client.request({ method: "GET", path, headers });
    if (status === 200) return body;
    const problem = new TextDecoder().decode(body.subarray(0, 500));
    throw new Error(`Cannot time overviews: status is ${status}, not 200: ${problem}`);
  };
  const json = new TextDecoder().decode(await ask("application/json"));
  verifyOverview(EnvelopeJson.parse(JSON.parse(json)), day, seconds);
  const { dayOverviews } = context.workload;
  const warmUp = Math.ceil(dayOverviews / 5);
  const times: number[] = [];
  for (let i = 0; i < warmUp + dayOverviews; i++) {
    context.signal.throwIfAborted();
    const beforeMs = performance.now();
    await ask(ENVELOPE_MEDIA_TYPE);
    if (i >= warmUp) times.push(performance.now() - beforeMs);
  }
  return times;
}

/**
 * Compares an answer with the samples that were sent: its first, middle and last column.
 *
 * @throws {Error} Something is missing, or is not what the samples say.
 */
function verifyOverview(answer: EnvelopeJson, day: LoadedDay, seconds: number): void {
  const fail = (why: string): never => {
    throw new Error(`Cannot time overviews of ${durationName(seconds)}: the answer ${why}`);
  };
  const [stream] = answer.streams;
  if (!answer.complete || stream === undefined) return fail("leaves something out");
  const { bounds, channels, column_count: count } = stream;
  const { device } = day;
  const [pooled] = device.pool.streams;
  if (channels.length !== pooled!.descriptor.channels.length) fail("lacks channels");
  if (stream.holes !== null) fail("has holes");
  if (bounds.at(-1) !== day.seconds * RATE_HZ) fail("does not reach the end");
  const decode = poolDecoder(pooled!);
  for (const column of [0, count >> 1, count - 1]) {
    const [start, end] = [bounds[column]!, bounds[column + 1]!];
    const least = channels.map(() => Infinity);
    const greatest = channels.map(() => -Infinity);
    for (let second = Math.floor(start / RATE_HZ); second * RATE_HZ < end; second++) {
      const samples = decode(device.template(0, second));
      const from = Math.max(0, start - second * RATE_HZ);
      const to = Math.min(RATE_HZ, end - second * RATE_HZ);
      for (let c = 0; c < channels.length; c++) {
        for (let i = from; i < to; i++) {
          const value = samples[c * RATE_HZ + i]!;
          if (value < least[c]!) least[c] = value;
          if (value > greatest[c]!) greatest[c] = value;
        }
      }
    }
    channels.forEach((channel, c) => {
      if (channel.least[column] !== least[c] || channel.greatest[column] !== greatest[c]) {
        fail(
          `has ${channel.least[column]} to ${channel.greatest[column]} in column ${column} of ` +
            `${channel.name}, not ${least[c]} to ${greatest[c]}`,
        );
      }
    });
  }
}
