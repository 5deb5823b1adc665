/**
 * All device keys of the site, asked of ingest page by page.
 *
 * @module
 */

import { DeviceKeysResponse } from "@wavekeep/core/wire";

/**
 * The whole list; undefined when a page was refused. Half a list would send the devices of the other half away, so
 * what is known stays until there is a whole one.
 *
 * @param ask Sends a GET to ingest. What it throws goes on to the caller.
 */
export async function listKeys(
  ask: (path: string) => Promise<Response>,
): Promise<DeviceKeysResponse | undefined> {
  const keys: DeviceKeysResponse["keys"] = [];
  for (let path = "/devices/keys";;) {
    const response = await ask(path);
    const text = await response.text();
    if (!response.ok) return undefined;
    const page = DeviceKeysResponse.parse(JSON.parse(text));
    keys.push(...page.keys);
    if (page.next === null) return { keys, next: null };
    path = `/devices/keys?after=${page.next}`;
  }
}
