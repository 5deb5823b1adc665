/**
 * The list of rows: shown or hidden, what each was derived from, and which could not be.
 *
 * @module
 */

import type { VNode } from "preact";
import type { MontageModel } from "../../../signal/montage_model.ts";
import type { ReadingEvent } from "../(_islands)/reading_state.ts";

/** What the list needs. */
export interface ChannelPanelProps {
  readonly montage: MontageModel;
  readonly hiddenRows: ReadonlySet<number>;
  /** Rows whose trace lies outside the page. */
  readonly offPage: readonly number[];
  readonly dispatch: (event: ReadingEvent) => void;
}

/** The list. */
export function ChannelPanel({ montage, hiddenRows, offPage, dispatch }: ChannelPanelProps): VNode {
  const { rows, paths, missing, faults } = montage;
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
          <li key={row.name}>
            <label title={paths[index] === "" ? undefined : paths[index]}>
              <input
                type="checkbox"
                checked={!hiddenRows.has(index)}
                onChange={(event) => set([index], event.currentTarget.checked)()}
              />
              <span class={`swatch ${row.side}`} aria-hidden="true" />
              <span class="channel-name">{row.name}</span>
              <span class="muted">
                {offPage.includes(index) ? "off the page" : row.isPhysical ? row.unit : "steps"}
              </span>
            </label>
            {isTelling(row.name, paths[index]) && <p class="path">{paths[index]}</p>}
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

/** A path is worth its line where it is more than the one channel that is called so. */
function isTelling(name: string, path: string | undefined): boolean {
  return path !== undefined && path !== "" && path.toUpperCase() !== `(${name.toUpperCase()})` &&
    !path.startsWith("mean of");
}
