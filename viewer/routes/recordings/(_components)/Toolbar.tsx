/**
 * Every control of the page that is not a list: paging, page length, sensitivity, montage, filters,
 * seizures, panels.
 *
 * @module
 */

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { SENSITIVITIES } from "../../../signal/amplitude_scale.ts";
import { parseMoment } from "../../../signal/clock_text.ts";
import { neighbourSeizure } from "../../../signal/marks.ts";
import {
  hertzText,
  HIGH_FILTERS,
  LOW_FILTERS,
  MONTAGE_NAMES,
  NOTCHES,
} from "../../../signal/page_view.ts";
import { PAGE_SECONDS } from "../../../signal/viewport.ts";
import { MONTAGE_KINDS, type MontageKind } from "@wavekeep/core/signal";
import { Icon, type IconName } from "./Icon.tsx";
import { MontageDialog } from "./MontageDialog.tsx";
import type { StateAction } from "../(_islands)/handlers.ts";
import type { ReadingEvent, ReadingState } from "../(_islands)/reading_state.ts";

/** What the bar needs. */
export interface ToolbarProps {
  readonly state: ReadingState;
  readonly dispatch: (event: ReadingEvent) => void;
  readonly isLoading: boolean;
  readonly onHelp: () => void;
  readonly onCalibrate: () => void;
}

/** The bar. */
export function Toolbar(props: ToolbarProps): VNode {
  const { state, dispatch } = props;
  const { viewport, model } = state;
  const act = (action: StateAction) => () => dispatch({ type: "action", action });
  const isAtStart = viewport.start <= 0;
  const isAtEnd = viewport.start + viewport.seconds >= viewport.end;
  const hasSeizures = model.marks.some(({ kind }) => kind === "seizure");
  return (
    <div class="toolbar" role="toolbar" aria-label="Page controls">
      <div class="group" role="group" aria-label="Page">
        <Tool label="Start of the recording" icon="start" on={act("start")} isOff={isAtStart} />
        <Tool label="Previous page" icon="previous" on={act("previous-page")} isOff={isAtStart} />
        <Tool label="Next page" icon="next" on={act("next-page")} isOff={isAtEnd} />
        <Tool label="End of the recording" icon="end" on={act("end")} isOff={isAtEnd} />
      </div>
      <div class="group" role="group" aria-label="Page length">
        {PAGE_SECONDS.map((seconds) => (
          <button
            type="button"
            key={seconds}
            aria-pressed={viewport.seconds === seconds}
            onClick={() => dispatch({ type: "page-seconds", seconds })}
          >
            {seconds} s
          </button>
        ))}
      </div>
      <div class="group" role="group" aria-label="Sensitivity">
        <Tool label="Smaller traces" icon="minus" on={act("smaller")} />
        <label class="inline">
          <span class="sr-only">Sensitivity</span>
          <select
            value={String(state.sensitivity)}
            onChange={(event) =>
              dispatch({ type: "sensitivity", sensitivity: Number(event.currentTarget.value) })}
          >
            {SENSITIVITIES.map((step) => (
              <option key={step} value={String(step)} selected={step === state.sensitivity}>
                {`${step} µV/mm`}
              </option>
            ))}
          </select>
        </label>
        <Tool label="Larger traces" icon="plus" on={act("larger")} />
      </div>
      <ViewControls state={state} dispatch={dispatch} />
      <div class="group" role="group" aria-label="Seizures">
        <Tool
          label="Previous seizure"
          icon="previous"
          text="Seizure"
          on={act("previous-event")}
          isOff={!hasSeizures || neighbourSeizure(model.marks, viewport, "previous") === undefined}
        />
        <Tool
          label="Next seizure"
          icon="next"
          text="Seizure"
          on={act("next-event")}
          isOff={!hasSeizures || neighbourSeizure(model.marks, viewport, "next") === undefined}
        />
      </div>
      <GoTo state={state} dispatch={dispatch} />
      <div class="group push" role="group" aria-label="Panels">
        {model.status === "open" && (
          <button
            type="button"
            class="follow"
            aria-pressed={state.isFollowing}
            onClick={() => dispatch({ type: "follow", isFollowing: !state.isFollowing })}
          >
            Follow live
          </button>
        )}
        <button
          type="button"
          aria-pressed={state.spectrogram !== null}
          onClick={act("spectrogram")}
        >
          Spectrogram
        </button>
        <details class="menu">
          <summary>View</summary>
          <div class="menu-body">
            <label>
              <input
                type="checkbox"
                checked={state.isOffsetRemoved}
                onChange={(event) =>
                  dispatch({ type: "offset", isRemoved: event.currentTarget.checked })}
              />
              Remove each channel's mean of the page
            </label>
            <label>
              <input
                type="checkbox"
                checked={state.filters.phase === "zero-phase"}
                onChange={(event) =>
                  dispatch({
                    type: "filters",
                    filters: { phase: event.currentTarget.checked ? "zero-phase" : "causal" },
                  })}
              />
              Filters without phase shift (zero-phase)
            </label>
            <label>
              <input
                type="checkbox"
                checked={state.montage.isFrontLeftOut}
                onChange={(event) =>
                  dispatch({
                    type: "montage",
                    montage: { isFrontLeftOut: event.currentTarget.checked },
                  })}
              />
              Leave Fp1, Fp2, F7, F8 out of the average
            </label>
            <MontageDialog dispatch={dispatch} />
            <button type="button" onClick={props.onCalibrate}>Calibrate the screen…</button>
            <ExportLink state={state} />
          </div>
        </details>
        <Tool label="Keyboard help" text="?" on={props.onHelp} />
      </div>
      <span class={props.isLoading ? "loading on" : "loading"} aria-hidden="true" />
    </div>
  );
}

/** Montage and filters: what stands between the samples and the traces. */
function ViewControls({ state, dispatch }: Pick<ToolbarProps, "state" | "dispatch">): VNode {
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
        value={filters.lowHz}
        steps={LOW_FILTERS}
        text={(hertz) => `Low ${hertzText(hertz)}`}
        on={(lowHz) => dispatch({ type: "filters", filters: { lowHz } })}
      />
      <Choice
        name="High filter"
        value={filters.highHz}
        steps={HIGH_FILTERS}
        text={(hertz) => `High ${hertzText(hertz)}`}
        on={(highHz) => dispatch({ type: "filters", filters: { highHz } })}
      />
      <Choice
        name="Notch"
        value={filters.notchHz}
        steps={NOTCHES}
        text={(hertz) => `Notch ${hertzText(hertz)}`}
        on={(notchHz) => dispatch({ type: "filters", filters: { notchHz } })}
      />
    </div>
  );
}

/** A list of steps to choose from. */
function Choice<T extends string | number | null>(
  props: {
    readonly name: string;
    readonly value: T;
    readonly steps: readonly T[];
    readonly text: (step: T) => string;
    readonly on: (step: T) => void;
  },
): VNode {
  const { name, value, steps, text, on } = props;
  return (
    <label class="inline">
      <span class="sr-only">{name}</span>
      <select
        value={String(value)}
        onChange={({ currentTarget }) => on(steps[currentTarget.selectedIndex]!)}
      >
        {steps.map((step) => (
          <option key={String(step)} value={String(step)} selected={step === value}>
            {text(step)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Tool(
  props: { label: string; text?: string; icon?: IconName; on: () => void; isOff?: boolean },
): VNode {
  const { label, text, icon } = props;
  return (
    <button
      type="button"
      title={label}
      aria-label={label}
      disabled={props.isOff ?? false}
      onClick={props.on}
    >
      {icon !== undefined && icon !== "next" && <Icon name={icon} />}
      {text}
      {icon === "next" && <Icon name={icon} />}
    </button>
  );
}

function GoTo({ state, dispatch }: Pick<ToolbarProps, "state" | "dispatch">): VNode {
  const [isBad, setBad] = useState(false);
  const start = state.model.startedAt?.civil;
  return (
    <form
      class="group go-to"
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        const mode = form.get("mode") === "clock" ? "clock" : "elapsed";
        const moment = parseMoment(String(form.get("moment") ?? ""), mode, start);
        setBad(moment === undefined);
        if (moment !== undefined) dispatch({ type: "go-to", start: moment });
      }}
    >
      <label class="sr-only" for="go-to">Go to time</label>
      <input
        id="go-to"
        name="moment"
        size={9}
        placeholder="h:mm:ss"
        autocomplete="off"
        aria-invalid={isBad}
      />
      <label class="inline">
        <span class="sr-only">Kind of time</span>
        <select name="mode">
          <option value="elapsed">elapsed</option>
          {start !== undefined && <option value="clock">clock</option>}
        </select>
      </label>
      <button type="submit">Go</button>
    </form>
  );
}

function ExportLink({ state }: Pick<ToolbarProps, "state">): VNode {
  const { model, viewport } = state;
  const query = new URLSearchParams({
    start: String(viewport.start),
    end: String(viewport.start + viewport.seconds),
  });
  const path = `/api/query/patients/${encodeURIComponent(model.patientId)}/recordings/${
    encodeURIComponent(model.recordingId)
  }/export.edf`;
  return <a href={`${path}?${query}`} download>Download this page as EDF+</a>;
}
