/**
 * What accounts measures of itself. Counts and times only: no label names anybody.
 *
 * @module
 */

import { Metrics, observePools, observeProcess, RequestMetrics } from "@wavekeep/core/service";
import type pg from "pg";

/** What became of a step of a sign-in. */
export type SignInOutcome =
  | `${"password" | "totp" | "recovery" | "passkey" | "link" | "unlock"}-${"passed" | "refused"}`
  | "locked-out";

/** Of one process. */
export class AccountsMetrics {
  readonly registry: Metrics = new Metrics();
  readonly requests: RequestMetrics = new RequestMetrics(this.registry);
  readonly #signIns = this.registry.countBy(
    "wavekeep_accounts_sign_ins_total",
    "Steps of sign-ins, by what became of them",
    "outcome",
  );
  readonly #replays = this.registry.counter(
    "wavekeep_accounts_refresh_replays_total",
    "Refresh tokens that came a second time, so that their session ended",
  );
  readonly #breakGlass = this.registry.counter(
    "wavekeep_accounts_break_glass_total",
    "Restricted patients that were opened in an emergency",
  );

  constructor(pools: { readonly accounts?: pg.Pool } = {}) {
    observeProcess(this.registry);
    observePools(this.registry, { ...pools });
  }

  signIn(outcome: SignInOutcome): void {
    this.#signIns.add(outcome);
  }

  replayed(): void {
    this.#replays.add();
  }

  brokeGlass(): void {
    this.#breakGlass.add();
  }
}
