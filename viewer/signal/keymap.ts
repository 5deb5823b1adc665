/**
 * Commands and their keys, as one table: what the help and the palette show is what works.
 *
 * Letters, digits and signs can be switched off and changed (WCAG 2.1.4). A command has a key here from
 * the start; it works, and is shown, when the page has a handler for it.
 *
 * @module
 */

import { chordOf, isCharacter, type KeyPress } from "./chord.ts";

/** How help and palette are ordered. */
export const COMMAND_GROUPS = [
  "Pages",
  "Events and marks",
  "Scale",
  "Montage",
  "Filters",
  "Tools",
  "Panels",
] as const;

/** A heading of the help. */
export type CommandGroup = (typeof COMMAND_GROUPS)[number];

/**
 * What a key that is kept down does: nothing more; again, at most three times a second because the
 * whole page changes with it (WCAG 2.3.1); again as often as the system says; or act until it is let go.
 */
export type Repeat = "once" | "paced" | "free" | "held";

/** One thing that can be done to the page. */
export interface Command<A extends string = string> {
  readonly action: A;
  readonly group: CommandGroup;
  /** As help and palette say it. */
  readonly name: string;
  /** Chords; the first is the one to print on a button. */
  readonly keys: readonly string[];
  readonly repeat: Repeat;
}

/**
 * Every command. EDFbrowser's and Epicurrents' habits agree with the keys. F3, F5, F6, F7, F10, F11 and
 * F12 stay the browser's: find, reload, address, caret, menu, full screen, tools.
 */
export const COMMANDS = [
  command("next-page", "Pages", "Next page", ["PageDown", "Space", "Shift+ArrowRight"], "paced"),
  command("previous-page", "Pages", "Previous page", [
    "PageUp",
    "Shift+Space",
    "Shift+ArrowLeft",
  ], "paced"),
  command("step-forward", "Pages", "Forward a tenth of a page", ["ArrowRight"], "free"),
  command("step-back", "Pages", "Back a tenth of a page", ["ArrowLeft"], "free"),
  command("start", "Pages", "Start of the recording", ["Home"]),
  command("end", "Pages", "End of the recording", ["End"]),
  command("go-to", "Pages", "Go to a time", ["G"]),
  command("back", "Pages", "Back to where you were", ["Backspace"]),
  command("forward", "Pages", "Forward again", ["Shift+Backspace"]),
  command("next-unseen", "Pages", "Next stretch you have not seen", ["U"], "paced"),
  command("follow", "Pages", "Follow the newest samples", ["F"]),
  command("autoplay", "Pages", "Autoplay: pages turn by themselves", ["R"]),
  command("epochs", "Pages", "Epochs of 30 s", ["E"]),
  command("save-clip", "Pages", "Keep this page as a clip", ["B"]),
  command("next-clip", "Pages", "Next clip", ["V"], "paced"),
  command("next-event", "Events and marks", "Next event", ["N", "."], "paced"),
  command("previous-event", "Events and marks", "Previous event", ["P", ","], "paced"),
  command("next-unreviewed", "Events and marks", "Next event not reviewed yet", [
    "Shift+N",
  ], "paced"),
  command("previous-unreviewed", "Events and marks", "Previous event not reviewed yet", [
    "Shift+P",
  ], "paced"),
  command("accept", "Events and marks", "Accept the event", ["Y"]),
  command("reject", "Events and marks", "Reject the event", ["X"]),
  command("annotate", "Events and marks", "Annotate", ["A"]),
  command("undo", "Events and marks", "Undo", ["Ctrl+Z"]),
  command("redo", "Events and marks", "Redo", ["Ctrl+Shift+Z", "Ctrl+Y"]),
  command("larger", "Scale", "Larger traces: fewer µV/mm", ["ArrowUp", "+", "="], "paced"),
  command("smaller", "Scale", "Smaller traces: more µV/mm", ["ArrowDown", "-"], "paced"),
  command("page-shorter", "Scale", "Fewer seconds a page", ["["], "paced"),
  command("page-longer", "Scale", "More seconds a page", ["]"], "paced"),
  command("rows-above", "Scale", "Rows above", ["Shift+ArrowUp"], "paced"),
  command("rows-below", "Scale", "Rows below", ["Shift+ArrowDown"], "paced"),
  command("montage-recorded", "Montage", "As recorded", ["1", "F1"]),
  command("montage-longitudinal", "Montage", "Longitudinal bipolar", ["2", "F2"]),
  command("montage-transverse", "Montage", "Transverse bipolar", ["3"]),
  command("montage-average", "Montage", "Average reference", ["4", "F4"]),
  command("montage-laplacian", "Montage", "Laplacian", ["5"]),
  command("montage-cz", "Montage", "Cz reference", ["6"]),
  command("montage-ears", "Montage", "Ear reference", ["7"]),
  command("montage-own", "Montage", "Your own", ["8", "F8"]),
  command("peek", "Montage", "Peek at the montage before this one", ["\\"], "held"),
  command("low-filter", "Filters", "Next low-frequency filter", ["L"]),
  command("high-filter", "Filters", "Next high-frequency filter", ["H"]),
  command("notch", "Filters", "Notch off, 50 Hz, 60 Hz", ["K"]),
  command("calipers", "Tools", "Calipers: µV, seconds, Hz", ["C"]),
  command("prove", "Tools", "Prove this page: every column checked", ["Shift+V"]),
  command("copy-link", "Tools", "Copy a link to exactly this page", []),
  command("escape", "Tools", "Leave the tool, clear the selection", ["Escape"]),
  command("overview", "Panels", "Overview and trends", ["O"]),
  command("second-page", "Panels", "Second page beside the first", ["W"]),
  command("wall", "Panels", "Seizure wall: events side by side", ["Shift+W"]),
  command("spectrogram", "Panels", "Spectrogram", ["S"]),
  command("side-column", "Panels", "Marks and channels at the side", []),
  command("print", "Panels", "Print or PDF", ["Ctrl+P"]),
  command("palette", "Panels", "All commands", ["Ctrl+K"]),
  command("help", "Panels", "Keys", ["?"]),
];

/** Everything that can be done. */
export type Action = (typeof COMMANDS)[number]["action"];

/** Keys that the reader has changed, by action. */
export type OwnKeys = Readonly<Partial<Record<Action, readonly string[]>>>;

/** The keys of a command, with the reader's changes. */
export function keysOf(action: Action, own: OwnKeys = {}): readonly string[] {
  return own[action] ?? commandOf(action).keys;
}

/** The row of an action. */
export function commandOf(action: Action): Command<Action> {
  return BY_ACTION.get(action)!;
}

/** How a press is looked up. */
export interface KeyOptions {
  /** False when single letters, digits and signs are switched off. */
  readonly hasLetters?: boolean;
  readonly own?: OwnKeys;
}

/** The action of a key press, or undefined. */
export function actionOf(press: KeyPress, options: KeyOptions = {}): Action | undefined {
  const chord = chordOf(press);
  if (chord === undefined) return undefined;
  if (options.hasLetters === false && isCharacter(chord)) return undefined;
  return COMMANDS.find(({ action }) => keysOf(action, options.own).includes(chord))?.action;
}

const BY_ACTION = new Map<string, Command<Action>>(COMMANDS.map((row) => [row.action, row]));

function command<A extends string>(
  action: A,
  group: CommandGroup,
  name: string,
  keys: readonly string[],
  repeat: Repeat = "once",
): Command<A> {
  return { action, group, name, keys, repeat };
}
