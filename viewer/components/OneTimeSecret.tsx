/**
 * A secret that is readable this once: a field to take it from, and a button that copies it.
 *
 * Without script it is text to select. With script it also goes from the page when the page goes, so that
 * neither Back nor a page that the browser keeps in memory shows it again.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

/** What is shown. */
export interface OneTimeSecretProps {
  readonly label: string;
  readonly value: string;
  /** What to do with it. */
  readonly note: string;
}

/** The field and its button. */
export function OneTimeSecret({ label, value, note }: OneTimeSecretProps): VNode {
  const field = useRef<HTMLTextAreaElement>(null);
  const [isLive, setLive] = useState(false);
  const [said, setSaid] = useState("");
  const [isGone, setGone] = useState(false);
  useEffect(() => {
    setLive(true);
    const forget = () => {
      // The state may not be painted any more: the text itself goes now.
      if (field.current !== null) field.current.value = "";
      field.current?.closest(".island")?.querySelector("script")?.remove();
      setGone(true);
    };
    addEventListener("pagehide", forget);
    return () => removeEventListener("pagehide", forget);
  }, []);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      setSaid("Copied.");
    } catch {
      // Not allowed here: then by hand.
      field.current?.select();
      setSaid("Press Ctrl+C to copy what is selected.");
    }
  };

  if (isGone) return <p class="muted">It is not shown again. Make another one if you need it.</p>;
  return (
    <div class="one-time">
      <label for="one-time">{label}</label>
      <textarea
        id="one-time"
        ref={field}
        rows={2}
        readOnly
        spellcheck={false}
        autocomplete="off"
        aria-describedby="one-time-note"
        value={value}
      />
      <p class="one-time-actions">
        {isLive && <button type="button" class="primary" onClick={copy}>Copy</button>}
        <span role="status">{said}</span>
      </p>
      <p id="one-time-note">
        <strong>This is shown once.</strong> {note}
      </p>
    </div>
  );
}
