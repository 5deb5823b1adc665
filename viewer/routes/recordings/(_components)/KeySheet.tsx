/**
 * The keys, out of the same table that makes them work; and the reader's own in their place.
 *
 * @module
 */

import type { VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { chordOf, chordText } from "../../../signal/chord.ts";
import {
  type Action,
  COMMAND_GROUPS,
  commandOf,
  keysOf,
  type OwnKeys,
} from "../../../signal/keymap.ts";
import { ownerOf, refusalOf, withKey, withoutChange } from "../../../signal/own_keys.ts";
import type { KeySettings } from "../(_islands)/use_key_settings.ts";

/** What the sheet needs. */
export interface KeySheetProps {
  /** Actions that something answers; others are not shown. */
  readonly actions: readonly Action[];
  readonly settings: KeySettings;
}

/** What was asked and not done yet: a key for a command, or whether it may be taken from another. */
interface Asking {
  readonly action: Action;
  readonly chord?: string;
  readonly refusal?: string | undefined;
}

/** The sheet. */
export function KeySheet({ actions, settings }: KeySheetProps): VNode {
  const { own, setOwn, hasLetters, setLetters } = settings;
  const [isChanging, setChanging] = useState(false);
  const [asking, setAsking] = useState<Asking>();
  const sheet = useRef<HTMLDivElement>(null);
  const give = (action: Action, chord: string) => {
    setOwn(withKey(own, action, chord));
    setAsking(undefined);
  };
  useKeyPress(sheet, asking !== undefined && asking.chord === undefined, (chord) => {
    const { action } = asking!;
    if (chord === "Escape") return setAsking(undefined);
    const refusal = refusalOf(chord);
    if (refusal !== undefined) return setAsking({ action, refusal });
    const owner = ownerOf(chord, own);
    if (owner === action) setAsking(undefined);
    else if (owner === undefined) give(action, chord);
    else setAsking({ action, chord });
  });
  return (
    <div ref={sheet}>
      <p class="setting">
        <label class="inline">
          <input
            type="checkbox"
            checked={hasLetters}
            onChange={(event) => setLetters(event.currentTarget.checked)}
          />
          Single letters, digits and signs are keys
        </label>
        <button type="button" aria-pressed={isChanging} onClick={() => setChanging(!isChanging)}>
          Change keys
        </button>
        {Object.keys(own).length > 0 && (
          <button type="button" onClick={() => setOwn({})}>All keys as they were</button>
        )}
      </p>
      <div class="key-groups">
        {COMMAND_GROUPS.map((group) => {
          const rows = actions.filter((action) => commandOf(action).group === group);
          return rows.length === 0 ? null : (
            <table class="keys" key={group}>
              <caption>{group}</caption>
              <tbody>
                {rows.map((action) => (
                  <KeyRow
                    key={action}
                    action={action}
                    own={own}
                    asking={asking?.action === action ? asking : undefined}
                    isChanging={isChanging}
                    onAsk={() => setAsking({ action })}
                    onGive={(chord) => give(action, chord)}
                    onLeave={() => setAsking(undefined)}
                    onReset={() => setOwn(withoutChange(own, action))}
                  />
                ))}
              </tbody>
            </table>
          );
        })}
        <table class="keys">
          <caption>Wheel, over the traces</caption>
          <tbody>
            {WHEEL.map(([keys, does]) => (
              <tr key={keys}>
                <th scope="row">
                  <kbd>{keys}</kbd>
                </th>
                <td>{does}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

/** What the wheel does; each has a key as well. */
const WHEEL = [
  ["wheel", "Forward and back a tenth of a page"],
  ["Ctrl+wheel", "More or fewer seconds a page"],
  ["Shift+wheel", "Rows above and below, where not all are shown"],
] as const;

interface KeyRowProps {
  readonly action: Action;
  readonly own: OwnKeys;
  readonly asking: Asking | undefined;
  readonly isChanging: boolean;
  readonly onAsk: () => void;
  readonly onGive: (chord: string) => void;
  readonly onLeave: () => void;
  readonly onReset: () => void;
}

function KeyRow(props: KeyRowProps): VNode {
  const { action, own, asking } = props;
  const { name, repeat } = commandOf(action);
  const keys = keysOf(action, own);
  return (
    <tr>
      <th scope="row">
        {keys.length === 0 && <span class="muted">no key</span>}
        {keys.map((key) => <kbd key={key}>{chordText(key)}</kbd>)}
        {repeat === "held" && " held"}
      </th>
      <td>
        {name}
        {props.isChanging && (
          <span class="key-tools">
            <button type="button" class="link" onClick={props.onAsk}>
              Change<span class="sr-only">{` the key of ${name}`}</span>
            </button>
            {own[action] !== undefined && (
              <button type="button" class="link" onClick={props.onReset}>
                As it was<span class="sr-only">{`: ${name}`}</span>
              </button>
            )}
          </span>
        )}
        {asking !== undefined && <KeyQuestion {...props} asking={asking} />}
      </td>
    </tr>
  );
}

function KeyQuestion({ asking, own, onGive, onLeave }: KeyRowProps & { asking: Asking }): VNode {
  const { chord, refusal } = asking;
  if (chord === undefined) {
    return (
      <p class="key-question" role="alert">
        {refusal !== undefined && `${refusal}. `}Press the new key, or Esc.
      </p>
    );
  }
  const owner = ownerOf(chord, own);
  // The answer goes away with its button: the focus goes to the one that asked.
  const answer = (then: () => void) => ({ currentTarget }: { currentTarget: HTMLElement }) => {
    currentTarget.closest("tr")?.querySelector("button")?.focus();
    then();
  };
  return (
    <p class="key-question" role="alert">
      <kbd>{chordText(chord)}</kbd>
      {`is now: ${owner === undefined ? "nothing" : commandOf(owner).name}. `}
      <button type="button" onClick={answer(() => onGive(chord))}>Use it here</button>{" "}
      <button type="button" onClick={answer(onLeave)}>Leave it</button>
    </p>
  );
}

/** While it listens every key press is an answer, and reaches nothing else. */
function useKeyPress(
  inside: { readonly current: HTMLElement | null },
  isListening: boolean,
  onChord: (chord: string) => void,
): void {
  const newest = useRef(onChord);
  newest.current = onChord;
  // Before anybody can press a key.
  useLayoutEffect(() => {
    if (!isListening) return;
    const dialog = inside.current?.closest("dialog");
    const onKey = (event: KeyboardEvent) => {
      const chord = chordOf(event);
      // The way out of a control stays a way out.
      if (chord === undefined || /^(Shift\+)?Tab$/.test(chord)) return;
      event.preventDefault();
      event.stopPropagation();
      newest.current(chord);
    };
    // Escape answers the question; the dialog stays.
    const onCancel = (event: Event) => event.preventDefault();
    document.addEventListener("keydown", onKey, { capture: true });
    dialog?.addEventListener("cancel", onCancel);
    return () => {
      document.removeEventListener("keydown", onKey, { capture: true });
      dialog?.removeEventListener("cancel", onCancel);
    };
  }, [isListening]);
}
