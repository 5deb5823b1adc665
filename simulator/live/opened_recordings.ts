/**
 * Recordings of a system that is verified, each read and opened once.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { type KeyStore, recordingKeyPlace, unwrapKey } from "@wavekeep/core/crypto";
import { isCoreError } from "@wavekeep/core/error";
import type { ProofPlace, VerdictBuilder } from "@wavekeep/core/proof";
import {
  addSeconds,
  formatSeconds,
  parseSeconds,
  sampleRate,
  secondsOfSample,
} from "@wavekeep/core/time";
import type pg from "pg";
import { type RecordingRow, selectRecording } from "./rows.ts";

/** A recording with its key; no key when the patient was erased. */
export interface OpenedRecording {
  readonly row: RecordingRow;
  readonly key: Uint8Array | undefined;
}

/** By id. A key that does not open its recording is a finding. */
export class OpenedRecordings {
  readonly #client: pg.Client;
  readonly #keys: Pick<KeyStore, "patientKey">;
  readonly #result: VerdictBuilder;
  readonly #opened = new Map<string, OpenedRecording | undefined>();

  constructor(client: pg.Client, keys: Pick<KeyStore, "patientKey">, result: VerdictBuilder) {
    this.#client = client;
    this.#keys = keys;
    this.#result = result;
  }

  /** Undefined when there is no row of it. */
  async get(recordingId: string): Promise<OpenedRecording | undefined> {
    if (this.#opened.has(recordingId)) return this.#opened.get(recordingId);
    const row = await selectRecording(this.#client, recordingId);
    let opened: OpenedRecording | undefined;
    if (row !== undefined) {
      const patientKey = await this.#keys.patientKey(row.patientUuid);
      opened = { row, key: patientKey && this.#dataKey(row, patientKey) };
    }
    this.#opened.set(recordingId, opened);
    return opened;
  }

  /** One that was asked for before. */
  known(recordingId: string): OpenedRecording | undefined {
    return this.#opened.get(recordingId);
  }

  /** Those that were asked for, by id; undefined where there is no row. */
  all(): Iterable<readonly [recordingId: string, opened: OpenedRecording | undefined]> {
    return this.#opened;
  }

  #dataKey(row: RecordingRow, patientKey: Uint8Array): Uint8Array | undefined {
    try {
      const place = recordingKeyPlace(row.siteId, row.recordingId);
      return unwrapKey(patientKey, place, new Uint8Array(row.wrappedKey));
    } catch (error) {
      if (!isCoreError(error)) throw error;
      this.#result.find(
        "link-differs",
        `recording ${row.recordingCode} was given to another patient: the key of ` +
          `${row.patientCode} does not open it`,
      );
      return undefined;
    }
  }
}

/** Where a chunk is, as far as the rows it hangs from are there. */
export function placeOf(
  opened: OpenedRecording | undefined,
  row: {
    readonly segmentNumber: number | null;
    readonly stream: number | null;
    readonly chunk: { readonly firstSample: number } | null;
  },
): ProofPlace {
  const segment = opened?.row.segments.get(row.segmentNumber!);
  if (segment === undefined) return {};
  const rate = opened!.row.rates.get(`${row.segmentNumber}/${row.stream}`);
  const segmentId = formatHex(new Uint8Array(segment.segmentId));
  if (rate === undefined || row.chunk === null) return { segmentId };
  const at = secondsOfSample(sampleRate(rate[0], rate[1]), row.chunk.firstSample);
  return { segmentId, second: formatSeconds(addSeconds(parseSeconds(segment.start), at)) };
}
