/**
 * The frame of every page: head, top bar, main, and the banner of the demo sign-in.
 *
 * @module
 */

import type { ComponentChildren, VNode } from "preact";
import { AccountMenu } from "../components/AccountMenu.tsx";
import { Brand, DemoNote } from "../components/Brand.tsx";
import { Navigation } from "../components/Navigation.tsx";
import { readerOf } from "../reader.ts";
import { SeatFacts } from "../seat/SeatFacts.tsx";
import type { Session } from "../session.ts";
import type { ThemeChoice } from "../signal/themes.ts";

/** What the frame needs. */
export interface AppProps {
  readonly title: string;
  readonly session: Session | undefined;
  readonly stylesheet: string;
  readonly icon: string;
  readonly scripts: readonly string[];
  /** Fills the window and has its own top bar. */
  readonly isWide: boolean;
  readonly theme: ThemeChoice;
  /** Where the page is. */
  readonly path: string;
  readonly children: ComponentChildren;
}

/** The whole document. */
export function App(props: AppProps): VNode {
  const { session } = props;
  const reader = session && readerOf(session);
  return (
    <html lang="en" data-theme={props.theme}>
      <head>
        <meta charset="utf-8" />
        <title>{`${props.title} · Wavekeep`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href={props.icon} type="image/svg+xml" />
        <link rel="stylesheet" href={props.stylesheet} />
        {props.scripts.map((script) => <script key={script} type="module" src={script} />)}
      </head>
      <body class={props.isWide ? "wide" : ""}>
        {props.isWide
          ? <a class="skip" href="#traces">Skip to the traces</a>
          : <a class="skip" href="#main">Skip to content</a>}
        {props.isWide ? null : (
          <header class="topbar">
            <Brand />
            <div class="session">
              {session?.isDemo && <DemoNote />}
              <AccountMenu reader={reader} theme={props.theme} path={props.path} />
            </div>
          </header>
        )}
        {session === undefined || props.isWide
          ? null
          : <Navigation role={session.principal.role} path={props.path} />}
        <main id="main">{props.children}</main>
        <SeatFacts account={session?.account} />
      </body>
    </html>
  );
}
