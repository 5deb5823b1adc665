/**
 * What is said when a link for somebody was made.
 *
 * @module
 */

import type { MakeLinkRequest, MakeLinkResponse, Person } from "@wavekeep/core/wire";
import type { Said } from "../../../admin/said.ts";
import { minuteText } from "../../../admin/time_text.ts";
import { linkAddress } from "../../../people/link_address.ts";

/** The link with what to do with it. @param origin Where the viewer is, as people reach it. */
export function sayLink(
  origin: string,
  text: string,
  person: Pick<Person, "display_name">,
  kind: MakeLinkRequest["kind"],
  link: MakeLinkResponse,
): Said {
  const purpose = kind === "invitation" ? "to begin with" : "to get in again with";
  return {
    text,
    secret: {
      label: `Link for ${person.display_name}`,
      value: linkAddress(origin, link.url_token),
      note:
        `Give it to nobody but ${person.display_name}, over a way that you trust: whoever opens it has a passkey or a password ${purpose}. It is good once, until ${
          minuteText(link.expires_at)
        } UTC.`,
    },
  };
}
