/**
 * API keys as a table that can be sorted.
 *
 * @module
 */

import type { ApiKey } from "@wavekeep/core/wire";
import type { VNode } from "preact";
import { roleName } from "../../../admin/roles.ts";
import type { SortOrder } from "../../../admin/sort_rows.ts";
import { minuteText } from "../../../admin/time_text.ts";
import { SortHeader } from "../../../components/SortHeader.tsx";

/** What the table needs. */
export interface ApiKeyTableProps {
  /** In the order they are shown in. */
  readonly keys: readonly ApiKey[];
  /** Of who made them, by id. */
  readonly names: ReadonlyMap<string, string>;
  readonly order: SortOrder;
  readonly path: string;
  readonly nowMs: number;
}

/** The table. */
export function ApiKeyTable({ keys, names, order, path, nowMs }: ApiKeyTableProps): VNode {
  const head = (column: string, text: string) => (
    <SortHeader column={column} text={text} order={order} path={path} />
  );
  const knowsUse = keys.some(({ last_used_at: at }) => at !== undefined && at !== null);
  return (
    <section class="card">
      <div class="table-scroll" role="region" aria-label="API keys" tabIndex={0}>
        <table>
          <caption class="sr-only">{keys.length} API {keys.length === 1 ? "key" : "keys"}</caption>
          <thead>
            <tr>
              {head("name", "Name")}
              {head("role", "Role")}
              <th scope="col">It may</th>
              <th scope="col">Kind</th>
              {head("made", "Made (UTC)")}
              {head("expires", "Expires (UTC)")}
              {knowsUse ? <th scope="col">Last used (UTC)</th> : null}
              <th scope="col">State</th>
              <th scope="col">
                <span class="sr-only">Revoke it</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {keys.map((key) => (
              <tr key={key.api_key_id}>
                <th scope="row">{key.name}</th>
                <td>{roleName(key.role)}</td>
                <td class="scopes">{key.scopes.join(", ")}</td>
                <td>{key.kind === "bearer" ? "bearer" : "HMAC"}</td>
                <td>
                  {minuteText(key.created_at)}{" "}
                  <span class="muted">by {names.get(key.created_by) ?? key.created_by}</span>
                </td>
                <td>{minuteText(key.expires_at)}</td>
                {knowsUse
                  ? <td>{key.last_used_at == null ? "" : minuteText(key.last_used_at)}</td>
                  : null}
                <td>
                  <KeyState apiKey={key} nowMs={nowMs} />
                </td>
                <td>
                  {key.revoked_at !== null ? null : (
                    <a
                      href={`${path}/${key.api_key_id}/revoke`}
                      aria-label={`Revoke the key ${key.name}`}
                    >
                      Revoke…
                    </a>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function KeyState({ apiKey, nowMs }: { apiKey: ApiKey; nowMs: number }): VNode {
  if (apiKey.revoked_at !== null) {
    return <span class="badge bad">revoked {minuteText(apiKey.revoked_at)}</span>;
  }
  if (Date.parse(apiKey.expires_at) <= nowMs) return <span class="badge">expired</span>;
  return <span class="badge open">good</span>;
}
