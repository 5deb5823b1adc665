/**
 * Several devices at once, each with a patient of its own.
 *
 * @module
 */

import type { DeviceProgress } from "./device.ts";

/** What one device of a fleet is called and made from. */
export interface FleetMember {
  /** From 0. */
  readonly index: number;
  readonly patientId: string;
  readonly seed: number;
}

/**
 * The members of a fleet. One device keeps the name it was given; several get a number each.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { fleetMembers } from "./fleet.ts";
 *
 * deepStrictEqual(fleetMembers(2, "P", 7).map(({ patientId }) => patientId), ["P-001", "P-002"]);
 * ```
 */
export function fleetMembers(count: number, patientId: string, seed: number): FleetMember[] {
  const width = Math.max(3, String(count).length);
  return Array.from({ length: count }, (_, index) => {
    const suffix = `-${String(index + 1).padStart(width, "0")}`;
    return {
      index,
      patientId: count === 1 ? patientId : patientId.slice(0, 64 - suffix.length) + suffix,
      seed: (seed + index) >>> 0,
    };
  });
}

/** Runs all devices; a failure stops none of the others, and the first one is thrown at the end. */
export async function runFleet(
  members: readonly FleetMember[],
  run: (
    member: FleetMember,
    onProgress: (progress: DeviceProgress) => void,
  ) => Promise<DeviceProgress>,
  onProgress: (total: DeviceProgress) => void,
): Promise<DeviceProgress> {
  const each: (DeviceProgress | undefined)[] = members.map(() => undefined);
  const results = await Promise.allSettled(members.map(async (member) => {
    each[member.index] = await run(member, (progress) => {
      each[member.index] = progress;
      onProgress(sum(each));
    });
  }));
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return sum(each);
}

function sum(each: readonly (DeviceProgress | undefined)[]): DeviceProgress {
  const known = each.filter((progress) => progress !== undefined);
  const total = (field: keyof DeviceProgress) =>
    known.reduce((value, progress) => value + progress[field], 0);
  return {
    doneSeconds: total("doneSeconds"),
    positionSeconds: Math.max(0, ...known.map(({ positionSeconds }) => positionSeconds)),
    samplesSent: total("samplesSent"),
    chunksStored: total("chunksStored"),
    chunksRepeated: total("chunksRepeated"),
    chunksHeld: total("chunksHeld"),
    chunksRetried: total("chunksRetried"),
    chunksAcrossChannels: total("chunksAcrossChannels"),
    bytesSent: total("bytesSent"),
    setsSent: total("setsSent"),
  };
}
