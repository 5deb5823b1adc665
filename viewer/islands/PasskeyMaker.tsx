/**
 * Makes a passkey for the account that is signed in.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { askJson, RefusedError } from "../people/ask_json.ts";
import { refusalWords } from "../people/refusal_words.ts";
import {
  type CeremonyOptions,
  hasPasskeys,
  makePasskey,
  passkeyTrouble,
} from "../people/webauthn.ts";

/** What it needs. */
export interface PasskeyMakerProps {
  readonly label: string;
  /** What the form is sent as when the passkey is there: what comes next is a page of the server. */
  readonly next: { readonly action: string; readonly step: string };
}

/** A name for the passkey, and the button. */
export function PasskeyMaker({ label, next }: PasskeyMakerProps): VNode {
  const [state, setState] = useState<"loading" | "ready" | "busy" | "none">("loading");
  const [problem, setProblem] = useState<string>();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => setState(hasPasskeys() ? "ready" : "none"), []);

  const make = async (name: string) => {
    setProblem(undefined);
    setState("busy");
    try {
      const { ticket, options } = await askJson<{ ticket: string; options: CeremonyOptions }>(
        "/api/accounts/me/passkeys/options",
        {},
      );
      const response = await makePasskey(options);
      await askJson("/api/accounts/me/passkeys", { ticket, response, name });
      form.current!.submit();
    } catch (error) {
      setState("ready");
      setProblem(
        error instanceof RefusedError ? refusalWords(error.refusal) : passkeyTrouble(error),
      );
    }
  };

  if (state === "none") {
    return (
      <p class="muted">
        This browser has no passkeys here: they need a secure address and a browser of this decade.
      </p>
    );
  }
  return (
    <form
      method="post"
      action={next.action}
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        const name = new FormData(event.currentTarget).get("name");
        if (state === "ready") void make(String(name).trim() || "Passkey");
      }}
    >
      <input type="hidden" name="step" value={next.step} />
      <label for="passkey-name">Name of the passkey</label>
      <input
        id="passkey-name"
        name="name"
        maxLength={64}
        placeholder="This computer"
        autocomplete="off"
      />
      <button type="submit" class="primary" disabled={state === "loading"}>{label}</button>
      <noscript>
        <p class="muted">Making a passkey needs script.</p>
      </noscript>
      {state === "busy" && <p role="status">Follow your browser or your device…</p>}
      {problem !== undefined && <p class="notice bad" role="alert">{problem}</p>}
    </form>
  );
}
