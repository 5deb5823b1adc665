/**
 * Layer 6. What the server must promise before a service takes or shows a sample.
 *
 * Sole owner of the list of settings. A service refuses to start on a server that may lose what it has
 * acknowledged; a managed server that reports other values needs a named exception in the
 * configuration, which is logged and shown by readiness.
 *
 * @module
 */
import type pg from "pg";

/** Settings that decide whether an acknowledged write survives, and the values that do. */
const REQUIRED: Readonly<Record<string, { readonly values: readonly string[]; why: string }>> = {
  "fsync": { values: ["on"], why: "a crash of the machine may corrupt the cluster" },
  "full_page_writes": { values: ["on"], why: "a torn page cannot be repaired after a crash" },
  "synchronous_commit": {
    values: ["on", "remote_apply"],
    why: "an acknowledged commit may be lost in a crash",
  },
  "data_checksums": { values: ["on"], why: "a damaged page would be read as if it were whole" },
  "data_sync_retry": { values: ["off"], why: "a flush that failed would be taken for done" },
  "ignore_checksum_failure": { values: ["off"], why: "a damaged page would be read all the same" },
  "zero_damaged_pages": { values: ["off"], why: "a damaged page would be read as an empty one" },
};

/** Names of settings that the configuration may except. */
export const DURABILITY_SETTINGS: readonly string[] = Object.keys(REQUIRED);

/** One setting as found. */
export interface DurabilityFinding {
  readonly setting: string;
  readonly found: string;
  readonly why: string;
}

/** What the server promises. */
export interface DurabilityReport {
  readonly settings: Readonly<Record<string, string>>;
  /** Weak settings that the configuration names and so accepts. */
  readonly accepted: readonly DurabilityFinding[];
}

/** The server's settings may lose acknowledged writes. */
export class WeakDurabilityError extends Error {
  override readonly name = "WeakDurabilityError";
  readonly code = "WEAK_DURABILITY";
  readonly findings: readonly DurabilityFinding[];

  constructor(findings: readonly DurabilityFinding[]) {
    const list = findings.map(({ setting, found, why }) => `${setting} is ${found} (${why})`);
    super(`Cannot use this PostgreSQL server: ${list.join("; ")}`);
    this.findings = findings;
  }
}

/**
 * Reads the server's settings and refuses weak ones.
 *
 * `synchronous_commit` is judged by what a session of this role starts with: the pool turns it on for
 * itself, but a server that defaults to losing commits is not one to trust.
 *
 * @param exceptions Names of settings whose weak value is accepted.
 * @throws {WeakDurabilityError} A setting is weak and not excepted.
 * @throws {RangeError} An exception names no setting that is looked at: a typing error, most likely.
 */
export async function checkDurability(
  pool: pg.Pool,
  exceptions: readonly string[] = [],
): Promise<DurabilityReport> {
  const unknown = exceptions.filter((name) => !DURABILITY_SETTINGS.includes(name));
  if (unknown.length > 0) {
    throw new RangeError(
      `Cannot except ${unknown.join(", ")} from the durability check: it looks at ` +
        DURABILITY_SETTINGS.join(", "),
    );
  }
  const { rows } = await pool.query<{ name: string; value: string }>(
    `select name, reset_val as "value" from pg_catalog.pg_settings where name = any($1)`,
    [DURABILITY_SETTINGS],
  );
  const settings = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  const findings = weakSettings(settings);
  const refused = findings.filter(({ setting }) => !exceptions.includes(setting));
  if (refused.length > 0) throw new WeakDurabilityError(refused);
  return { settings, accepted: findings };
}

/** The settings among `settings` that may lose acknowledged writes; a missing one counts as weak. */
export function weakSettings(settings: Readonly<Record<string, string>>): DurabilityFinding[] {
  return Object.entries(REQUIRED)
    .map(([setting, { values, why }]) => ({
      setting,
      found: settings[setting] ?? "unknown",
      why,
      isWeak: !values.includes(settings[setting] ?? ""),
    }))
    .filter(({ isWeak }) => isWeak)
    .map(({ setting, found, why }) => ({ setting, found, why }));
}
