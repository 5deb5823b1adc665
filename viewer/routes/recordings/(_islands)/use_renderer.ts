/**
 * The renderer of the page, with the reader's choice kept between visits.
 *
 * Until the first page is on screen it is Canvas 2D, which is there at once; then, in an idle moment,
 * both are measured.
 *
 * @module
 */

import { useCallback, useEffect, useLayoutEffect, useState } from "preact/hooks";
import {
  FIRST_STATE,
  nextChoice,
  RENDERER_CHOICES,
  RendererHost,
  type RendererState,
} from "../../../signal/renderer/renderer_host.ts";
import { useKept } from "./use_kept.ts";
import { whenIdle } from "./when_idle.ts";

/** Renderers are measured in an idle moment; after so long in any, ms. */
const MEASURE_WITHIN_MS = 2000;

/** The renderer as the island has it. */
export interface Renderer {
  /** Undefined on the server and before the first effect. */
  readonly host: RendererHost | undefined;
  readonly state: RendererState;
  /** Steps to the next choice: automatic, WebGL2, Canvas 2D. */
  readonly step: () => void;
}

/**
 * Opens the renderers of one page.
 *
 * @param isShown The first page is on screen.
 */
export function useRenderer(isShown: boolean): Renderer {
  const [state, setState] = useState(FIRST_STATE);
  const [kept, setKept] = useKept<number>("wavekeep.renderer", 0);
  const choice = RENDERER_CHOICES[kept] ?? "automatic";
  const [host, setHost] = useState<RendererHost>();

  useLayoutEffect(() => {
    const opened = new RendererHost({
      createCanvas: () => document.createElement("canvas"),
      now: () => performance.now(),
      onChange: setState,
    });
    setHost(opened);
    return () => opened.close();
  }, []);

  useEffect(() => host?.choose(choice), [host, choice]);

  useEffect(() => {
    if (host === undefined || !isShown || choice !== "automatic") return;
    return whenIdle(() => host.measure(), MEASURE_WITHIN_MS);
  }, [host, isShown, choice]);

  const step = useCallback(
    () => setKept(RENDERER_CHOICES.indexOf(nextChoice(choice))),
    [choice, setKept],
  );
  return { host, state, step };
}
