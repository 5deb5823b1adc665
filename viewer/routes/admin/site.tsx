/**
 * The site: its rules, its limits, and how many people, keys and devices there are. No health data.
 *
 * @module
 */

import type { SiteResponse } from "@wavekeep/core/wire";
import type { Context } from "hono";
import type { VNode } from "preact";
import { askingOf } from "../../asking.ts";
import { limitText, ruleText, wordsOf } from "../../admin/site_words.ts";
import { renderPage, type ViewerDeps } from "../../page.tsx";
import { Facts } from "./(_components)/Facts.tsx";

export const action = "site:read";

export async function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  const site = await deps.admin.site(askingOf(c));
  const { people, api_keys: keys, devices } = site.counts;
  return await renderPage(c, deps, {
    title: `Site ${site.code}`,
    session: c.get("session"),
    body: (
      <article class="admin">
        <h1>Site {site.code}</h1>
        <section aria-labelledby="counts">
          <h2 id="counts">Who and what is here</h2>
          <Facts
            facts={[
              { name: "People", value: <PeopleCounts counts={people} /> },
              { name: "Devices with a good key", value: <a href="/admin/devices">{devices}</a> },
              { name: "API keys that are good", value: <a href="/admin/api-keys">{keys}</a> },
            ]}
          />
        </section>
        <section aria-labelledby="rules">
          <h2 id="rules">Rules</h2>
          {Object.keys(site.rules).length === 0
            ? <p class="empty">No rule of its own holds here.</p>
            : (
              <Facts
                facts={Object.entries(site.rules).map((
                  [name, holds],
                ) => ({ name: wordsOf(name), value: ruleText(name, holds) }))}
              />
            )}
        </section>
        <section aria-labelledby="limits">
          <h2 id="limits">Limits</h2>
          {Object.keys(site.limits).length === 0
            ? <p class="empty">The service tells of no limits.</p>
            : (
              <Facts
                facts={Object.entries(site.limits).map((
                  [name, value],
                ) => {
                  const { what, text } = limitText(name, value);
                  return { name: what, value: text };
                })}
              />
            )}
        </section>
        <p class="muted">
          Rules and limits are the operator's: see <code>core/how_to/run_a_site.md</code>.
        </p>
      </article>
    ),
  });
}

function PeopleCounts({ counts }: { counts: SiteResponse["counts"]["people"] }): VNode {
  return (
    <>
      <a href="/admin/people?state=active">{counts.active} active</a>,{" "}
      <a href="/admin/people?state=invited">{counts.invited} invited</a>,{" "}
      <a href="/admin/people?state=disabled">{counts.disabled} disabled</a>
    </>
  );
}
