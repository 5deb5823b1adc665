/**
 * Settings that are changed now and then: offset, phase, average, display, own montage, calibration; and the export.
 *
 * @module
 */

import type { VNode } from "preact";
import { Menu } from "../../../components/Menu.tsx";
import { DisplayMenu } from "./DisplayMenu.tsx";
import { Setting } from "./Setting.tsx";
import { proofPath } from "../../../signal/recording_path.ts";
import { ROWS_ON_PAGE } from "../../../signal/row_window.ts";
import { Choice } from "./Controls.tsx";
import { MontageDialog } from "./MontageDialog.tsx";
import type { ShownWindow } from "../(_islands)/use_row_window.ts";
import type { ReadingEvent, ReadingState } from "../(_islands)/reading_state.ts";

/** What the menu needs. */
export interface ViewMenuProps {
  readonly state: ReadingState;
  readonly dispatch: (event: ReadingEvent) => void;
  readonly rowWindow: ShownWindow;
  readonly onCalibrate: () => void;
}

/** The menu. */
export function ViewMenu({ state, dispatch, rowWindow, onCalibrate }: ViewMenuProps): VNode {
  return (
    <Menu label="View">
      <Setting
        isOn={state.isOffsetRemoved}
        on={(isRemoved) => dispatch({ type: "offset", isRemoved })}
      >
        Remove each channel's mean of the page
      </Setting>
      <Setting
        isOn={state.filters.phase === "zero-phase"}
        on={(isOn) =>
          dispatch({ type: "filters", filters: { phase: isOn ? "zero-phase" : "causal" } })}
      >
        Filters without phase shift (zero-phase)
      </Setting>
      <Setting
        isOn={state.montage.isFrontLeftOut}
        on={(isFrontLeftOut) => dispatch({ type: "montage", montage: { isFrontLeftOut } })}
      >
        Leave Fp1, Fp2, F7, F8 out of the average
      </Setting>
      <DisplayMenu state={state} dispatch={dispatch} />
      <div class="choice">
        <Choice
          name="Rows on the page"
          label="Rows on the page"
          value={rowWindow.count}
          steps={ROWS_ON_PAGE}
          text={(count) => count === null ? "all" : `${count} at a time`}
          on={rowWindow.setCount}
        />
      </div>
      <MontageDialog dispatch={dispatch} />
      <button type="button" class="choice" onClick={onCalibrate}>Calibrate the screen…</button>
      <ExportLink state={state} />
      <a class="choice" href={proofPath(state.model)}>Proof of this recording, and its export</a>
    </Menu>
  );
}

function ExportLink({ state }: Pick<ViewMenuProps, "state">): VNode {
  const { model, viewport } = state;
  const query = new URLSearchParams({
    start: String(viewport.start),
    end: String(viewport.start + viewport.seconds),
  });
  const path = `/api/query/patients/${encodeURIComponent(model.patientId)}/recordings/${
    encodeURIComponent(model.recordingId)
  }/export.edf`;
  return <a class="choice" href={`${path}?${query}`} download>Download this page as EDF+</a>;
}
