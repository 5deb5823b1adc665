/**
 * The list of channels: shown or hidden, with unit and kind.
 *
 * @module
 */

import type { VNode } from "preact";
import type { RowModel } from "../../../signal/recording_model.ts";
import type { ReadingEvent } from "../(_islands)/reading_state.ts";

/** What the list needs. */
export interface ChannelPanelProps {
  readonly rows: readonly RowModel[];
  readonly hiddenRows: ReadonlySet<number>;
  /** Rows whose trace lies outside the page. */
  readonly offPage: readonly number[];
  readonly dispatch: (event: ReadingEvent) => void;
}

/** The list. */
export function ChannelPanel({ rows, hiddenRows, offPage, dispatch }: ChannelPanelProps): VNode {
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
            <label>
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
          </li>
        ))}
      </ul>
    </section>
  );
}
