/**
 * Keys of devices as a table, which can be sorted where it has all of them.
 *
 * @module
 */

import type { DeviceKeyJson } from "@wavekeep/core/wire";
import type { VNode } from "preact";
import type { SortOrder } from "../../../admin/sort_rows.ts";
import { minuteText } from "../../../admin/time_text.ts";
import { ScrollTable, unseenHead } from "../../../components/ScrollTable.tsx";
import { SortHeader } from "../../../components/SortHeader.tsx";

/** What the table needs. */
export interface DeviceTableProps {
  /** In the order they are shown in. */
  readonly keys: readonly DeviceKeyJson[];
  /** Absent: there are more on other pages, and to sort some of them would say nothing of the rest. */
  readonly order: SortOrder | undefined;
  readonly path: string;
}

/** The table. */
export function DeviceTable({ keys, order, path }: DeviceTableProps): VNode {
  const head = (column: string, text: string) =>
    order === undefined
      ? text
      : <SortHeader column={column} text={text} order={order} path={path} />;
  return (
    <section class="card">
      <ScrollTable
        label="Keys of devices"
        caption={<>{keys.length} {keys.length === 1 ? "key" : "keys"} of devices</>}
        columns={[
          head("device", "Device"),
          "Key",
          head("enrolled", "Enrolled (UTC)"),
          head("state", "State"),
          unseenHead("Revoke it"),
        ]}
      >
        {keys.map((key) => (
          <tr key={key.key_id}>
            <th scope="row">{key.device_id}</th>
            <td>
              <code>{keyText(key.key_id)}</code>
            </td>
            <td>{minuteText(key.enrolled_at)}</td>
            <td>
              {key.revoked_at === null
                ? <span class="badge open">good</span>
                : <span class="badge bad">revoked {minuteText(key.revoked_at)}</span>}
            </td>
            <td>
              {key.revoked_at !== null ? null : (
                <a
                  href={`${path}/${key.key_id}/revoke`}
                  aria-label={`Revoke the key ${keyText(key.key_id)} of ${key.device_id}`}
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

/** Enough of a key's id to tell it from others by eye. */
export function keyText(keyId: string): string {
  return `${keyId.slice(0, 8)}…${keyId.slice(-4)}`;
}
