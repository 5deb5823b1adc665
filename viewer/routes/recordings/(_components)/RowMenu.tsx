/**
 * The settings of one row: size, filters, bad electrodes, hiding; and how the row came about.
 *
 * Not modal: the page changes under it as the reader sets. Escape closes it, and focus goes back.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { MontageModel } from "../../../signal/montage_model.ts";
import {
  hertzText,
  HIGH_FILTERS,
  LOW_FILTERS,
  lowFilterText,
  NOTCHES,
} from "../../../signal/page_view.ts";
import { filtersOfRow, type RowFilters } from "../../../signal/row_filters.ts";
import { FACTORS, type RowSettings, withRow } from "../../../signal/tools/row_settings.ts";
import type { ReadingEvent, ReadingState } from "../(_islands)/reading_state.ts";
import { Icon } from "./Icon.tsx";

/** What the menu needs. */
export interface RowMenuProps {
  readonly row: number;
  readonly montage: MontageModel;
  readonly state: ReadingState;
  readonly dispatch: (event: ReadingEvent) => void;
  readonly onClose: () => void;
}

/** The filters of a row and their steps. */
const FILTERS = [
  ["lowHz", "Low filter", LOW_FILTERS],
  ["highHz", "High filter", HIGH_FILTERS],
  ["notchHz", "Notch", NOTCHES],
] as const;

/** The menu of a row. */
export function RowMenu({ row, montage, state, dispatch, onClose }: RowMenuProps): VNode | null {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.show();
    return () => before instanceof HTMLElement && before.focus();
  }, []);
  const model = montage.rows[row];
  if (model === undefined) return null;
  const { name } = model;
  const { rows } = state.display;
  const settings = rows[name];
  const set = (change: { [Key in keyof RowSettings]?: RowSettings[Key] | undefined }) =>
    dispatch({ type: "display", display: { rows: withRow(rows, name, change) } });
  const { bad } = state.montage;
  const setBad = (electrode: string, isBad: boolean) =>
    dispatch({
      type: "montage",
      montage: { bad: isBad ? [...bad, electrode] : bad.filter((other) => other !== electrode) },
    });
  const path = montage.paths[row] ?? "";
  return (
    <dialog
      ref={dialog}
      class="row-menu"
      aria-label={`Settings of ${name}`}
      onClose={onClose}
      onKeyDown={(event) => event.key === "Escape" && onClose()}
    >
      <div class="dialog-head">
        <h2>{name}</h2>
        <button type="button" class="quiet" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <label>
        Size
        <select
          value={String(settings?.factor ?? 1)}
          onChange={({ currentTarget }) => set({ factor: Number(currentTarget.value) })}
        >
          {FACTORS.map((factor) => (
            <option
              key={factor}
              value={String(factor)}
              selected={factor === (settings?.factor ?? 1)}
            >
              {factor === 1 ? "1×, its own scale" : `${factor}×`}
            </option>
          ))}
        </select>
      </label>
      {model.microvoltsPerUnit !== null && FILTERS.map(([key, label, steps]) => (
        <RowFilter
          key={key}
          label={label}
          steps={steps}
          own={settings?.[key]}
          otherwise={filtersOfRow(model, { filters: state.filters })[key]}
          text={key === "lowHz" ? lowFilterText : hertzText}
          on={(hertz) => set({ [key]: hertz } as RowFilters)}
        />
      ))}
      <fieldset>
        <legend>Bad electrodes</legend>
        {montage.electrodes[row]!.map((electrode) => (
          <label key={electrode} class="check">
            <input
              type="checkbox"
              checked={bad.includes(electrode)}
              onChange={({ currentTarget }) => setBad(electrode, currentTarget.checked)}
            />
            {electrode}
          </label>
        ))}
        <p class="muted">
          A bad electrode is in no average, no Laplacian and on no path; traces named after it are
          struck.
        </p>
      </fieldset>
      {path !== "" && <p class="path">{path}</p>}
      {(model.prefilter ?? "") !== "" && <p class="path">Recorded {model.prefilter}</p>}
      <p class="dialog-actions">
        <button
          type="button"
          onClick={() => {
            dispatch({ type: "rows", rows: [row], isShown: false });
            onClose();
          }}
        >
          Hide
        </button>
        <button
          type="button"
          disabled={settings === undefined}
          onClick={() => {
            const { [name]: _, ...others } = rows;
            dispatch({ type: "display", display: { rows: others } });
          }}
        >
          Reset
        </button>
      </p>
    </dialog>
  );
}

/** One filter: as it would be, off, or a corner. */
function RowFilter(
  { label, steps, own, otherwise, text, on }: {
    readonly label: string;
    readonly steps: readonly (number | null)[];
    readonly own: number | null | undefined;
    readonly otherwise: number | null;
    readonly text: (hertz: number | null) => string;
    readonly on: (hertz: number | null | undefined) => void;
  },
): VNode {
  const choices = [undefined, ...steps];
  return (
    <label>
      {label}
      <select
        value={String(own)}
        onChange={({ currentTarget }) => on(choices[currentTarget.selectedIndex])}
      >
        {choices.map((hertz) => (
          <option key={String(hertz)} value={String(hertz)} selected={hertz === own}>
            {hertz === undefined ? `default: ${text(otherwise)}` : text(hertz)}
          </option>
        ))}
      </select>
    </label>
  );
}
