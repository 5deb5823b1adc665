/**
 * Bench, load. Which parameter sets a device has yet to send: each goes with the first chunk that names it.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { decodeParameterSetRecord, parameterSetDigest } from "@wavekeep/core/chunk";
import { nodeSha256 } from "@wavekeep/core/crypto";
import type { DayDevice } from "../day/device.ts";
import type { DayPool } from "../day/pool.ts";

type SetRecord = Uint8Array<ArrayBuffer>;

/** Sets of the first stream of one device. */
export class UnsentSets {
  readonly #device: DayDevice;
  readonly #unsent: Map<string, SetRecord>;

  constructor(device: DayDevice) {
    this.#device = device;
    this.#unsent = new Map(recordsOf(device.pool));
  }

  /** All of them were sent. */
  clear(): void {
    this.#unsent.clear();
  }

  /** Records to send in front of a chunk; from now on they count as sent. Chunks go in order. */
  before(sequence: number): SetRecord[] {
    if (this.#unsent.size === 0) return [];
    const { parameterSetDigest: named } = this.#device.template(0, sequence).header;
    if (named === null) return [];
    const name = nameOf(named);
    const record = this.#unsent.get(name);
    if (record === undefined) return [];
    this.#unsent.delete(name);
    return [record];
  }
}

/** Templates are shared by all devices: each digest is turned into text once. */
const names = new WeakMap<Uint8Array, string>();

function nameOf(digest: Uint8Array): string {
  const name = names.get(digest) ?? formatHex(digest);
  names.set(digest, name);
  return name;
}

const recordsOfPools = new WeakMap<DayPool, readonly (readonly [string, SetRecord])[]>();

/** The pool's records by digest, worked out once. */
function recordsOf(pool: DayPool): readonly (readonly [string, SetRecord])[] {
  const known = recordsOfPools.get(pool);
  if (known !== undefined) return known;
  const records = pool.streams[0]!.parameterSets.map((record) =>
    [
      formatHex(parameterSetDigest(decodeParameterSetRecord(record), nodeSha256)),
      record,
    ] as const
  );
  recordsOfPools.set(pool, records);
  return records;
}
