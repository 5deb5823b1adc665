/**
 * How large a millimetre is on this screen: a bank card laid on its picture, or a ruler on a line.
 *
 * Both set the same number, and each shows what the other would be.
 *
 * @module
 */

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { CSS_PIXELS_PER_MM } from "../../../signal/amplitude_scale.ts";
import {
  CARD_MM,
  pixelsPerMmOfCard,
  pixelsPerMmOfRuler,
  RULER_PIXELS,
} from "../../../signal/tools/screen_calibration.ts";

/** What the form needs. */
export interface CalibrationFormProps {
  readonly onClose: () => void;
  readonly cssPixelsPerMm: number;
  readonly onChange: (cssPixelsPerMm: number) => void;
}

/** The form. */
export function CalibrationForm(props: CalibrationFormProps): VNode {
  const { onClose, cssPixelsPerMm, onChange } = props;
  const [pixelsPerMm, setPixelsPerMm] = useState(cssPixelsPerMm);
  return (
    <>
      <Card pixelsPerMm={pixelsPerMm} on={setPixelsPerMm} />
      <Ruler pixelsPerMm={pixelsPerMm} on={setPixelsPerMm} />
      <p class="dialog-actions">
        <span class="muted" role="status">
          {pixelsPerMm.toFixed(2)} pixels a millimetre, at this zoom of the browser
        </span>
        <button
          type="button"
          onClick={() => {
            onChange(CSS_PIXELS_PER_MM);
            onClose();
          }}
        >
          Not calibrated
        </button>
        <button
          type="button"
          class="primary"
          onClick={() => {
            onChange(pixelsPerMm);
            onClose();
          }}
        >
          Use this size
        </button>
      </p>
    </>
  );
}

/** What both ways change. */
interface Measured {
  readonly pixelsPerMm: number;
  readonly on: (pixelsPerMm: number) => void;
}

/** A card to lay a card on: by its corner, or by the slider and its keys. */
function Card({ pixelsPerMm, on }: Measured): VNode {
  const width = pixelsPerMm * CARD_MM.width;
  return (
    <fieldset class="measure">
      <legend>With a bank card</legend>
      <p>Lay a bank card on the picture and drag its corner until both are as wide.</p>
      <div
        class="card-picture"
        style={{ width: `${width}px`, height: `${pixelsPerMm * CARD_MM.height}px` }}
      >
        <span>{CARD_MM.width} × {CARD_MM.height} mm</span>
        <div
          class="card-corner"
          onPointerDown={(event) => {
            event.preventDefault();
            event.currentTarget.setPointerCapture(event.pointerId);
          }}
          onPointerMove={(event) => {
            if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
            const { left } = event.currentTarget.parentElement!.getBoundingClientRect();
            on(pixelsPerMmOfCard(event.clientX - left));
          }}
        />
      </div>
      <label class="setting">
        Width of the card
        <input
          type="range"
          min="140"
          max="820"
          step="1"
          value={String(Math.round(width))}
          onInput={(event) => on(pixelsPerMmOfCard(Number(event.currentTarget.value)))}
        />
        <span>{Math.round(width)} px</span>
      </label>
    </fieldset>
  );
}

/** A line to hold a ruler against. */
function Ruler({ pixelsPerMm, on }: Measured): VNode {
  const [written, setWritten] = useState<string>();
  const length = (RULER_PIXELS / pixelsPerMm).toFixed(1);
  const isBad = written !== undefined && pixelsPerMmOfRuler(written) === undefined;
  return (
    <fieldset class="measure">
      <legend>With a ruler</legend>
      <div class="ruler-line" style={{ width: `${RULER_PIXELS}px` }} />
      <label class="setting">
        The line is
        <input
          inputMode="decimal"
          size={6}
          value={written ?? length}
          aria-invalid={isBad}
          onInput={(event) => {
            setWritten(event.currentTarget.value);
            const found = pixelsPerMmOfRuler(event.currentTarget.value);
            if (found !== undefined) on(found);
          }}
          onBlur={() => setWritten(undefined)}
        />
        mm long
      </label>
    </fieldset>
  );
}
