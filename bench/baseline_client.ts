/**
 * Bench. Talks to the baseline over HTTP, as its own simulator and viewer would.
 *
 * @module
 */

import { type BenchWindow, planChunk, type PlanWindowAnswer, windowPath } from "./plan_json.ts";

/** The baseline, as a device and a reader see it. */
export interface BaselineClient {
  /** From samples in memory to the acknowledgement. One chunk, or many with one COPY. */
  sendChunks(recordingId: string, first: number, chunks: readonly Int32Array[]): Promise<void>;
  /** From the request to the parsed answer. */
  readWindow(window: BenchWindow): Promise<PlanWindowAnswer>;
}

/** @param http Whose connections are used, and kept from request to request. */
export function baselineClient(url: string, http: Deno.HttpClient): BaselineClient {
  return {
    async sendChunks(recordingId, first, chunks) {
      const bodies = chunks.map((chunk, i) => planChunk(recordingId, first + i, chunk));
      const response = await fetch(`${url}/ingest`, {
        client: http,
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(bodies.length === 1 ? bodies[0] : bodies),
      });
      await expectStatus(response, 201);
      await response.arrayBuffer();
    },
    async readWindow(window) {
      const response = await fetch(url + windowPath(window), { client: http });
      await expectStatus(response, 200);
      return await response.json();
    },
  };
}

/**
 * Lets nothing but the expected status pass.
 *
 * @throws {Error} Another status: with the start of the body, which is a problem document.
 */
export async function expectStatus(response: Response, status: number): Promise<void> {
  if (response.status === status) return;
  const body = (await response.text()).slice(0, 500);
  const path = new URL(response.url).pathname;
  throw new Error(`Cannot measure ${path}: status is ${response.status}, not ${status}: ${body}`);
}
