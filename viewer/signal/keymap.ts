/**
 * Keys to actions, as one table: what the help shows is what works.
 *
 * Letters and digits can be switched off (WCAG 2.1.4). Keys with Ctrl, Alt or Meta are the browser's.
 *
 * @module
 */

/** Everything a key can do. */
export type Action =
  | "next-page"
  | "previous-page"
  | "step-forward"
  | "step-back"
  | "start"
  | "end"
  | "larger"
  | "smaller"
  | "next-seizure"
  | "previous-seizure"
  | "page-5"
  | "page-10"
  | "page-30"
  | "page-60"
  | "follow"
  | "spectrogram"
  | "go-to"
  | "help";

/** One line of the help. */
export interface Binding {
  /** As `KeyboardEvent.key`; a leading `Shift+` wants the shift key. */
  readonly keys: readonly string[];
  /** As printed. */
  readonly shown: string;
  readonly action: Action;
  readonly does: string;
}

/** The key map. EDFbrowser's and Epicurrents' habits agree with it. */
export const BINDINGS: readonly Binding[] = [
  bind(["PageDown", " ", "Shift+ArrowRight"], "Page Down, Space", "next-page", "Next page"),
  bind(
    ["PageUp", "Shift+ ", "Shift+ArrowLeft"],
    "Page Up, Shift+Space",
    "previous-page",
    "Previous page",
  ),
  bind(["ArrowRight"], "Arrow right", "step-forward", "Forward a tenth of a page"),
  bind(["ArrowLeft"], "Arrow left", "step-back", "Back a tenth of a page"),
  bind(["Home"], "Home", "start", "Start of the recording"),
  bind(["End"], "End", "end", "End of the recording"),
  bind(["ArrowUp", "+", "="], "Arrow up, +", "larger", "Larger traces: fewer µV/mm"),
  bind(["ArrowDown", "-"], "Arrow down, −", "smaller", "Smaller traces: more µV/mm"),
  bind(["n", "."], "N", "next-seizure", "Next seizure"),
  bind(["p", ","], "P", "previous-seizure", "Previous seizure"),
  bind(["1"], "1", "page-5", "5 s a page"),
  bind(["2"], "2", "page-10", "10 s a page"),
  bind(["3"], "3", "page-30", "30 s a page"),
  bind(["4"], "4", "page-60", "60 s a page"),
  bind(["f"], "F", "follow", "Follow the newest samples"),
  bind(["s"], "S", "spectrogram", "Spectrogram"),
  bind(["g"], "G", "go-to", "Go to a time"),
  bind(["?"], "?", "help", "This list"),
];

/** The part of a keyboard event that decides. */
export interface KeyPress {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

/**
 * The action of a key press, or undefined.
 *
 * @param hasLetters False when single letters, digits and signs are switched off.
 */
export function actionOf(press: KeyPress, hasLetters = true): Action | undefined {
  if (press.ctrlKey || press.altKey || press.metaKey) return undefined;
  if (!hasLetters && press.key.length === 1 && press.key !== " ") return undefined;
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  const isNamed = key.length > 1 || key === " ";
  const wanted = isNamed && press.shiftKey ? `Shift+${key}` : key;
  return BINDINGS.find(({ keys }) => keys.includes(wanted))?.action;
}

function bind(keys: readonly string[], shown: string, action: Action, does: string): Binding {
  return { keys, shown, action, does };
}
