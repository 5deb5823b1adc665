/**
 * Bench. What runs in the browser: a worker that decodes what it is sent, as the viewer's does.
 *
 * @module
 */

import { type DecodeJob, decodeRounds } from "./decode_rounds.ts";

const scope = globalThis as unknown as {
  onmessage: ((event: MessageEvent<DecodeJob>) => void) | null;
  postMessage(message: unknown): void;
};

scope.onmessage = ({ data }) => {
  try {
    scope.postMessage({ result: decodeRounds(data) });
  } catch (error) {
    scope.postMessage({ error: String(error) });
  }
};
