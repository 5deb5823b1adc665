// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * The services behind a mark client, in memory: the same rules, and faults on demand.
 *
 * @module
 */

import type { AnnotationInput } from "@wavekeep/core/recording";
import type { AnnotationJson, AnnotationList, ReviewJson } from "@wavekeep/core/wire";
import { type MarkClient, MarkTransportError, type WriteOutcome } from "../api/mark_client.ts";

/** How a write goes wrong: it is lost on the way there, or its answer on the way back. */
export type MarkFault = "lost" | "answer-lost" | { readonly refused: string };

interface StoredReview extends ReviewJson {
  readonly annotation_id: string;
}

/** Marks of one recording, as all its readers share them. */
export class MemoryMarks {
  /** In the order in which they were stored. */
  readonly versions: AnnotationJson[] = [];
  readonly reviews: StoredReview[] = [];
  /** Every write that arrived, repeats included. */
  readonly writes: string[] = [];
  /** What becomes of the next writes, the first one first; none is no fault. */
  readonly faults: MarkFault[] = [];
  #clock = Date.parse("2026-11-21T12:00:00Z");

  /** A client of one reader. */
  clientOf(reader: string): MarkClient {
    return {
      list: () => Promise.resolve(this.list()),
      changes: (moment) => Promise.resolve(this.list(moment)),
      versions: (id) => {
        const versions = this.versions.filter(({ annotation_id }) => annotation_id === id);
        const reviews = this.reviews.filter(({ annotation_id }) => annotation_id === id);
        return Promise.resolve(
          versions.length === 0 ? undefined : { versions, reviews, as_of: this.#now() },
        );
      },
      saveMark: (mark) => this.#write(`mark ${mark.version}`, () => this.#store(mark, reader)),
      saveReview: (review) =>
        this.#write(`review ${review.verdict}`, () => {
          if (this.reviews.some(({ review_id }) => review_id === review.review_id)) return "saved";
          const received_at = this.#now();
          this.reviews.push({ ...review, author: reader, author_role: "clinician", received_at });
          return "saved";
        }),
    };
  }

  /** Newest versions with their reviews; of marks that changed since a moment, when there is one. */
  list(since?: string): AnnotationList {
    const newest = new Map(this.versions.map((each) => [each.annotation_id, each]));
    const annotations = [...newest.values()].map((each): AnnotationJson => {
      const review = this.reviews.findLast(({ annotation_id, annotation_version }) =>
        annotation_id === each.annotation_id && annotation_version === each.version
      );
      return {
        ...each,
        review: review === undefined || review.verdict === null ? null : {
          verdict: review.verdict,
          disputed: false,
          author: review.author,
          author_role: review.author_role,
          received_at: review.received_at,
        },
      };
    }).filter(({ received_at, review }) =>
      since === undefined || received_at >= since || (review?.received_at ?? "") >= since
    );
    return { annotations, as_of: this.#now() };
  }

  #store(mark: AnnotationInput, reader: string): WriteOutcome {
    const { annotation_id: id, version } = mark;
    const before = this.versions.find((each) =>
      each.annotation_id === id && each.version === version
    );
    const { anchor, duration, ...rest } = mark;
    const stored: AnnotationJson = {
      ...rest,
      anchor,
      author: reader,
      author_role: "clinician",
      onset_seconds: anchor.coordinate === "recording" ? anchor.onset : "0",
      duration_seconds: duration,
      review: null,
      received_at: this.#now(),
    };
    if (before !== undefined) {
      const isSame = contentOf(before) === contentOf(stored);
      return isSame ? "saved" : { kind: "conflict" };
    }
    this.versions.push(stored);
    return "saved";
  }

  async #write(what: string, store: () => WriteOutcome): Promise<WriteOutcome> {
    await Promise.resolve();
    const fault = this.faults.shift();
    if (fault === "lost") throw new MarkTransportError("No answer from the server");
    if (typeof fault === "object") return { kind: "refused", reason: fault.refused };
    this.writes.push(what);
    const outcome = store();
    if (fault === "answer-lost") throw new MarkTransportError("No answer from the server");
    return outcome;
  }

  #now(): string {
    this.#clock += 1000;
    return new Date(this.#clock).toISOString();
  }
}

function contentOf({ author: _, received_at: __, review: ___, ...content }: AnnotationJson) {
  return JSON.stringify(Object.entries(content).sort());
}
