/**
 * Renders a page: HTML without inline script or style, data for islands as JSON blocks.
 *
 * @module
 */

import type { Action } from "@wavekeep/core/service";
import type { Context } from "hono";
import type { ComponentChildren, VNode } from "preact";
import { renderToStringAsync } from "preact-render-to-string";
import type { Assets } from "./assets.ts";
import type { AdminClient } from "./api/admin_client.ts";
import type { AuditClient } from "./api/audit_client.ts";
import type { ResearchClient } from "./api/research_client.ts";
import type { AccountsClient } from "./api/accounts_client.ts";
import type { QueryClient } from "./api/query_client.ts";
import { App } from "./routes/_app.tsx";
import type { Session, SessionOptions } from "./session.ts";
import { readTheme } from "./theme_cookie.ts";

/** What routes are given. */
export interface ViewerDeps {
  readonly assets: Assets;
  readonly query: QueryClient;
  readonly admin: AdminClient;
  readonly audit: AuditClient;
  readonly research: ResearchClient;
  /** Absent where people have no accounts. */
  readonly accounts?: AccountsClient | undefined;
  readonly sessions: SessionOptions;
}

/** A route's module: a function for each method it answers. */
export interface RouteModule {
  readonly GET?: (c: Context, deps: ViewerDeps) => Response | Promise<Response>;
  readonly POST?: (c: Context, deps: ViewerDeps) => Response | Promise<Response>;
  /** True where it must be done whether or not accounts answers, as leaving and locking are. */
  readonly isDoneAlone?: boolean;
  /** True when nobody needs to be signed in. */
  readonly isOpen?: boolean;
  /** What whoever opens it must be allowed; every page that is not open says it. */
  readonly action?: Action;
  /** The same for POST, where that is more. */
  readonly writeAction?: Action;
}

/** What a page is made of. */
export interface PageOptions {
  readonly title: string;
  readonly body: VNode;
  readonly session?: Session | undefined;
  readonly status?: number;
  /** True when the page has islands of the reading screen, so its client is loaded. */
  readonly hasIslands?: boolean;
  /** `people`: the page has islands that `people.ts` knows. */
  readonly islands?: "people";
  /** Fills the window and has its own top bar, as the recording page does. */
  readonly isWide?: boolean;
}

/** The answer with a whole page. */
export async function renderPage(
  c: Context,
  { assets }: Pick<ViewerDeps, "assets">,
  options: PageOptions,
): Promise<Response> {
  const html = await renderToStringAsync(
    <App
      title={options.title}
      session={options.session}
      stylesheet={assets.path("viewer.css")}
      icon={assets.path("icon.svg")}
      scripts={scriptsOf(options).map((name) => assets.path(name))}
      isWide={options.isWide ?? false}
      theme={readTheme(c)}
      path={pathOf(c)}
    >
      {options.body}
    </App>,
  );
  return c.html(`<!doctype html>${html}`, (options.status ?? 200) as 200);
}

function scriptsOf({ hasIslands, islands, session }: PageOptions): string[] {
  return [
    ...(hasIslands ? ["client.js"] : []),
    ...(islands === undefined ? [] : [`${islands}.js`]),
    // Whoever has an account has a lock.
    ...(session?.account === undefined ? [] : ["seat.js"]),
  ];
}

/** Where the reader is, to come back to. */
export function pathOf(c: Context): string {
  const { pathname, search } = new URL(c.req.url);
  return pathname + search;
}

/** An island: its server-rendered HTML and the properties the client hydrates it with. */
export function Island(
  { name, props, children }: { name: string; props: unknown; children: ComponentChildren },
): VNode {
  // `<` would end the block early; nothing else in JSON can.
  const json = JSON.stringify(props).replaceAll("<", "\\u003c");
  return (
    <div class="island" data-island={name}>
      <script type="application/json" dangerouslySetInnerHTML={{ __html: json }} />
      <div class="island-root">{children}</div>
    </div>
  );
}
