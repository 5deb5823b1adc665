/**
 * A thread of its own for hashes, so that 70 ms of one sign-in hold up nobody else's request.
 *
 * Hazard: a thread that fails takes with it what it was asked; those sign-ins fail, and another thread takes
 * its place at the next one.
 *
 * @module
 */

import type { Logger } from "@wavekeep/core/service";
import type { HashAnswer, HashRequest, HashWorker } from "./password_hasher.ts";

interface Asked {
  readonly request: HashRequest;
  resolve(result: string | boolean): void;
  reject(error: Error): void;
}

/** Starts at the first question. */
export function threadHashWorker(logger: Logger): HashWorker {
  const line: Asked[] = [];
  let worker: Worker | undefined;

  function start(): Worker {
    const started = new Worker(new URL("./hash_worker.ts", import.meta.url), { type: "module" });
    started.onmessage = ({ data }: MessageEvent<HashAnswer>) => {
      const asked = line.shift();
      if ("error" in data) asked?.reject(new Error(`Cannot hash a password: ${data.error}`));
      else asked?.resolve(data.result);
    };
    started.onerror = (event) => {
      event.preventDefault();
      const error = new Error("Cannot hash a password: the thread failed");
      logger.error("hashing thread failed", { reason: event.message });
      end(error);
    };
    return started;
  }

  function end(error: Error): void {
    worker?.terminate();
    worker = undefined;
    for (const { reject } of line.splice(0)) reject(error);
  }

  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        line.push({ request, resolve, reject });
        // It answers in the order of asking.
        (worker ??= start()).postMessage(request);
      }),
    close: () => end(new Error("Cannot hash a password: the service is going down")),
  };
}
