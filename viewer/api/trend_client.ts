/**
 * Trends and envelopes over the viewer's own origin, kept in memory as long as the page lives.
 *
 * What is whole is never asked for again. What may still change is asked for with its tag, where it has one.
 * Nothing is put into the browser's storage.
 *
 * @module
 */

import { decodeTrends, type TrendsAnswer } from "@wavekeep/core/trend";
import type { DayWindow } from "../signal/trends/day_window.ts";
import {
  type EnvelopeAnswer,
  type EnvelopeColumns,
  envelopeColumns,
} from "../signal/trends/envelope_columns.ts";

const TRENDS_MEDIA_TYPE = "application/vnd.wavekeep.trends";

/** Answers that are kept: a day in spans of an hour, with the envelope of each. */
const KEPT_MAX = 60;

/** Columns that the services give at most. */
const COLUMNS_MAX = 2000;

/** An answer, and whether the server was asked for it. */
export interface Fetched<T> {
  readonly value: T;
  readonly isCached: boolean;
}

/** The server did not answer with what was asked for. `status` is 0 when it did not answer at all. */
export class TrendError extends Error {
  override readonly name = "TrendError";
  readonly status: number;

  constructor(status: number, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.status = status;
  }
}

/** A stretch in columns. */
export interface TrendWish {
  readonly window: DayWindow;
  /** End of the recording: nothing is asked for beyond it. */
  readonly end: number;
  readonly columns: number;
}

/** Reads of one recording. Every method throws {@link TrendError}. */
export interface TrendClient {
  trends(wish: TrendWish, signal: AbortSignal): Promise<Fetched<TrendsAnswer>>;
  /** @param positions Positions of the channels of a row. */
  envelope(
    wish: TrendWish,
    positions: readonly number[],
    signal: AbortSignal,
  ): Promise<Fetched<EnvelopeColumns>>;
}

interface Kept {
  readonly etag: string | null;
  readonly isFinal: boolean;
  readonly value: unknown;
}

/** A client of one recording. */
export function createTrendClient(
  { patientId, recordingId }: { readonly patientId: string; readonly recordingId: string },
  fetcher: typeof fetch = (input, init) => fetch(input, init),
): TrendClient {
  const kept = new Map<string, Kept>();

  async function get<T>(
    path: string,
    { accept, signal, read }: {
      readonly accept: string;
      readonly signal: AbortSignal;
      readonly read: (answer: Response) => Promise<{ value: T; isFinal: boolean }>;
    },
  ): Promise<Fetched<T>> {
    const before = kept.get(path);
    if (before !== undefined) {
      // The newest one asked for goes last.
      kept.delete(path);
      kept.set(path, before);
      if (before.isFinal) return { value: before.value as T, isCached: true };
    }
    let answer: Response;
    try {
      answer = await fetcher(`/api/query/${path}`, {
        headers: { accept, ...before?.etag == null ? {} : { "if-none-match": before.etag } },
        credentials: "same-origin",
        signal,
      });
      if (answer.status === 304 && before !== undefined) {
        return { value: before.value as T, isCached: false };
      }
      if (answer.ok) {
        const { value, isFinal } = await read(answer);
        kept.set(path, { etag: answer.headers.get("etag"), isFinal, value });
        if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value!);
        return { value, isCached: false };
      }
    } catch (cause) {
      if (signal.aborted) throw cause;
      throw new TrendError(0, "no answer from the server", { cause });
    }
    await answer.body?.cancel();
    throw new TrendError(answer.status, `the server answered ${answer.status}`);
  }

  function queryOf({ window, end, columns }: TrendWish): URLSearchParams {
    const last = Math.max(window.start + 0.001, Math.min(window.start + window.seconds, end));
    return new URLSearchParams({
      "patient_id": patientId,
      "recording_id": recordingId,
      start: decimal(window.start),
      end: decimal(last),
      columns: String(Math.min(Math.max(1, Math.floor(columns)), COLUMNS_MAX)),
    });
  }

  return {
    trends: (wish, signal) =>
      get(`trends?${queryOf(wish)}`, {
        accept: TRENDS_MEDIA_TYPE,
        signal,
        read: async (answer) => {
          const value = decodeTrends(new Uint8Array(await answer.arrayBuffer()));
          return { value, isFinal: value.complete && answer.headers.has("etag") };
        },
      }),
    envelope(wish, positions, signal) {
      const query = queryOf(wish);
      query.set("channels", positions.map((position) => `@${position}`).join(","));
      return get(`envelope?${query}`, {
        accept: "application/json",
        signal,
        read: async (answer) => {
          const value = await answer.json() as EnvelopeAnswer;
          return {
            value: envelopeColumns(value),
            isFinal: value.complete && answer.headers.has("etag"),
          };
        },
      });
    },
  };
}

/** Decimal text without an exponent, to the millisecond. */
function decimal(seconds: number): string {
  return String(Number(seconds.toFixed(3)));
}
