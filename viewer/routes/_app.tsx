/**
 * The frame of every page: head, top bar, main, and the banner of the demo sign-in.
 *
 * @module
 */

import type { ComponentChildren, VNode } from "preact";
import type { Session } from "../session.ts";

/** What the frame needs. */
export interface AppProps {
  readonly title: string;
  readonly session: Session | undefined;
  readonly stylesheet: string;
  readonly icon: string;
  readonly script: string | undefined;
  readonly isWide: boolean;
  readonly children: ComponentChildren;
}

/** The whole document. */
export function App(props: AppProps): VNode {
  const { session } = props;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>{`${props.title} · Wavekeep`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href={props.icon} type="image/svg+xml" />
        <link rel="stylesheet" href={props.stylesheet} />
        {props.script === undefined ? null : <script type="module" src={props.script} />}
      </head>
      <body class={props.isWide ? "wide" : ""}>
        <a class="skip" href="#main">Skip to content</a>
        <header class="topbar">
          <a class="brand" href="/">
            <svg viewBox="0 0 32 20" width="32" height="20" aria-hidden="true">
              <path
                d="M1 11h5l2-4 3 9 4-15 4 17 3-9 2 2h7"
                fill="none"
                stroke="currentColor"
                stroke-width="2"
                stroke-linejoin="round"
                stroke-linecap="round"
              />
            </svg>
            <span>Wavekeep</span>
          </a>
          {session === undefined ? null : (
            <div class="session">
              {session.isDemo
                ? <span class="demo-banner">Demo sign-in: this computer only</span>
                : null}
              <span class="who" title="Signed in as">
                {session.principal.subject} · {session.principal.role}
              </span>
              <form method="post" action="/sign_out">
                <button type="submit" class="quiet">Sign out</button>
              </form>
            </div>
          )}
        </header>
        <main id="main">{props.children}</main>
      </body>
    </html>
  );
}
