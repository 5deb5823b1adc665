/**
 * Bench, load. The rows of loads: their names, units and bounds.
 *
 * @module
 */

import { type RowPlan, rowPlan, type RowPlanOptions } from "../rows.ts";
import { thousands, type Workload } from "../workloads.ts";
import { type LiveSize, type LoadSizes, loadSizes, PAGE_SECONDS } from "./sizes.ts";

/** Rows of one load, by what they say. */
export type RowsOf<Key extends string> = Readonly<Record<Key, RowPlan>>;

/** "2,000 devices × 1 chunk/s" */
function devicesName({ devicePeriodMs }: LoadSizes, count: number): string {
  return `${thousands(count)} devices × ${1_000 / devicePeriodMs} chunk/s`;
}

/** "50 readers × 2 pages/s" */
function readersName({ pagePeriodMs }: LoadSizes, count: number): string {
  return `${thousands(count)} readers × ${1_000 / pagePeriodMs} pages/s`;
}

export function liveRows(
  workload: Workload,
  { deviceCount, seconds, isLong }: LiveSize,
): RowsOf<"p50" | "p99" | "p999" | "max" | "errors"> {
  const name = `live ingest, ${devicesName(loadSizes(workload), deviceCount)}, ${seconds} s`;
  const ms = (what: string, options: RowPlanOptions = {}) =>
    rowPlan(`${name}: ${what}`, "ms", { isLong, ...options });
  return {
    p50: ms("p50"),
    p99: ms("p99", { must: 100 }),
    p999: ms("p99.9"),
    max: ms("slowest"),
    errors: rowPlan(`${name}: errors`, "errors", { must: 0, isLong }),
  };
}

export function togetherRows(
  workload: Workload,
): RowsOf<"p50" | "p95" | "p99" | "ingest" | "errors"> {
  const sizes = loadSizes(workload);
  const { readerCount, deviceCount, seconds } = sizes.together;
  const name = `readers and devices, ${readersName(sizes, readerCount)} + ` +
    `${devicesName(sizes, deviceCount)}, ${seconds} s`;
  return {
    p50: rowPlan(`${name}: page p50`, "ms"),
    p95: rowPlan(`${name}: page p95`, "ms", { must: 40 }),
    p99: rowPlan(`${name}: page p99`, "ms", { must: 100 }),
    ingest: rowPlan(`${name}: chunk p99`, "ms"),
    errors: rowPlan(`${name}: errors`, "errors", { must: 0 }),
  };
}

export function eventRows(workload: Workload): RowsOf<"p50" | "p95" | "receipt" | "errors"> {
  const { viewerCount, recordingCount, deviceCount, seconds } = loadSizes(workload).events;
  const name =
    `commit to event, ${viewerCount} viewers of ${recordingCount} among ${deviceCount} ` +
    `live recordings, ${seconds} s`;
  return {
    p50: rowPlan(`${name}: from the request, p50`, "ms"),
    p95: rowPlan(`${name}: from the request, p95`, "ms", { must: 250 }),
    receipt: rowPlan(`${name}: from the receipt, p95`, "ms"),
    errors: rowPlan(`${name}: errors`, "errors", { must: 0 }),
  };
}

export function growthRows(workload: Workload): RowsOf<"devices" | "readers"> {
  const sizes = loadSizes(workload);
  const { devices, readers, seconds } = sizes.growth;
  return {
    devices: rowPlan(
      `live ingest growth, 1 to ${
        devicesName(sizes, devices.at(-1)!)
      }, ${seconds} s each: p99 of the most`,
      "ms",
      { isLong: true },
    ),
    readers: rowPlan(
      `readers growth, 1 to ${readersName(sizes, readers.at(-1)!)} of ${PAGE_SECONDS} s, ` +
        `${seconds} s each: p95 of the most`,
      "ms",
      { isLong: true },
    ),
  };
}

/** Numbers of devices under which memory is looked at. */
export function memoryCounts(workload: Workload): number[] {
  return [...new Set(loadSizes(workload).live.map(({ deviceCount }) => deviceCount))];
}

/** @param deviceCount One of {@link memoryCounts}: those who came last. */
export function memoryRows(
  workload: Workload,
  deviceCount: number,
): RowsOf<"ingest" | "query" | "postgres" | "generator"> {
  const { history, live } = loadSizes(workload);
  const name = `memory under batches of ${thousands(history.recordingCount * history.seconds)} ` +
    `chunks, readers, viewers and ${thousands(deviceCount)} devices`;
  const isLong = live.every((size) => size.deviceCount !== deviceCount || size.isLong);
  return {
    ingest: rowPlan(`${name}: ingest at most`, "MB", { must: 256, isLong }),
    query: rowPlan(`${name}: query at most`, "MB", { must: 256, isLong }),
    postgres: rowPlan(`${name}: PostgreSQL at most`, "MB", { isLong }),
    generator: rowPlan(`${name}: load generator at most`, "MB", { isLong }),
  };
}

/** What the load itself takes from the two cores. */
export function generatorRow(workload: Workload): RowPlan {
  const sizes = loadSizes(workload);
  return rowPlan(
    `load generator, ${devicesName(sizes, sizes.live[0]!.deviceCount)}: processor time a request`,
    "µs",
  );
}

/** Every row of the suite, in the order of the report. */
export function loadPlans(workload: Workload): RowPlan[] {
  return [
    ...loadSizes(workload).live.flatMap((size) => Object.values(liveRows(workload, size))),
    ...Object.values(togetherRows(workload)),
    ...Object.values(eventRows(workload)),
    ...Object.values(growthRows(workload)),
    ...memoryCounts(workload).flatMap((count) => Object.values(memoryRows(workload, count))),
    generatorRow(workload),
  ];
}
