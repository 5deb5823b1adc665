/**
 * What the palette offers: every command that something answers, and the steps of scale and filters.
 *
 * @module
 */

import { SENSITIVITIES } from "../../../signal/amplitude_scale.ts";
import { commandOf, keysOf } from "../../../signal/keymap.ts";
import { hertzText, HIGH_FILTERS, LOW_FILTERS, NOTCHES } from "../../../signal/page_view.ts";
import type { PaletteEntry } from "../../../signal/palette.ts";
import { proofPath } from "../../../signal/recording_path.ts";
import { PAGE_SECONDS } from "../../../signal/viewport.ts";
import type { Acting, Toggle } from "../(_components)/Controls.tsx";
import type { ReadingEvent, ReadingState } from "./reading_state.ts";

/** What entries are made of. */
export interface PaletteSources {
  readonly acting: Acting;
  readonly toggles: readonly Toggle[];
  readonly state: ReadingState;
  readonly dispatch: (event: ReadingEvent) => void;
}

/** The entries, commands first. */
export function paletteEntries(
  { acting, toggles, state, dispatch }: PaletteSources,
): PaletteEntry[] {
  const commands = acting.actions.filter((action) => action !== "palette").map((action) => {
    const { group, name, repeat } = commandOf(action);
    const isOn = toggles.find((toggle) => toggle.action === action)?.isOn;
    // What is held by a key is switched here.
    const isPressed = repeat === "held" ? isOn !== true : true;
    const run = () => acting.act(action, isPressed);
    return { group, name, keys: keysOf(action, acting.own), isOn, run };
  });
  const step = (group: string, name: string, isOn: boolean, event: ReadingEvent): PaletteEntry => ({
    group,
    name,
    keys: [],
    isOn,
    run: () => dispatch(event),
  });
  const { lowHz, highHz, notchHz } = state.filters;
  const filters = { type: "filters" } as const;
  return [
    ...commands,
    {
      group: "Proof",
      name: "Proof of this recording, and its export",
      keys: [],
      isOn: undefined,
      run: () => location.assign(proofPath(state.model)),
    },
    ...PAGE_SECONDS.map((seconds) =>
      step("Scale", `Page of ${seconds} s`, seconds === state.viewport.seconds, {
        type: "page-seconds",
        seconds,
      })
    ),
    ...SENSITIVITIES.map((sensitivity) =>
      step("Scale", `Sensitivity ${sensitivity} µV/mm`, sensitivity === state.sensitivity, {
        type: "sensitivity",
        sensitivity,
      })
    ),
    ...LOW_FILTERS.map((hertz) =>
      step("Filters", `Low filter ${hertzText(hertz)}`, hertz === lowHz, {
        ...filters,
        filters: { lowHz: hertz },
      })
    ),
    ...HIGH_FILTERS.map((hertz) =>
      step("Filters", `High filter ${hertzText(hertz)}`, hertz === highHz, {
        ...filters,
        filters: { highHz: hertz },
      })
    ),
    ...NOTCHES.map((hertz) =>
      step("Filters", `Notch ${hertzText(hertz)}`, hertz === notchHz, {
        ...filters,
        filters: { notchHz: hertz },
      })
    ),
  ];
}
