/**
 * What a reader reaches for all the time, in one row: paging, scale, montage, filters, events; and the
 * menus with the rest.
 *
 * @module
 */

import type { VNode } from "preact";
import { SENSITIVITIES } from "../../../signal/amplitude_scale.ts";
import { mayGrow } from "../../../signal/live_status.ts";
import {
  hertzText,
  HIGH_FILTERS,
  LOW_FILTERS,
  MONTAGE_NAMES,
  NOTCHES,
} from "../../../signal/page_view.ts";
import { MONTAGE_KINDS, type MontageKind } from "@wavekeep/core/signal";
import { Menu } from "../../../components/Menu.tsx";
import { type Acting, Choice, type Toggle, ToggleLine, Tool } from "./Controls.tsx";
import { PageLength } from "./PageLength.tsx";
import { ViewMenu } from "./ViewMenu.tsx";
import { neighbourOf } from "../(_islands)/event_queue.ts";
import type { ShownWindow } from "../(_islands)/use_row_window.ts";
import type { ReadingEvent, ReadingState } from "../(_islands)/reading_state.ts";

/** What the bar needs. */
export interface ToolbarProps {
  readonly state: ReadingState;
  readonly dispatch: (event: ReadingEvent) => void;
  readonly acting: Acting;
  /** Panels and tools that can be on or off, in the order of the menu. */
  readonly toggles: readonly Toggle[];
  readonly isLoading: boolean;
  readonly rowWindow: ShownWindow;
  readonly onCalibrate: () => void;
}

/** The bar. */
export function Toolbar(props: ToolbarProps): VNode {
  const { state, dispatch, acting } = props;
  return (
    <div class="toolbar" role="group" aria-label="Page controls">
      <PageTools state={state} acting={acting} />
      <ScaleTools state={state} dispatch={dispatch} acting={acting} />
      <ViewTools state={state} dispatch={dispatch} />
      <EventTools state={state} acting={acting} />
      <div class="group push" role="group" aria-label="Panels and settings">
        {mayGrow(state.model) && (
          <button
            type="button"
            class="follow"
            aria-pressed={state.isFollowing}
            onClick={() => acting.act("follow")}
          >
            Follow live
          </button>
        )}
        <Menu label="Panels">
          {props.toggles.map((toggle) => (
            <ToggleLine key={toggle.action} acting={acting} {...toggle} />
          ))}
        </Menu>
        <ViewMenu
          state={state}
          dispatch={dispatch}
          rowWindow={props.rowWindow}
          onCalibrate={props.onCalibrate}
        />
        <Tool acting={acting} action="palette" icon="search" />
        <Tool acting={acting} action="help" icon="keyboard" />
      </div>
      <span class={props.isLoading ? "loading on" : "loading"} aria-hidden="true" />
    </div>
  );
}

function PageTools({ state, acting }: Pick<ToolbarProps, "state" | "acting">): VNode {
  const { viewport } = state;
  const isAtStart = viewport.start <= 0;
  const isAtEnd = viewport.start + viewport.seconds >= viewport.end;
  return (
    <div class="group" role="group" aria-label="Page">
      <Tool acting={acting} action="start" icon="start" isOff={isAtStart} />
      <Tool acting={acting} action="previous-page" icon="previous" isOff={isAtStart} />
      <Tool acting={acting} action="next-page" icon="next" isOff={isAtEnd} />
      <Tool acting={acting} action="end" icon="end" isOff={isAtEnd} />
    </div>
  );
}

function ScaleTools(props: Pick<ToolbarProps, "state" | "dispatch" | "acting">): VNode {
  const { state, dispatch, acting } = props;
  return (
    <div class="group" role="group" aria-label="Scale">
      <PageLength state={state} dispatch={dispatch} />
      <Tool acting={acting} action="smaller" icon="minus" />
      <Choice
        name="Sensitivity"
        value={state.sensitivity}
        steps={SENSITIVITIES}
        text={(step) => `${step} µV/mm`}
        on={(sensitivity) => dispatch({ type: "sensitivity", sensitivity })}
      />
      <Tool acting={acting} action="larger" icon="plus" />
    </div>
  );
}

/** Montage and filters: what stands between the samples and the traces. */
function ViewTools({ state, dispatch }: Pick<ToolbarProps, "state" | "dispatch">): VNode {
  const { montage, filters } = state;
  return (
    <div class="group" role="group" aria-label="Montage and filters">
      <Choice
        name="Montage"
        value={montage.kind}
        steps={MONTAGE_KINDS}
        text={(kind) => MONTAGE_NAMES[kind]}
        on={(kind: MontageKind) => dispatch({ type: "montage", montage: { kind } })}
      />
      <Choice
        name="Low filter"
        label="Low"
        value={filters.lowHz}
        steps={LOW_FILTERS}
        text={hertzText}
        on={(lowHz) => dispatch({ type: "filters", filters: { lowHz } })}
      />
      <Choice
        name="High filter"
        label="High"
        value={filters.highHz}
        steps={HIGH_FILTERS}
        text={hertzText}
        on={(highHz) => dispatch({ type: "filters", filters: { highHz } })}
      />
      <Choice
        name="Notch"
        label="Notch"
        value={filters.notchHz}
        steps={NOTCHES}
        text={hertzText}
        on={(notchHz) => dispatch({ type: "filters", filters: { notchHz } })}
      />
    </div>
  );
}

function EventTools({ state, acting }: Pick<ToolbarProps, "state" | "acting">): VNode {
  const isLast = (direction: "next" | "previous") =>
    neighbourOf(state, `${direction}-event`) === undefined;
  return (
    <div class="group" role="group" aria-label="Events">
      <Tool
        acting={acting}
        action="previous-event"
        icon="previous-event"
        isOff={isLast("previous")}
      />
      <span class="choice-label" aria-hidden="true">Event</span>
      <Tool acting={acting} action="next-event" icon="next-event" isOff={isLast("next")} />
    </div>
  );
}
