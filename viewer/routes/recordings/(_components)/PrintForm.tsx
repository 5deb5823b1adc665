/**
 * What to print, on which paper, at which timebase.
 *
 * @module
 */

import type { VNode } from "preact";
import { type Paper, PAPERS, planSheets, PRINT_SPEEDS } from "../../../signal/print_layout.ts";
import type { Viewport } from "../../../signal/viewport.ts";
import type { Printing, PrintWish } from "../(_islands)/use_print.ts";
import { Choice } from "./Controls.tsx";

/** What the form needs. */
export interface PrintFormProps {
  readonly wish: PrintWish;
  readonly setWish: (wish: PrintWish) => void;
  readonly onClose: () => void;
  readonly printing: Printing;
  readonly viewport: Viewport;
  readonly clipCount: number;
}

const WHAT = ["page", "clips", "both"] as const;
const PAPER_NAMES = Object.keys(PAPERS) as Paper[];

/** The form. */
export function PrintForm(props: PrintFormProps): VNode {
  const { wish, setWish, onClose, printing, viewport, clipCount } = props;
  const words = {
    page: "This page",
    clips: `${clipCount} clips`,
    both: `This page and ${clipCount} clips`,
  };
  const sheets = planSheets(wish.paper, { ...viewport, speed: wish.speed });
  return (
    <>
      <p class="setting">
        <Choice
          name="What to print"
          label="What"
          value={wish.what}
          steps={clipCount === 0 ? WHAT.slice(0, 1) : WHAT}
          text={(what) => words[what]}
          on={(what) => setWish({ ...wish, what })}
        />
        <Choice
          name="Paper"
          label="Paper"
          value={wish.paper}
          steps={PAPER_NAMES}
          text={(paper) => `${PAPERS[paper].name} landscape`}
          on={(paper) => setWish({ ...wish, paper })}
        />
        <Choice
          name="Timebase"
          label="Timebase"
          value={wish.speed}
          steps={PRINT_SPEEDS}
          text={(speed) => speed === null ? "as fits the paper" : `${speed} mm/s`}
          on={(speed) => setWish({ ...wish, speed })}
        />
      </p>
      <p>
        This page: {sheets[0]!.mmPerSecond.toFixed(1)} mm/s
        {sheets.length > 1 && `, on ${sheets.length} sheets`}. Print at 100 % (“actual size”); each
        sheet has a line of 50 mm to measure.
      </p>
      <div class="dialog-actions">
        <span role="status" class="muted">{printing.said}</span>
        <button type="button" onClick={onClose}>Cancel</button>
        <button
          type="button"
          class="primary"
          onClick={() => void printing.print(wish).then(onClose)}
        >
          Print
        </button>
      </div>
    </>
  );
}
