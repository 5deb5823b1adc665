/**
 * Bench, day. One reader of a day: asks for windows as the viewer does, and counts to the last byte.
 *
 * @module
 */

import {
  decodeChunk,
  decodeParameterSetRecord,
  parameterSetDigest,
  splitRecords,
} from "@wavekeep/core/chunk";
import { formatHex } from "@wavekeep/core/bytes";
import { type ParameterSet, readParameterSet } from "@wavekeep/core/codec";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { CHUNKS_MEDIA_TYPE } from "@wavekeep/core/wire";
import { type OneClient, oneClient } from "../load/http_connection.ts";
import type { Stage } from "../stage.ts";
import type { DayDevice } from "./device.ts";

/** Seconds of a window from the start of the recording, whole ones. */
export interface DayWindow {
  readonly start: number;
  readonly end: number;
}

/** Who asks for windows of one recording. */
export interface DayReader extends Disposable {
  /**
   * The stored chunks of a window, to the last byte; parameter sets left out, as for who has them. Good
   * until the next call.
   */
  read(window: DayWindow): Promise<Uint8Array>;
  /**
   * The same with the sets, decoded and compared with what was sent.
   *
   * @throws {Error} A chunk is missing, is another, or does not decode.
   */
  verify(window: DayWindow): Promise<void>;
}

export function dayReader(
  stage: Pick<Stage, "queryUrl" | "tokens">,
  device: DayDevice,
): DayReader {
  const client: OneClient = oneClient(stage.queryUrl);
  const headers = {
    "Authorization": `Bearer ${stage.tokens.clinician}`,
    "Accept": CHUNKS_MEDIA_TYPE,
  };
  const get = async ({ start, end }: DayWindow, sets: "inline" | "omit"): Promise<Uint8Array> => {
    const query = `patient_id=${device.patientId}&recording_id=${device.recordingId}` +
      `&start=${start}&end=${end}&parameter_sets=${sets}`;
    const { status, body } = await client.request({
      method: "GET",
      path: `/eeg?${query}`,
      headers,
    });
    if (status !== 200) {
      const problem = new TextDecoder().decode(body.subarray(0, 500));
      throw new Error(`Cannot read a window: status is ${status}, not 200: ${problem}`);
    }
    return body;
  };
  return {
    read: (window) => get(window, "omit"),
    async verify(window) {
      verifyChunks(await get(window, "inline"), window, device);
    },
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}

function verifyChunks(bytes: Uint8Array, window: DayWindow, device: DayDevice): void {
  const fail = (why: string): never => {
    throw new Error(
      `Cannot time windows: the answer for ${window.start} to ${window.end} s ${why}`,
    );
  };
  const sets = new Map<string, ParameterSet>();
  const found = new Set<string>();
  for (const { kind, bytes: record } of splitRecords(bytes)) {
    if (kind === "parameter-set") {
      const set = decodeParameterSetRecord(record);
      sets.set(formatHex(parameterSetDigest(set, nodeSha256)), readParameterSet(set));
      continue;
    }
    // Checks that the samples are those of the digest.
    const { header } = decodeChunk(record, {
      sha256: nodeSha256,
      parameterSet: (digest) => sets.get(formatHex(digest)),
    });
    const sent = device.template(header.stream, header.sequence).header;
    if (formatHex(header.sampleDigest) !== formatHex(sent.sampleDigest)) {
      fail(`has other samples at sequence ${header.sequence} of stream ${header.stream}`);
    }
    found.add(`${header.stream}/${header.sequence}`);
  }
  device.pool.streams.forEach((_, stream) => {
    for (let second = window.start; second < window.end; second++) {
      if (!found.has(`${stream}/${second}`)) fail(`lacks second ${second} of stream ${stream}`);
    }
  });
}
