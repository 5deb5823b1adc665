/**
 * Thirty-second epochs: pages begin with them, borders and numbers stand on the page.
 *
 * @module
 */

import { useEffect } from "preact/hooks";
import { drawEpochs } from "../../../signal/draw_epochs.ts";
import { EPOCH_SECONDS } from "../../../signal/epochs.ts";
import type { Overlay } from "../../../signal/overlay.ts";
import type { Handlers } from "./handlers.ts";
import type { Reading } from "./use_reading.ts";

/** Switches epochs on and off, and moves by them: an arrow is one epoch, however many a page has. */
export function useEpochs({ state, current, dispatch }: Reading, overlay: Overlay): Handlers {
  const { isEpochs } = state;
  useEffect(() => {
    if (!isEpochs) return;
    overlay.paint("epochs", 5, drawEpochs);
    return () => overlay.paint("epochs", 5, undefined);
  }, [isEpochs, overlay]);
  const step = (epochs: number) => () => {
    if (!current.current.isEpochs) return false;
    const { start } = current.current.viewport;
    dispatch({ type: "go-to", start: start + epochs * EPOCH_SECONDS });
  };
  return {
    epochs: () => dispatch({ type: "epochs", isOn: !current.current.isEpochs }),
    "step-forward": step(1),
    "step-back": step(-1),
  };
}
