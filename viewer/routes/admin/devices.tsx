/**
 * Devices of a site: a code that enrols one, and the keys that were enrolled, page by page.
 *
 * @module
 */

import { type DeviceKeyJson, EnrolmentCodeRequest } from "@wavekeep/core/wire";
import type { Context } from "hono";
import { askingOf } from "../../asking.ts";
import {
  type FieldProblems,
  readForm,
  type Refusal,
  refusalOf,
  refuseFields,
} from "../../admin/form.ts";
import { redirectSaying, takeSaid } from "../../admin/said.ts";
import { readOrder, type SortKeys, sortRows } from "../../admin/sort_rows.ts";
import { minuteText } from "../../admin/time_text.ts";
import { searchText } from "../../api/admin_client.ts";
import { TextField } from "../../components/FormField.tsx";
import { ResultCount } from "../../components/ResultCount.tsx";
import { RefusalNotice, SaidNotice } from "../../components/SaidNotice.tsx";
import { renderPage, type ViewerDeps } from "../../page.tsx";
import { DeviceCodeForm } from "./(_components)/DeviceCodeForm.tsx";
import { DeviceTable } from "./(_components)/DeviceTable.tsx";

const PATH = "/admin/devices";
const WORDS: FieldProblems = {
  "device_id": "The device's name has 1 to 64 of: A–Z, a–z, 0–9, dot, underscore, hyphen.",
  "lives_seconds": "Choose how long the code is good.",
};
/** As the wire has it. */
const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const PAGE_SIZE = "50";
const NEWEST = { column: "enrolled", isDown: true };
const SORT_KEYS: SortKeys<DeviceKeyJson> = {
  device: ({ device_id: id }) => id,
  enrolled: ({ enrolled_at: at }) => at,
  state: ({ revoked_at: at }) => at === null ? 0 : 1,
};

export const action = "devices:enrol";

export function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  return page(c, deps, {}, undefined);
}

export async function POST(c: Context, deps: ViewerDeps): Promise<Response> {
  const form = await readForm(c);
  const values = {
    "device_id": form.text("device_id"),
    "lives_seconds": form.text("lives_seconds"),
  };
  const request = EnrolmentCodeRequest.safeParse({
    ...(values["device_id"] === "" ? {} : { "device_id": values["device_id"] }),
    "lives_seconds": Number(values["lives_seconds"] || NaN),
  });
  if (!request.success) return await page(c, deps, values, refuseFields(request.error, WORDS));
  try {
    const { code, device_id: device, expires_at: until } = await deps.admin.makeDeviceCode(
      askingOf(c),
      request.data,
    );
    return redirectSaying(c, PATH, {
      text: `A code for ${device} is made.`,
      secret: {
        label: `One-time code for ${device}`,
        value: code,
        note: `Type it into the device; it is good once, until ${
          minuteText(until)
        } UTC. The device makes its key itself and sends only the public half.`,
      },
    });
  } catch (error) {
    return await page(c, deps, values, refusalOf(error, WORDS));
  }
}

async function page(
  c: Context,
  deps: ViewerDeps,
  values: Readonly<Record<string, string>>,
  refusal: Refusal | undefined,
): Promise<Response> {
  const said = takeSaid(c);
  const device = c.req.query("device")?.trim() ?? "";
  const after = c.req.query("after");
  // What is no name of a device is nobody's; ingest would refuse the question.
  const { keys, next } = device === "" || NAME.test(device)
    ? await deps.admin.deviceKeys(askingOf(c), { "device_id": device, after, limit: PAGE_SIZE })
    : { keys: [], next: null };
  const isWhole = after === undefined && next === null && device === "";
  const order = isWhole ? readOrder(c.req.query("sort"), SORT_KEYS, NEWEST) : undefined;
  const isAsked = refusal === undefined && said === undefined && device !== "";
  const count = `${keys.length} ${keys.length === 1 ? "key" : "keys"}${
    next === null ? "" : ", and more"
  }`;
  return await renderPage(c, deps, {
    title: isAsked ? `${count} · Devices` : "Devices",
    session: c.get("session"),
    status: refusal?.status ?? 200,
    ...(said?.secret === undefined ? {} : { islands: "people" as const }),
    body: (
      <article class="admin">
        <h1>Devices</h1>
        <SaidNotice said={said} path={PATH} />
        <RefusalNotice refusal={refusal} />
        {isWhole && keys.length === 0
          ? null
          : (
            <form method="get" action={PATH} class="filters" role="search" aria-label="Devices">
              <TextField name="device" label="Device" type="search" value={device} />
              <button type="submit">Find</button>
              {isWhole ? null : <a href={PATH}>All devices</a>}
              <ResultCount text={count} isAsked={isAsked} />
            </form>
          )}
        {keys.length === 0
          ? (
            <p class="empty">
              {isWhole
                ? "No device has a key yet. Make a code below, and type it into the device."
                : device === ""
                ? "There are no more keys."
                : "No key of a device of this name. It has to be the whole name."}
            </p>
          )
          : (
            <DeviceTable
              keys={order === undefined ? keys : sortRows(keys, SORT_KEYS, order)}
              order={order}
              path={PATH}
            />
          )}
        {next === null ? null : (
          <p class="more">
            <a class="button" href={`${PATH}${searchText({ device, after: next })}`}>
              More keys
            </a>
          </p>
        )}
        <DeviceCodeForm values={values} problems={refusal?.problems ?? {}} path={PATH} />
      </article>
    ),
  });
}
