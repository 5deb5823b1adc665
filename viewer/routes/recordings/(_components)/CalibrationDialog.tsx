/**
 * How large a millimetre is on this screen: the reader makes a bar as long as a bank card.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { CSS_PIXELS_PER_MM } from "../../../signal/amplitude_scale.ts";
import { Dialog } from "./Dialog.tsx";

/** Width of an ID-1 card. @see ISO/IEC 7810 */
const CARD_MM = 85.6;

/** What the dialog needs. */
export interface CalibrationDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly cssPixelsPerMm: number;
  readonly onChange: (cssPixelsPerMm: number) => void;
}

/** The dialog. */
export function CalibrationDialog(props: CalibrationDialogProps): VNode {
  const { isOpen, onClose, cssPixelsPerMm, onChange } = props;
  const [pixels, setPixels] = useState(Math.round(cssPixelsPerMm * CARD_MM));
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => setPixels(Math.round(cssPixelsPerMm * CARD_MM)), [cssPixelsPerMm, isOpen]);
  useEffect(() => {
    // Set from script: the policy forbids style attributes in markup, not the object model.
    if (bar.current !== null) bar.current.style.width = `${pixels}px`;
  }, [pixels, isOpen]);
  return (
    <Dialog title="Calibrate the screen" isOpen={isOpen} onClose={onClose}>
      <p>
        Hold a bank card against the bar and make the bar as wide as the card ({CARD_MM}{" "}
        mm). Then µV/mm is true on this screen at this browser zoom.
      </p>
      <div class="card-bar" ref={bar} />
      <label class="setting">
        Width
        <input
          type="range"
          min="200"
          max="700"
          value={String(pixels)}
          onInput={(event) => setPixels(Number(event.currentTarget.value))}
        />
        <span>{pixels} px</span>
      </label>
      <p class="dialog-actions">
        <button type="button" onClick={() => onChange(CSS_PIXELS_PER_MM)}>Not calibrated</button>
        <button
          type="button"
          class="primary"
          onClick={() => {
            onChange(pixels / CARD_MM);
            onClose();
          }}
        >
          Use this width
        </button>
      </p>
    </Dialog>
  );
}
