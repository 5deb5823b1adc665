/**
 * What a device keeps over a loss of power: the upload memory's contract, on a disk in virtual time.
 *
 * A write takes time, and power may go before it, after it, or in between; it may fail with nothing
 * written, or be reported failed and stand all the same.
 *
 * @module
 */

import type { CivilStart } from "@wavekeep/core/recording";
import type { Prng } from "@wavekeep/core/testing";
import type {
  FreshSegment,
  RememberedSegment,
  UploadMemory,
} from "../../simulator/upload_memory.ts";
import type { VirtualTime } from "./virtual_time.ts";

interface Remembered {
  startedAt?: CivilStart | null;
  facts: Record<string, string>;
  segments: Record<string, RememberedSegment>;
  incarnation: number;
}

/** The disk of a device failed, or seemed to. */
export class DiskError extends Error {
  override readonly name = "DiskError";
}

/** The file of one recording, as it is on the disk. */
export class DeviceDisk {
  file: string = JSON.stringify({ facts: {}, segments: {}, incarnation: 0 } satisfies Remembered);

  /** Segments that survive, by key. */
  get segments(): Readonly<Record<string, RememberedSegment>> {
    return (JSON.parse(this.file) as Remembered).segments;
  }
}

/** Longest write, in milliseconds. */
const WRITE_MS_MAX = 50;

/** The memory of one life of a device. */
export function memoryOn(
  disk: DeviceDisk,
  { time, random, isAlive, trouble }: {
    readonly time: VirtualTime;
    readonly random: Prng;
    readonly isAlive: () => boolean;
    readonly trouble: () => number;
  },
): UploadMemory {
  const memory = JSON.parse(disk.file) as Remembered;

  function save(): Promise<void> {
    const text = JSON.stringify(memory);
    const fails = random.real() < trouble();
    const stands = !fails || random.below(2) === 0;
    return new Promise((resolve, reject) => {
      time.schedule(random.below(WRITE_MS_MAX), () => {
        if (!isAlive()) return;
        if (stands) disk.file = text;
        time.schedule(random.below(WRITE_MS_MAX), () => {
          if (fails) reject(new DiskError("cannot write"));
          else resolve();
        });
      });
    });
  }

  return {
    siteId: 1,
    async startedAt(proposed) {
      if (memory.startedAt === undefined) {
        memory.startedAt = proposed;
        await save();
      }
      return memory.startedAt;
    },
    async fact(name, proposed) {
      const known = memory.facts[name];
      if (known !== undefined) return known;
      memory.facts[name] = proposed;
      await save();
      return proposed;
    },
    async segment(key: string, fresh: FreshSegment) {
      const known = memory.segments[key];
      if (known !== undefined) return known;
      const segment: RememberedSegment = {
        id: random.bytes(16).toHex(),
        salt: random.bytes(32).toHex(),
        previousDigest: fresh.previousDigest,
        startSeconds: fresh.startSeconds ?? null,
        signing: fresh.signing ?? null,
        ended: false,
        made: [],
      };
      memory.segments[key] = segment;
      await save();
      return segment;
    },
    segments: () => new Map(Object.entries(memory.segments)),
    async markEnded(key) {
      const segment = memory.segments[key];
      if (segment === undefined || segment.ended) return;
      memory.segments[key] = { ...segment, ended: true };
      await save();
    },
    async markMade(key, stream, end) {
      const segment = memory.segments[key];
      if (segment === undefined || (segment.made[stream] ?? 0) >= end) return;
      const made = segment.made.slice();
      for (let each = made.length; each < stream; each++) made[each] = 0;
      made[stream] = end;
      memory.segments[key] = { ...segment, made };
      await save();
    },
    get incarnation() {
      return memory.incarnation;
    },
    async markIncarnation(incarnation) {
      if (incarnation <= memory.incarnation) return;
      memory.incarnation = incarnation;
      await save();
    },
    close() {},
  };
}
