/**
 * Layer 6. Whose entries a spool holds: each sender has a number, which entries name.
 *
 * @module
 */
import type { CommitGroup } from "./commit_group.ts";
import type { SpoolSender } from "./spool.ts";
import type { Tables } from "./tables.ts";

/** The senders of one spool; remembered, since one is asked for with every chunk. */
export class Senders {
  readonly #tables: () => Tables;
  readonly #commits: CommitGroup;
  readonly #numbers = new Map<string, number>();
  readonly #senders = new Map<number, SpoolSender>();

  /** @param tables The open database of this moment. */
  constructor(tables: () => Tables, commits: CommitGroup) {
    this.#tables = tables;
    this.#commits = commits;
  }

  /** A sender's number; a new one is committed first. */
  async numberOf({ siteId, subject, keyId }: SpoolSender): Promise<number> {
    const name = `${siteId}/${subject}/${keyId ?? ""}`;
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = await this.#commits.run(() => {
      const tables = this.#tables();
      tables.sql(
        "INSERT INTO sender (site_id, subject, key_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      ).run(siteId, subject, keyId ?? "");
      return Number(
        tables.sql(
          "SELECT sender_no AS no FROM sender WHERE site_id = ? AND subject = ? AND key_id = ?",
        ).get(siteId, subject, keyId ?? "")!["no"],
      );
    });
    this.#numbers.set(name, number);
    return number;
  }

  /** The sender with a number that an entry names. */
  of(senderNo: number): SpoolSender {
    const known = this.#senders.get(senderNo);
    if (known !== undefined) return known;
    const row = this.#tables().sql(
      `SELECT site_id AS "siteId", subject, key_id AS "keyId" FROM sender WHERE sender_no = ?`,
    ).get(senderNo) as { siteId: number; subject: string; keyId: string };
    const sender = { ...row, keyId: row.keyId === "" ? null : row.keyId };
    this.#senders.set(senderNo, sender);
    return sender;
  }
}
