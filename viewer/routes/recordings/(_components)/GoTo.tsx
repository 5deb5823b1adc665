/**
 * A time to go to, in whichever way it is written; what was understood stands there before anybody goes.
 *
 * @module
 */

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { TIME_EXAMPLES, understandTime } from "../../../signal/go_to_time.ts";
import type { RecordingModel } from "../../../signal/recording_model.ts";

/** What the form needs. */
export interface GoToProps {
  /** Of the input; the key for going somewhere finds it by this. */
  readonly id?: string;
  readonly model: RecordingModel;
  /** Where the page begins: a clock time without a day is on that day. */
  readonly here: number;
  readonly dispatch: (event: { readonly type: "go-to"; readonly start: number }) => void;
}

/** The form. */
export function GoTo({ id = "go-to", model, here, dispatch }: GoToProps): VNode {
  const [text, setText] = useState("");
  const [isRefused, setRefused] = useState(false);
  const answer = text.trim() === "" ? undefined : understandTime(text, { model, here });
  const places = answer?.kind === "places" ? answer.places : [];
  const go = (seconds: number) => {
    dispatch({ type: "go-to", start: seconds });
    setText("");
    setRefused(false);
    document.getElementById("traces")?.focus();
  };
  const isProblem = answer?.kind === "problem";
  return (
    <form
      class="group go-to"
      onSubmit={(event) => {
        event.preventDefault();
        const [only, ...others] = places;
        // Where two moments are meant, one of their buttons says which.
        if (only === undefined || others.length > 0) setRefused(true);
        else go(only.seconds);
      }}
    >
      <input
        id={id}
        name="moment"
        size={14}
        value={text}
        placeholder="time or day"
        title={`Such as ${TIME_EXAMPLES}`}
        aria-label="Go to time"
        autocomplete="off"
        aria-invalid={isRefused && isProblem}
        aria-describedby={`${id}-answer`}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value);
          setRefused(false);
        }}
      />
      <button type="submit">Go</button>
      <div
        id={`${id}-answer`}
        class={`go-to-answer${answer === undefined ? " is-empty" : ""}`}
        role="status"
      >
        {answer?.kind === "problem" && (
          <span class={isRefused ? "field-problem" : "muted"}>{answer.text}</span>
        )}
        {places.length === 1 && <span>Goes to {places[0]!.text}</span>}
        {places.length > 1 && <span>The clock shows this time twice. Which one?</span>}
        {places.length > 1 &&
          places.map((place) => (
            <button
              key={place.seconds}
              type="button"
              onClick={() => go(place.seconds)}
            >
              {place.text}
            </button>
          ))}
      </div>
    </form>
  );
}
