/**
 * Layer 5. What a verification comes to: findings, notes and counts, gathered while it goes.
 *
 * @module
 */

import type { VerifiedCheckpoint } from "../log/mod.ts";
import type { Finding, FindingKind, ProofNote, ProofPlace } from "./findings.ts";

/** What was looked at. */
export interface ProofCounts {
  leaves: number;
  segments: number;
  chunks: number;
  /** Over all channels. */
  samples: number;
  annotations: number;
  /** Signatures of devices that hold. */
  signatures: number;
}

/** The outcome. Sound means: no finding, and nothing asked for that could not be checked. */
export interface Verdict {
  readonly findings: readonly Finding[];
  /** Findings beyond those that are listed. */
  readonly moreFindings: number;
  readonly notes: readonly ProofNote[];
  /** What was asked for and could not be checked, in words. */
  readonly unchecked: readonly string[];
  readonly counts: Readonly<ProofCounts>;
  readonly checkpoint: VerifiedCheckpoint | undefined;
  readonly recording:
    | { readonly patientId: string; readonly recordingId: string; readonly pseudonym: string }
    | undefined;
}

/** Most findings that are listed; a bundle with more is one that differs everywhere. */
export const FINDINGS_MAX = 10_000;

/** Gathers a verdict. */
export class VerdictBuilder {
  readonly #findings: Finding[] = [];
  readonly #notes: ProofNote[] = [];
  readonly #unchecked: string[] = [];
  readonly counts: ProofCounts = {
    leaves: 0,
    segments: 0,
    chunks: 0,
    samples: 0,
    annotations: 0,
    signatures: 0,
  };
  checkpoint: VerifiedCheckpoint | undefined;
  recording: Verdict["recording"];
  #more = 0;

  find(kind: FindingKind, detail: string, place: ProofPlace = {}): void {
    if (this.#findings.length === FINDINGS_MAX) {
      this.#more++;
      return;
    }
    const pseudonym = this.recording?.pseudonym;
    this.#findings.push({
      kind,
      detail,
      ...(pseudonym === undefined ? {} : { pseudonym }),
      ...place,
    });
  }

  note(kind: ProofNote["kind"], detail: string, place: ProofPlace = {}): void {
    this.#notes.push({ kind, detail, ...place });
  }

  unchecked(what: string): void {
    this.#unchecked.push(what);
  }

  verdict(): Verdict {
    return {
      findings: this.#findings,
      moreFindings: this.#more,
      notes: this.#notes,
      unchecked: this.#unchecked,
      counts: this.counts,
      checkpoint: this.checkpoint,
      recording: this.recording,
    };
  }
}
