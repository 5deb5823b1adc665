/**
 * A time to go to: elapsed, or of the clock at the patient.
 *
 * @module
 */

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { parseMoment } from "../../../signal/clock_text.ts";
import type { ReadingEvent, ReadingState } from "../(_islands)/reading_state.ts";

/** What the form needs. */
export interface GoToProps {
  readonly model: ReadingState["model"];
  readonly dispatch: (event: ReadingEvent) => void;
}

/** The form. */
export function GoTo({ model, dispatch }: GoToProps): VNode {
  const [isBad, setBad] = useState(false);
  const start = model.startedAt?.civil;
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
      <input
        id="go-to"
        name="moment"
        size={8}
        placeholder="h:mm:ss"
        aria-label="Go to time"
        autocomplete="off"
        aria-invalid={isBad}
        aria-describedby={isBad ? "go-to-problem" : undefined}
      />
      <select name="mode" aria-label="Kind of time">
        <option value="elapsed">elapsed</option>
        {start !== undefined && <option value="clock">clock</option>}
      </select>
      <button type="submit">Go</button>
      {isBad && (
        <span class="field-problem" role="alert" id="go-to-problem">Write it as h:mm:ss</span>
      )}
    </form>
  );
}
