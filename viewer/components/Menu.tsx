/**
 * A button that shows more: the browser's own disclosure, which works before any script has loaded.
 *
 * With script it closes by Escape, by a press elsewhere, and when the focus leaves it.
 *
 * @module
 */

import type { ComponentChildren, VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** What a menu needs. */
export interface MenuProps {
  readonly label: ComponentChildren;
  /** Where the label is a picture, or cannot stand alone. */
  readonly name?: string;
  readonly children: ComponentChildren;
}

/** The button and what it shows. */
export function Menu({ label, name, children }: MenuProps): VNode {
  const element = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const details = element.current!;
    const onElsewhere = (event: Event) => {
      // A dialog that was opened from here keeps its way back.
      const isElsewhere = event.target instanceof Node && !details.contains(event.target);
      if (isElsewhere && document.querySelector("dialog[open]") === null) details.open = false;
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !details.open || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      details.open = false;
      details.querySelector("summary")?.focus();
    };
    document.addEventListener("pointerdown", onElsewhere);
    document.addEventListener("focusin", onElsewhere);
    // Before the keys of the page: Escape closes what is in front.
    document.addEventListener("keydown", onKey, { capture: true });
    return () => {
      document.removeEventListener("pointerdown", onElsewhere);
      document.removeEventListener("focusin", onElsewhere);
      document.removeEventListener("keydown", onKey, { capture: true });
    };
  }, []);
  return (
    <details class="menu" ref={element}>
      <summary aria-label={name} title={name}>{label}</summary>
      <div class="menu-body">{children}</div>
    </details>
  );
}
