/**
 * Every command by its name: type a few letters, press Enter.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { chordText } from "../../../signal/chord.ts";
import { matchEntries, type PaletteEntry } from "../../../signal/palette.ts";
import { Dialog } from "./Dialog.tsx";

/** What the dialog needs. */
export interface PaletteDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** Made when it opens. */
  readonly entries: () => readonly PaletteEntry[];
}

/** The dialog. */
export function PaletteDialog({ isOpen, onClose, entries }: PaletteDialogProps): VNode {
  return (
    <Dialog title="Commands" isOpen={isOpen} onClose={onClose}>
      {isOpen && <Palette entries={entries()} />}
    </Dialog>
  );
}

function Palette({ entries }: { readonly entries: readonly PaletteEntry[] }): VNode {
  const [text, setText] = useState("");
  const [marked, setMarked] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const found = matchEntries(entries, text);
  const at = Math.min(marked, found.length - 1);
  useEffect(() => list.current?.children[at]?.scrollIntoView({ block: "nearest" }), [at, text]);
  const run = (entry: PaletteEntry | undefined) => {
    if (entry === undefined) return;
    // The focus is back where it was before the command does anything with it.
    list.current?.closest("dialog")?.close();
    entry.run();
  };
  const onKey = (event: KeyboardEvent) => {
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: 10,
      PageUp: -10,
    };
    const step = steps[event.key];
    if (step !== undefined) setMarked(Math.min(Math.max(at + step, 0), found.length - 1));
    else if (event.key === "Enter") run(found[at]);
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      list.current?.closest("dialog")?.close();
    } else return;
    event.preventDefault();
  };
  return (
    <>
      <input
        class="palette-text"
        type="text"
        role="combobox"
        aria-label="Find a command"
        aria-expanded={found.length > 0}
        aria-controls="palette-list"
        aria-autocomplete="list"
        aria-activedescendant={found.length > 0 ? `palette-${at}` : undefined}
        placeholder="Type a command"
        autocomplete="off"
        spellcheck={false}
        autofocus
        value={text}
        onKeyDown={onKey}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setMarked(0);
        }}
      />
      <p class="sr-only" role="status">
        {found.length === 1 ? "1 command" : `${found.length} commands`}
      </p>
      {found.length === 0 && <p class="muted">No command is called so.</p>}
      <ul class="palette" id="palette-list" role="listbox" aria-label="Commands" ref={list}>
        {found.map((entry, index) => (
          <li
            key={`${entry.group} ${entry.name}`}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === at}
            onClick={() => run(entry)}
          >
            <span>{entry.name}</span>
            <span class="muted">{entry.isOn === true ? `${entry.group}, on` : entry.group}</span>
            <span class="palette-keys">
              {entry.keys.map((key) => <kbd key={key}>{chordText(key)}</kbd>)}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
