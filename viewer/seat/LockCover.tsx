/**
 * What stands over a page that nobody may see, and the word before that.
 *
 * The page itself keeps its place and its state; it is made invisible, which takes it out of the accessible
 * tree and of what the browser finds, too (`html[data-covered]` in the style sheet).
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { PasskeyButton } from "../islands/PasskeyButton.tsx";
import { askJson, isOver, RefusedError } from "../people/ask_json.ts";
import { refusalWords } from "../people/refusal_words.ts";
import type { Seat } from "./seat_facts.ts";
import type { SeatView } from "./seat_keeper.ts";

/** What it needs. */
export interface LockCoverProps {
  readonly view: SeatView;
  readonly seat: Seat;
  readonly onUnlocked: () => void;
  /** There is nothing to unlock any more. */
  readonly onEnded: () => void;
  readonly onLeave: () => void;
}

/** The cover or the warning; nothing while the page is open. */
export function LockCover({ view, ...props }: LockCoverProps): VNode | null {
  if (view.kind === "open") return null;
  if (view.kind === "warning") return <Warning secondsLeft={view.secondsLeft} />;
  return <Cover key={view.why} why={view.why} {...props} />;
}

/** In front of everything, dialogs included, and takes no focus: any key or movement makes it go. */
function Warning({ secondsLeft }: { readonly secondsLeft: number }): VNode {
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => element.current?.showPopover?.(), []);
  return (
    <div class="seat-warning" popover="manual" ref={element}>
      <p role="alert">This seat locks soon. Press a key or move to go on.</p>
      <p aria-hidden="true" class="seat-seconds">{secondsLeft} s</p>
    </div>
  );
}

function Cover(
  { why, ...props }: Omit<LockCoverProps, "view"> & {
    readonly why: "locked" | "ended" | "checking";
  },
): VNode {
  const element = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    element.current!.showModal();
    return () => element.current?.close();
  }, []);
  return (
    <dialog
      ref={element}
      class="seat-cover"
      aria-label={why === "ended" ? "Signed out" : "Locked"}
      // Escape closes dialogs; this one stays, and what is behind it is invisible all the same.
      onCancel={(event) => event.preventDefault()}
      onClose={(event) => event.currentTarget.isConnected && event.currentTarget.showModal()}
      onKeyDown={(event) => event.key === "Escape" && event.preventDefault()}
    >
      {why === "locked" && <Unlock {...props} />}
      {why === "ended" && <Ended seat={props.seat} />}
      {why === "checking" && <p role="status">One moment…</p>}
    </dialog>
  );
}

function Unlock(
  { seat, onUnlocked, onEnded, onLeave }: Omit<LockCoverProps, "view">,
): VNode {
  const [problem, setProblem] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const unlock = async (form: HTMLFormElement) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await askJson("/locked", { password: String(new FormData(form).get("password")) });
      onUnlocked();
    } catch (error) {
      if (isOver(error)) return onEnded();
      setBusy(false);
      form.reset();
      setProblem(error instanceof RefusedError ? refusalWords(error.refusal) : String(error));
    }
  };
  return (
    <>
      <h2>Locked</h2>
      <p>
        By <strong>{seat.name}</strong> ({seat.login}). The page is as you left it.
      </p>
      <PasskeyButton
        label="Unlock with a passkey"
        optionsPath="/locked/options"
        path="/locked"
        onDone={onUnlocked}
        onOver={onEnded}
      />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy) void unlock(event.currentTarget);
        }}
      >
        {/* For managers of passwords: whose it is. */}
        <input type="hidden" autocomplete="username" value={seat.login} />
        <label for="seat-password">Password</label>
        <input
          id="seat-password"
          name="password"
          type="password"
          required
          autocomplete="current-password"
        />
        {problem !== undefined && <p class="notice bad" role="alert">{problem}</p>}
        <button type="submit" aria-disabled={isBusy}>Unlock</button>
      </form>
      <form method="post" action="/sign_out" class="demo-form" onSubmit={onLeave}>
        <button type="submit">Not you? Sign out</button>
      </form>
    </>
  );
}

function Ended({ seat }: Pick<LockCoverProps, "seat">): VNode {
  const [to, setTo] = useState("/");
  useEffect(() => setTo(location.pathname + location.search), []);
  return (
    <>
      <h2>This session is over</h2>
      <p>
        It was ended from another seat, by an administrator, or by its age. Sign in again as{" "}
        <strong>{seat.name}</strong> to go on where you were.
      </p>
      <p class="group">
        <a class="button primary" href={`/sign_in?to=${encodeURIComponent(to)}`}>Sign in again</a>
        <a class="button" href="/sign_in?to=/account" target="_blank" rel="noopener">
          Sign in in another tab, and keep this page
        </a>
      </p>
    </>
  );
}
