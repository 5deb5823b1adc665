/**
 * Signs in, or unlocks, with a passkey: one button, and where the browser can, an offer in the field of the name.
 *
 * The server's route keeps the tokens; this script sees a challenge and a signature.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { askJson, isOver, RefusedError } from "../people/ask_json.ts";
import { refusalWords } from "../people/refusal_words.ts";
import {
  askPasskey,
  type CeremonyOptions,
  hasPasskeys,
  passkeyTrouble,
} from "../people/webauthn.ts";

/** What the button needs. */
export interface PasskeyButtonProps {
  readonly label: string;
  /** Route that gives a challenge. */
  readonly optionsPath: string;
  /** Route that takes the signature, and sets the session's cookies. */
  readonly path: string;
  /** Where to go when it went well; undefined where `onDone` says what then. */
  readonly to?: string;
  readonly onDone?: () => void;
  /** What is said when the session behind the button is over. */
  readonly onOver?: () => void;
  /** Offers passkeys in the field of the name, too. */
  readonly isOffered?: boolean;
}

interface Ceremony {
  readonly ticket: string;
  readonly options: CeremonyOptions;
}

/** The button and what is said of it. */
export function PasskeyButton(props: PasskeyButtonProps): VNode {
  const { label, isOffered = false } = props;
  const [state, setState] = useState<"loading" | "ready" | "busy" | "none">("loading");
  const [problem, setProblem] = useState<string>();
  const offer = useRef<AbortController | undefined>(undefined);

  const signIn = async (isConditional: boolean) => {
    // A browser has one question open at a time.
    offer.current?.abort();
    const controller = new AbortController();
    offer.current = controller;
    try {
      const { ticket, options } = await askJson<Ceremony>(props.optionsPath, {});
      const response = await askPasskey(options, { signal: controller.signal, isConditional });
      await askJson(props.path, { ticket, response });
      if (props.onDone !== undefined) props.onDone();
      else location.replace(props.to ?? "/");
    } catch (error) {
      if (controller.signal.aborted) return;
      if (isOver(error) && props.onOver !== undefined) return props.onOver();
      setState("ready");
      if (error instanceof RefusedError) setProblem(refusalWords(error.refusal));
      // An offer that nobody took is no trouble.
      else if (!isConditional) setProblem(passkeyTrouble(error));
    }
  };

  useEffect(() => {
    if (!hasPasskeys()) return setState("none");
    setState("ready");
    if (isOffered) {
      void PublicKeyCredential.isConditionalMediationAvailable?.().then((can) => {
        if (can && offer.current === undefined) void signIn(true);
      });
    }
    return () => offer.current?.abort();
  }, []);

  if (state === "none") {
    return <p class="muted">This browser has no passkeys here. Use your password.</p>;
  }
  return (
    <div class="passkey">
      <button
        type="button"
        class="primary"
        disabled={state === "loading"}
        aria-disabled={state === "busy"}
        onClick={() => {
          if (state !== "ready") return;
          setProblem(undefined);
          setState("busy");
          void signIn(false);
        }}
      >
        {label}
      </button>
      {state === "busy" && <p role="status">Follow your browser or your device…</p>}
      {problem !== undefined && <p class="notice bad" role="alert">{problem}</p>}
    </div>
  );
}
