/**
 * Layer 6. What came of every request that is about health data goes into the ledger: one place, behind all
 * routes of a service.
 *
 * A service has a table of what each of its routes leaves; the table is compared with the application by a test.
 * Hazards: it stands on the way of every page and every chunk, so it waits for nothing (but where somebody was
 * refused: whose recording it would have been is looked up then); and what a caller made up is never written:
 * not a path, not a code that no recording has.
 *
 * @module
 */
import type { Context } from "hono";
import { matchedRoutes } from "hono/route";
import type { Role } from "./access.ts";
import type { AccessLedger, AccessOutcome, MsRange } from "./access_ledger.ts";
import { BoundedMap } from "./bounded_map.ts";
import { clientAddress } from "./client_address.ts";
import { truncatedAddress } from "./truncated_address.ts";
import "./context.ts";

/** What a route leaves in the event table. */
export type AuditedRoute<Thing extends string = string> =
  | {
    /** What it is about. */
    readonly thing: Thing;
    /** Whether it gives something of a recording, so that a grant has to stand before the first byte. */
    readonly grants: boolean;
    /** The event of its own that takes the place of `access.shown`, with what it tells of. */
    readonly shown?: string;
    /** Whose own doing that event tells of; who is of another role leaves `access.shown`. Absent: everybody's. */
    readonly shownOf?: readonly Role[];
    /** Others that may come of it. */
    readonly also?: readonly string[];
  }
  /** It touches no health data; why. */
  | { readonly nothing: string };

/** By method and pattern: `GET /eeg`. */
export type AuditedRoutes<Thing extends string = string> = Readonly<
  Record<string, AuditedRoute<Thing>>
>;

/** What a request turned out to be about. */
export interface Accessed {
  /** Null: none, or the list of a site's recordings. */
  readonly recordingId: string | null;
  readonly range?: MsRange | undefined;
}

declare module "hono" {
  interface ContextVariableMap {
    /** What the route found; absent until then. */
    accessed: Accessed | undefined;
  }
}

/** What outcomes are recorded with. */
export interface RecordOutcomesOptions {
  readonly routes: AuditedRoutes;
  readonly ledger: AccessLedger;
  /** The recording that a refused request would have been about; undefined where there is none. */
  readonly meant: (c: Context, siteId: number) => Promise<Accessed | undefined>;
}

/** For `installEdge`: told of each answer before it leaves. */
export function recordOutcomes(
  options: RecordOutcomesOptions,
): (c: Context) => Promise<void> | undefined {
  const { routes, ledger, meant } = options;
  return (c) => {
    const principal = c.get("principal");
    const outcome = outcomeOf(c.res.status);
    if (principal === undefined || outcome === undefined) return undefined;
    const matched = matchedRoutes(c);
    const index = matched.findLastIndex(({ path }) => !path.endsWith("*"));
    // HEAD is answered by the route of GET.
    const method = c.req.method === "HEAD" ? "GET" : c.req.method;
    const audited = routes[`${method} ${matched[index]?.path}`];
    if (audited === undefined || "nothing" in audited) return undefined;
    const { siteId, subject, role, sessionId } = principal;
    // Told by an event of its own, with what it tells of.
    const isTold = audited.shown !== undefined && (audited.shownOf?.includes(role) ?? true);
    if (outcome === "shown" && isTold) return undefined;
    const note = (accessed: Accessed | undefined) =>
      ledger.note(
        {
          siteId,
          actor: subject,
          role,
          sessionId,
          from: networkOf(c),
          thing: audited.thing,
          outcome,
          recordingId: accessed?.recordingId ?? null,
        },
        c.get("requestId"),
        outcome === "shown" ? accessed?.range : undefined,
      );
    const accessed = c.get("accessed");
    if (accessed === undefined && outcome === "refused") {
      // Parameters are those of the route, wherever on the way to it somebody was refused.
      c.req.routeIndex = index;
      // That somebody was refused is written whether or not it can be said of whose.
      return meant(c, siteId).catch(() => undefined).then(note);
    }
    return void note(accessed);
  };
}

/** Undefined: nothing was shown, and nothing kept back (a request that does not fit, one too many). */
function outcomeOf(status: number): AccessOutcome | undefined {
  if (status < 300 || status === 304) return "shown";
  if (status === 403) return "refused";
  if (status === 404) return "not-found";
  return status >= 500 ? "failed" : undefined;
}

/** The network that a request came from. */
export function networkOf(c: Context): string | undefined {
  const address = clientAddress(c);
  if (address === undefined) return undefined;
  let network = networks.get(address);
  if (network === undefined) {
    networks.set(address, network = truncatedAddress(address) ?? "unknown");
  }
  return network;
}

const NETWORKS_MAX = 10_000;
const networks = new BoundedMap<string, string>(NETWORKS_MAX);
