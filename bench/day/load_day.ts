/**
 * Bench, day. Opens a device's recording and sends it in batches over HTTP, several at a time.
 *
 * @module
 */

import { concatBytes } from "@wavekeep/core/bytes";
import { CHUNKS_MEDIA_TYPE } from "@wavekeep/core/wire";
import { expectStatus } from "../baseline_client.ts";
import type { Stage } from "../stage.ts";
import type { DayDevice, OpeningRequest } from "./device.ts";

/** Where to send, and with whose token. */
export type IngestAccess = Pick<Stage, "ingestUrl" | "tokens" | "http">;

/** Opens the recording and its segment, and sends every parameter set. */
export async function openDay(access: IngestAccess, device: DayDevice): Promise<void> {
  for (const request of device.opening) await sendToIngest(access, request);
}

/**
 * Bodies of the next seconds, every stream's chunks second after second.
 *
 * @param chunksPerRequest At most so many in one body; whole seconds.
 */
export function* dayBodies(
  device: DayDevice,
  seconds: number,
  chunksPerRequest: number,
): Generator<Uint8Array<ArrayBuffer>> {
  const streams = device.pool.streams.map((_, stream) => stream);
  const secondsPerRequest = Math.max(1, Math.floor(chunksPerRequest / streams.length));
  for (let second = 0; second < seconds; second += secondsPerRequest) {
    const chunks: Uint8Array[] = [];
    for (let k = second; k < Math.min(seconds, second + secondsPerRequest); k++) {
      for (const stream of streams) chunks.push(device.next(stream));
    }
    yield concatBytes(...chunks);
  }
}

/**
 * Sends bodies, `inFlight` of them under way at a time.
 *
 * @returns Milliseconds of each request, in no order.
 * @throws {Error} Any answer but 201: with the start of its problem document.
 */
export async function sendBodies(
  access: IngestAccess,
  bodies: Iterable<Uint8Array<ArrayBuffer>>,
  options: {
    readonly inFlight: number;
    readonly signal: AbortSignal;
    readonly onSent?: (count: number) => void;
  },
): Promise<number[]> {
  const queue = bodies[Symbol.iterator]();
  const times: number[] = [];
  await Promise.all(Array.from({ length: options.inFlight }, async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) {
      options.signal.throwIfAborted();
      const beforeMs = performance.now();
      await sendToIngest(access, {
        method: "POST",
        path: "/ingest",
        contentType: CHUNKS_MEDIA_TYPE,
        body: next.value,
      });
      times.push(performance.now() - beforeMs);
      options.onSent?.(times.length);
    }
  }));
  return times;
}

async function sendToIngest(access: IngestAccess, request: OpeningRequest): Promise<void> {
  const { method, path, contentType, body } = request;
  const response = await fetch(access.ingestUrl + path, {
    client: access.http,
    method,
    headers: {
      "Authorization": `Bearer ${access.tokens.device}`,
      "Content-Type": contentType,
    },
    body,
  });
  await expectStatus(response, 201);
  await response.arrayBuffer();
}
