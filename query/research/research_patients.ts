/**
 * Patients whose research is allowed, by pseudonym.
 *
 * Sole owner of the way back from a pseudonym. It cannot be computed, so the pseudonyms of those who allow research
 * are, and are kept for seconds: a consent that was taken back is gone with the next look, and is asked for once
 * more, of the patient itself, before anything is shown.
 *
 * @module
 */

import { BoundedMap } from "@wavekeep/core/service";
import type { QueryStore } from "../store/query_store.ts";
import { SitePseudonyms } from "./site_pseudonyms.ts";

/** How long a list is used. */
const KEPT_MS = 2_000;

/** Pseudonyms remembered: names cost a digest each, and a list has the same patients again and again. */
const NAMES_MAX = 200_000;

/** Names made at once. */
const SLICE = 500;

interface Kept {
  readonly at: number;
  /** Codes by pseudonym, in the order of pseudonyms. */
  readonly codes: Promise<ReadonlyMap<string, string>>;
}

/** Finds patients. Safe for concurrent use. */
export class ResearchPatients {
  readonly #store: Pick<QueryStore, "researchPatients">;
  readonly #key: Uint8Array;
  readonly #nowMs: () => number;
  readonly #sites = new Map<number, SitePseudonyms>();
  readonly #names = new BoundedMap<string, string>(NAMES_MAX);
  readonly #kept = new Map<number, Kept>();

  /** @param key Of the service; the keys of sites come from it. */
  constructor(
    store: Pick<QueryStore, "researchPatients">,
    key: Uint8Array,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#store = store;
    this.#key = key;
    this.#nowMs = nowMs;
  }

  /** Names of a site. */
  namesOf(siteId: number): SitePseudonyms {
    let names = this.#sites.get(siteId);
    if (names === undefined) this.#sites.set(siteId, names = new SitePseudonyms(this.#key, siteId));
    return names;
  }

  /** Codes of all patients who allow research, by pseudonym, in the order of pseudonyms. */
  async all(siteId: number): Promise<ReadonlyMap<string, string>> {
    const kept = this.#kept.get(siteId);
    if (kept !== undefined && this.#nowMs() < kept.at + KEPT_MS) return await kept.codes;
    const asked = { at: this.#nowMs(), codes: this.#ask(siteId) };
    this.#kept.set(siteId, asked);
    asked.codes.catch(() => {
      if (this.#kept.get(siteId) === asked) this.#kept.delete(siteId);
    });
    return await asked.codes;
  }

  async #ask(siteId: number): Promise<ReadonlyMap<string, string>> {
    const codes = await this.#store.researchPatients(siteId);
    const named: (readonly [name: string, code: string])[] = [];
    for (const [index, code] of codes.entries()) {
      // 10 ms of digests; pages of others come between.
      if (index % SLICE === SLICE - 1) await new Promise((resolve) => setTimeout(resolve, 0));
      named.push([this.#nameOf(siteId, code), code]);
    }
    return new Map(named.sort(([a], [b]) => a < b ? -1 : 1));
  }

  #nameOf(siteId: number, code: string): string {
    const at = `${siteId}/${code}`;
    let name = this.#names.get(at);
    if (name === undefined) this.#names.set(at, name = this.namesOf(siteId).patient(code));
    return name;
  }
}
