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
import { ScrollTable, unseenHead } from "../../../components/ScrollTable.tsx";
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
      <ScrollTable
        label="API keys"
        caption={<>{keys.length} API {keys.length === 1 ? "key" : "keys"}</>}
        columns={[
          head("name", "Name"),
          head("role", "Role"),
          "It may",
          "Kind",
          head("made", "Made (UTC)"),
          head("expires", "Expires (UTC)"),
          knowsUse ? "Last used (UTC)" : null,
          "State",
          unseenHead("Revoke it"),
        ]}
      >
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
      </ScrollTable>
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
