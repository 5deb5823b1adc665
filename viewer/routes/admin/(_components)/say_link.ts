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
  const name = person.display_name;
  const others = kind === "reset" ? " What they signed in with before stops working then." : "";
  return {
    text,
    secret: {
      label: `Link for ${name}`,
      value: linkAddress(origin, link.url_token),
      note:
        `Give it to nobody but ${name}, over a way that you trust: whoever opens it first signs in as ${name}.${others} It is good once, until ${
          minuteText(link.expires_at)
        } UTC.`,
    },
  };
}
