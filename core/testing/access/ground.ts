/**
 * What the matrix of who may do what stands on: the services of two sites, in this process (`local_ground.ts`) or as
 * processes started by their tasks (`process_ground.ts`). Rows and what is there for them know no difference.
 *
 * @module
 */

import type { JWK } from "jose";

export const SERVICES = ["ingest", "query", "accounts", "relay", "relay page", "viewer"] as const;
/** What answers; a relay's page has a listener of its own. */
export type ServiceName = typeof SERVICES[number];

/** Which of the two sites. */
export type SiteName = "own" | "other";

/** Services of two sites on one database. The relay is of the first. */
export interface Ground {
  readonly siteIds: Readonly<Record<SiteName, number>>;
  /** Signs the tokens that all services believe. */
  readonly issuer: { readonly privateJwk: JWK; readonly publicJwk: JWK };
  /** The database as its owner. */
  readonly ownerUrl: string;
  /** The database as the accounts service. */
  readonly accountsUrl: string;
  /** Password of the relay's page. */
  readonly pagePassword: string;
  /** Whether people ask with tokens of sessions, which is dearer than what the issuer signs. */
  readonly hasSeats: boolean;
  /** Asks a service; redirects are not followed. */
  send(service: ServiceName, path: string, init: RequestInit): Promise<Response>;
  /** Where a service answers, such as `http://localhost`. */
  originOf(service: ServiceName): Promise<string>;
  /** Puts everything that there is now into the transparency log, or waits until whoever does that has. */
  sequence(isSequenced: () => Promise<boolean>): Promise<void>;
  close(): Promise<void>;
}
