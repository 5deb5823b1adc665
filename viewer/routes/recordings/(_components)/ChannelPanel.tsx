/**
 * The list of rows: shown or hidden, what each was derived from, and which could not be.
 *
 * @module
 */

import type { VNode } from "preact";
import type { MontageModel } from "../../../signal/montage_model.ts";
import type { RowModel } from "../../../signal/recording_model.ts";
import { badText, isTelling } from "../../../signal/tools/row_facts.ts";
import type { ReadingEvent } from "../(_islands)/reading_state.ts";

/** What the list needs. */
export interface ChannelPanelProps {
  readonly montage: MontageModel;
  readonly hiddenRows: ReadonlySet<number>;
  /** Rows whose trace lies outside the page. */
  readonly offPage: readonly number[];
  readonly dispatch: (event: ReadingEvent) => void;
  /** Opens the menu of a row. */
  readonly onRow: (row: number) => void;
}

/** The list. */
export function ChannelPanel(props: ChannelPanelProps): VNode {
  const { montage, hiddenRows, offPage, dispatch, onRow } = props;
  const { rows, paths, missing, faults, groups, bad } = montage;
  const all = rows.map((_, row) => row);
  const set = (chosen: readonly number[], isShown: boolean) => () =>
    dispatch({ type: "rows", rows: chosen, isShown });
  return (
    <section class="panel channels">
      <h2>
        Channels <span class="count">{rows.length - hiddenRows.size} of {rows.length}</span>
      </h2>
      <p class="panel-tools">
        <button type="button" class="quiet" onClick={set(all, true)}>Show all</button>
        <button type="button" class="quiet" onClick={set(all, false)}>Hide all</button>
      </p>
      <ul>
        {rows.map((row, index) => (
          <li
            key={row.name}
            class={index > 0 && groups[index] !== groups[index - 1] ? "new-group" : ""}
          >
            <label title={paths[index] === "" ? undefined : paths[index]}>
              <input
                type="checkbox"
                checked={!hiddenRows.has(index)}
                onChange={(event) => set([index], event.currentTarget.checked)()}
              />
              <span class={`swatch ${row.side}`} aria-hidden="true" />
              <span class={bad[index]!.length > 0 ? "channel-name bad" : "channel-name"}>
                {row.name}
              </span>
              <span class="muted">
                {bad[index]!.length > 0
                  ? badText(bad[index]!)
                  : offPage.includes(index)
                  ? "off the page"
                  : row.isPhysical
                  ? unitText(row)
                  : "steps"}
              </span>
            </label>
            <button
              type="button"
              class="quiet row-button"
              aria-label={`Settings of ${row.name}`}
              onClick={() => onRow(index)}
            >
              ⋯
            </button>
            {isTelling(row.name, paths[index]!) && !paths[index]!.startsWith("mean of") &&
              <p class="path">{paths[index]}</p>}
          </li>
        ))}
      </ul>
      {montage.average.length > 0 && (
        <p class="path">
          Average of {montage.average.length}: {montage.average.join(", ")}
        </p>
      )}
      {montage.assumesReference && (
        <p class="path">The channels name no reference; they are taken to share one.</p>
      )}
      {missing.length > 0 && (
        <details class="missing">
          <summary>{missing.length} cannot be derived</summary>
          <ul>
            {missing.map(({ name, reason }) => (
              <li key={name}>
                <strong>{name}</strong>: {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
      {faults.length > 0 && (
        <p class="path bad">
          {faults.map(({ line, text, reason }) => `Line ${line}, ${text}: ${reason}`).join(". ")}
        </p>
      )}
    </section>
  );
}

/** What files write as `uV` is written µV, as everywhere else on the page. */
function unitText({ unit, microvoltsPerUnit }: RowModel): string {
  return microvoltsPerUnit === 1 ? "µV" : unit;
}
