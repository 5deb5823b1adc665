/**
 * Whether somebody may look at a recording at all: its patient's record may be restricted.
 *
 * Sole owner of the decision. `grantAccess` asks before it writes an access down, so every route that shows
 * anything of a recording has asked. A restricted record is open to whoever broke the glass for that patient,
 * for as long as that lasts. A "yes" is remembered for seconds, so that pages in a row cost no round trip, and
 * asked anew beside the second half of them; a "no" is never remembered, so an opened glass counts at once.
 * Hazard: what cannot be asked is not shown, and what runs for long (a live stream, a download, a job) has to
 * be watched.
 *
 * @see core/decisions/0045-consent-and-restriction.md
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { BoundedMap, mayDo, type Principal, type Role } from "@wavekeep/core/service";
import type { ConsentScope, QueryStore } from "./store/query_store.ts";

/** A "yes" is used as it is for so long, */
const FRESH_MS = 1_500;

/** and beyond that, while it is asked anew, for so long. With a watch's pause it stays below five seconds. */
const TRUSTED_MS = 2_500;

/** How often what runs for long is asked again. */
const WATCH_MS = 2_000;

/** Decisions remembered at most. */
const DECISIONS_MAX = 50_000;

/** Who asks. */
export interface Asker extends Pick<Principal, "siteId" | "subject"> {
  readonly role?: Role;
}

/** Who wants to look at what. */
export interface CareAccess {
  readonly principal: Asker;
  readonly recordingId: string;
  /** `research`: the patient has to allow that, besides; no glass opens it. */
  readonly purpose?: "care" | "research";
}

/** A person's id: only people break glass. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Decides who may look. Safe for concurrent use: askers of one moment share a question. */
export class ConsentGate {
  readonly #store: Pick<QueryStore, "consent">;
  readonly #nowMs: () => number;
  readonly #watchMs: number;
  /** When each "yes" was asked for. */
  readonly #allowed = new BoundedMap<string, number>(DECISIONS_MAX);
  readonly #asking = new Map<string, Promise<void>>();

  constructor(
    store: Pick<QueryStore, "consent">,
    options: { readonly nowMs?: () => number; readonly watchMs?: number } = {},
  ) {
    this.#store = store;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#watchMs = options.watchMs ?? WATCH_MS;
  }

  /** @throws {ProblemError} `patient-restricted`; for research `recording-not-found`, whatever the reason. */
  async require(access: CareAccess): Promise<void> {
    const { principal: { siteId }, recordingId } = access;
    const person = personOf(access.principal);
    const name = `${siteId}\n${recordingId}\n${access.purpose ?? "care"}\n${person ?? ""}`;
    const age = this.#nowMs() - (this.#allowed.get(name) ?? -Infinity);
    if (age < FRESH_MS) return;
    const asked = this.#asking.get(name) ?? this.#ask(name, access, person);
    if (age >= TRUSTED_MS) return await asked;
    // Whatever it says, the next one who comes will hear it.
    asked.catch(() => {});
  }

  /**
   * The same of a patient by its code, before any recording is looked for; nothing of it is remembered.
   *
   * @throws {ProblemError} `patient-restricted`.
   */
  async requirePatient(principal: Asker, patientCode: string): Promise<void> {
    await this.#decide(principal, { patientCode }, { person: personOf(principal) });
  }

  /**
   * Asks again every two seconds, and once the answer is no, or nobody answers, says so.
   *
   * @returns Stops it; safe to call twice.
   */
  watch(access: CareAccess, onEnd: (reason: unknown) => void): () => void {
    const timer = setInterval(() => {
      this.require(access).catch((reason: unknown) => {
        clearInterval(timer);
        onEnd(reason);
      });
    }, this.#watchMs);
    return () => clearInterval(timer);
  }

  #ask(name: string, access: CareAccess, person: string | null): Promise<void> {
    const at = this.#nowMs();
    const { principal, recordingId, purpose } = access;
    const asking = this.#decide(principal, { recordingId }, { person, purpose })
      .then(() => void this.#allowed.set(name, at), (error) => {
        // A database that did not answer says nothing new of the patient.
        if (error instanceof ProblemError) this.#allowed.delete(name);
        throw error;
      }).finally(() => this.#asking.delete(name));
    this.#asking.set(name, asking);
    return asking;
  }

  async #decide(
    { siteId, role }: Asker,
    scope: ConsentScope,
    { person, purpose = "care" }: {
      readonly person: string | null;
      readonly purpose?: CareAccess["purpose"];
    },
  ): Promise<void> {
    const consent = await this.#store.consent(siteId, scope, person);
    if (purpose === "research") {
      if (consent?.care === "allowed" && consent.research === "allowed") return;
      throw new ProblemError("recording-not-found");
    }
    // What is not there is not restricted: whoever looks for it is told that it is not there.
    if (consent === undefined || consent.care === "allowed" || consent.isGlassOpen) return;
    throw new ProblemError("patient-restricted", {
      extensions: { "break_glass": role !== undefined && mayDo(role, "break-glass:open") },
    });
  }
}

/** The person that a credential is of; null: a machine, or a token that an operator made. */
export function personOf({ subject }: Pick<Principal, "subject">): string | null {
  return UUID.test(subject) ? subject : null;
}
