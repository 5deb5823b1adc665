/**
 * Who is signed in, the colours of the page, and the way out.
 *
 * @module
 */

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { THEME_CHOICES, THEME_TEXTS, type ThemeChoice } from "../signal/themes.ts";
import { Menu } from "./Menu.tsx";

/** Who is signed in, as a page may know it. */
export interface Reader {
  readonly subject: string;
  /** As people call them: of an account its display name, else the subject. */
  readonly name: string;
  readonly role: string;
  readonly isDemo: boolean;
  /** Whether there is an account, with credentials, sessions and a lock. */
  readonly hasAccount: boolean;
}

/** What the menu needs. */
export interface AccountMenuProps {
  /** Absent on pages for everybody. */
  readonly reader: Reader | undefined;
  readonly theme: ThemeChoice;
  /** Where the page is, to come back to without script. */
  readonly path: string;
}

/** The menu. */
export function AccountMenu({ reader, theme, path }: AccountMenuProps): VNode {
  const label = reader === undefined ? "Colours" : (
    <>
      <span class="who">{reader.name}</span>
      <span class="role">{reader.role}</span>
    </>
  );
  return (
    <Menu label={label}>
      <ThemeForm theme={theme} path={path} />
      {reader?.hasAccount && (
        <div class="menu-part">
          <a class="choice" href="/account">Your account</a>
          <form method="post" action="/lock">
            <input type="hidden" name="to" value={path} />
            <button type="submit" class="choice">Lock this seat</button>
          </form>
        </div>
      )}
      {reader !== undefined && (
        <form method="post" action="/sign_out" class="menu-part">
          <button type="submit">Sign out</button>
        </form>
      )}
    </Menu>
  );
}

/** A button for each theme. Without script the server answers with the page in its new colours. */
function ThemeForm({ theme, path }: Pick<AccountMenuProps, "theme" | "path">): VNode {
  const [chosen, setChosen] = useState(theme);
  return (
    <form
      method="post"
      action="/theme"
      class="menu-part"
      onSubmit={(event) => {
        const { submitter } = event;
        const choice = THEME_CHOICES.find((each) =>
          submitter instanceof HTMLButtonElement && submitter.value === each
        );
        if (choice === undefined) return;
        event.preventDefault();
        setChosen(choice);
        document.documentElement.dataset["theme"] = choice;
        // Without an answer the choice lasts as long as the page.
        fetch("/theme", { method: "POST", body: new URLSearchParams({ theme: choice }) })
          .catch(() => {});
      }}
    >
      <input type="hidden" name="to" value={path} />
      <fieldset>
        <legend>Colours</legend>
        {THEME_CHOICES.map((choice) => (
          <button
            key={choice}
            type="submit"
            name="theme"
            value={choice}
            class="choice"
            aria-pressed={choice === chosen}
          >
            {THEME_TEXTS[choice]}
          </button>
        ))}
      </fieldset>
    </form>
  );
}
