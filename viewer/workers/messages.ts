/**
 * What page and worker say to each other.
 *
 * @module
 */

import type { PageWish, ShelvedPage } from "../api/page_shelf.ts";
import type { RecordingModel } from "../signal/recording_model.ts";
import type { PageData } from "../signal/page_data.ts";
import type { SampleCheck } from "../signal/proof/check_samples.ts";
import type { PageDigest } from "../signal/proof/page_digest.ts";
import type { Spectrogram } from "../signal/spectrogram.ts";

/** From the page. Every request has an id; its answer carries the same. */
export type ToWorker =
  | { readonly type: "model"; readonly model: RecordingModel; readonly revision: number }
  | {
    readonly type: "page";
    readonly id: number;
    readonly wish: PageWish;
    /** Pages to make afterwards, likeliest first. */
    readonly ahead: readonly PageWish[];
  }
  /** Pages to make when there is nothing else to do, in place of those that were wished for before. */
  | { readonly type: "ahead"; readonly ahead: readonly PageWish[] }
  | {
    readonly type: "spectrogram";
    readonly id: number;
    readonly row: number;
    readonly start: number;
    readonly seconds: number;
    readonly columnsMax: number;
  }
  /** The digest of a page's samples; with `isProof` everything that it is checked with. */
  | {
    readonly type: "proof";
    readonly id: number;
    readonly wish: PageWish;
    readonly isProof: boolean;
  }
  | { readonly type: "cancel"; readonly id: number };

/** What the worker knows of a page that is to be proved. */
export interface PageProof {
  /** The same page with the calibration signal in the place of the samples. */
  readonly calibration: PageData;
  /** The samples as recorded, against plain arithmetic. */
  readonly samples: SampleCheck;
}

/** From the worker. */
export type FromWorker =
  | ShelvedPage & {
    readonly type: "page";
    readonly id: number;
    /** Nothing was asked of query for it, and nothing under way was waited for. */
    readonly isCached: boolean;
  }
  | ShelvedPage & {
    readonly type: "ahead";
    readonly wish: PageWish;
    /** Of the recording that it is true of. */
    readonly revision: number;
  }
  | {
    readonly type: "spectrogram";
    readonly id: number;
    /** Undefined where the stretch has no samples of the row. */
    readonly picture: Spectrogram | undefined;
  }
  | {
    readonly type: "proof";
    readonly id: number;
    readonly digest: PageDigest;
    readonly proof: PageProof | undefined;
  }
  | {
    readonly type: "failed";
    readonly id: number;
    readonly status: number;
    /** Of the problem; empty where there is none. */
    readonly slug: string;
    readonly text: string;
  };
