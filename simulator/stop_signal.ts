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
