/**
 * Ctrl-C as an abort signal.
 *
 * Hazard: under `npx` one Ctrl-C arrives twice, so the second signal must not mean "now".
 *
 * @module
 */

/** Aborts at the first SIGINT or SIGTERM; later ones change nothing. */
export function stopSignal(): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  const onSignal = () => controller.abort(new DOMException("stopped", "AbortError"));
  for (const name of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(name, onSignal);
  return {
    signal: controller.signal,
    dispose() {
      for (const name of ["SIGINT", "SIGTERM"] as const) Deno.removeSignalListener(name, onSignal);
    },
  };
}

/**
 * A signal that aborts `graceMs` after `stop` did: how long what is under way may take to be delivered.
 * Where the server is gone too, waiting for it would keep us from ending.
 */
export function drainLimit(stop: AbortSignal, graceMs: number): AbortSignal {
  const controller = new AbortController();
  const onStop = () => {
    const timer = setTimeout(
      () => controller.abort(new Error("stopped before everything was delivered")),
      graceMs,
    );
    Deno.unrefTimer(timer as unknown as number);
  };
  if (stop.aborted) onStop();
  else stop.addEventListener("abort", onStop, { once: true });
  return controller.signal;
}
