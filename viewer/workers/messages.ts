/**
 * What page and worker say to each other.
 *
 * @module
 */

import type { PageData } from "../signal/page_data.ts";
import type { PageView } from "../signal/page_view.ts";
import type { RecordingModel } from "../signal/recording_model.ts";
import type { Spectrogram } from "../signal/spectrogram.ts";

/** From the page. Every request has an id; its answer carries the same. */
export type ToWorker =
  | { readonly type: "model"; readonly model: RecordingModel; readonly revision: number }
  | {
    readonly type: "page";
    readonly id: number;
    readonly start: number;
    readonly seconds: number;
    readonly view: PageView;
    /** Pages to fetch afterwards, nearest first: their starts. */
    readonly prefetch: readonly number[];
  }
  | {
    readonly type: "spectrogram";
    readonly id: number;
    readonly row: number;
    readonly start: number;
    readonly seconds: number;
    readonly columnsMax: number;
  }
  | { readonly type: "cancel"; readonly id: number };

/** From the worker. */
export type FromWorker =
  | {
    readonly type: "page";
    readonly id: number;
    readonly page: PageData;
    /** Nothing was asked of query for it, and nothing under way was waited for. */
    readonly isCached: boolean;
  }
  | {
    readonly type: "spectrogram";
    readonly id: number;
    /** Undefined where the stretch has no samples of the row. */
    readonly picture: Spectrogram | undefined;
  }
  | {
    readonly type: "failed";
    readonly id: number;
    readonly status: number;
    readonly text: string;
  };
