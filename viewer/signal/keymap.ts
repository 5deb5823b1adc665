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
  | "page-shorter"
  | "page-longer"
  | "montage-recorded"
  | "montage-longitudinal"
  | "montage-transverse"
  | "montage-average"
  | "montage-laplacian"
  | "montage-cz"
  | "montage-ears"
  | "montage-own"
  | "peek"
  | "low-filter"
  | "high-filter"
  | "notch"
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
  bind(["["], "[", "page-shorter", "Fewer seconds a page"),
  bind(["]"], "]", "page-longer", "More seconds a page"),
  bind(["1"], "1", "montage-recorded", "Montage: as recorded"),
  bind(["2"], "2", "montage-longitudinal", "Montage: longitudinal bipolar"),
  bind(["3"], "3", "montage-transverse", "Montage: transverse bipolar"),
  bind(["4"], "4", "montage-average", "Montage: average reference"),
  bind(["5"], "5", "montage-laplacian", "Montage: Laplacian"),
  bind(["6"], "6", "montage-cz", "Montage: Cz reference"),
  bind(["7"], "7", "montage-ears", "Montage: ear reference"),
  bind(["8"], "8", "montage-own", "Montage: your own"),
  bind(["\\"], "\\ held", "peek", "Peek at the montage before this one"),
  bind(["l"], "L", "low-filter", "Next low-frequency filter"),
  bind(["h"], "H", "high-filter", "Next high-frequency filter"),
  bind(["k"], "K", "notch", "Notch off, 50 Hz, 60 Hz"),
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
