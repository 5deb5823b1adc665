/**
 * What the printer gets: the sheets, or a word that the screen is no page to scale.
 *
 * @module
 */

import type { VNode } from "preact";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import type { Sheet } from "../(_islands)/use_print.ts";
import { Later } from "./Later.tsx";

/** What is printed. */
export interface PrintSheetsProps {
  readonly model: RecordingModel;
  readonly sheets: readonly Sheet[] | undefined;
}

/** The sheets; nothing on screen. Without any, a word that the screen is no page to scale. */
export function PrintSheets({ model, sheets }: PrintSheetsProps): VNode {
  if (sheets === undefined) {
    return (
      <p class="not-to-scale">
        Picture of a screen, not to scale. For a page that is true in mm press Ctrl+P on the reading
        screen, or use “Print…” at the clips.
      </p>
    );
  }
  return (
    <div class="sheets">
      {sheets.map((sheet, index) => (
        <Later
          key={index}
          part="PrintedSheet"
          props={{ sheet, model, place: `Sheet ${index + 1} of ${sheets.length}` }}
        />
      ))}
    </div>
  );
}
