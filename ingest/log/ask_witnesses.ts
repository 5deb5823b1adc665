/**
 * Asking witnesses for their cosignatures.
 *
 * Sole owner of the client's side of C2SP tlog-witness. A witness knows what it has signed last; what we believe
 * of it is a guess that its 409 corrects. One that is away or refuses is left alone for a while and named in
 * the log: it never stops the log, whose checkpoint then says how many have signed.
 *
 * @see https://c2sp.org/tlog-witness
 * @module
 */

import {
  formatAddCheckpoint,
  formatSignatureLine,
  parseNote,
  verifyNote,
} from "@wavekeep/core/log";
import { parseSignatureLine, type VerifierKey } from "@wavekeep/core/log";
import type { Logger } from "@wavekeep/core/service";
import type { LogHead } from "./log_store.ts";
import { NOTE_CRYPTO } from "./note_key.ts";

/** Whom to ask. */
export interface WitnessAddress {
  /** Its submission prefix. */
  readonly url: string;
  readonly key: VerifierKey;
}

/** What to have signed. */
export interface WitnessRequest {
  readonly head: LogHead;
  /** The consistency proof from a size to the head's. */
  readonly proofFrom: (oldSize: number) => Promise<readonly Uint8Array[]>;
}

/** Gives the signature lines of the witnesses that have signed, each checked; never throws. */
export type AskWitnesses = (request: WitnessRequest) => Promise<readonly Uint8Array[]>;

const DEADLINE_MS = 800;
/** How long a witness that failed is left alone. */
const REST_MS = 5_000;
const ANSWER_BYTES_MAX = 64 * 1024;

/** @param fetch Default: the runtime's own. */
export function createAskWitnesses(
  witnesses: readonly WitnessAddress[],
  { logger, fetch = globalThis.fetch }: {
    readonly logger: Logger;
    readonly fetch?: typeof globalThis.fetch;
  },
): AskWitnesses {
  const states = witnesses.map((witness) => ({
    ...witness,
    /** What it has signed last, as far as we know. */
    size: undefined as number | undefined,
    restUntilMs: -Infinity,
    isAway: false,
  }));
  const ask = async (state: typeof states[number], request: WitnessRequest) => {
    if (performance.now() < state.restUntilMs) return undefined;
    const signal = AbortSignal.timeout(DEADLINE_MS);
    try {
      const line = await askOne(state, request, { fetch, signal });
      if (state.isAway) logger.info("witness is back", { witness: state.key.name });
      state.isAway = false;
      return line;
    } catch (error) {
      if (!state.isAway) logger.warn("witness has not signed", { witness: state.key.name, error });
      state.isAway = true;
      state.restUntilMs = performance.now() + REST_MS;
      return undefined;
    }
  };
  return async (request) => {
    const lines = await Promise.all(states.map((state) => ask(state, request)));
    return lines.filter((line) => line !== undefined);
  };
}

async function askOne(
  state: WitnessAddress & { size: number | undefined },
  { head, proofFrom }: WitnessRequest,
  { fetch, signal }: { readonly fetch: typeof globalThis.fetch; readonly signal: AbortSignal },
): Promise<Uint8Array> {
  state.size ??= head.witnessedSize;
  // At most twice: with the size we believe in, and with the one it tells us.
  for (let attempt = 1;; attempt++) {
    const oldSize = state.size;
    const body = formatAddCheckpoint({
      oldSize,
      proof: await proofFrom(oldSize),
      checkpoint: head.note,
    });
    const response = await fetch(`${state.url.replace(/\/$/, "")}/add-checkpoint`, {
      method: "POST",
      body,
      signal,
      redirect: "error",
    });
    const text = await limitedText(response);
    if (response.status === 409 && attempt === 1) {
      const size = sizeIn(response, text);
      // It has seen more than we have: this is the fork that it is there to find.
      if (size > head.size) {
        throw new Error(`the witness has signed ${size} leaves, the log has ${head.size}`);
      }
      state.size = size;
      continue;
    }
    if (response.status !== 200) throw new Error(`the witness answered ${response.status}`);
    const line = await checkedLine(text, head, state.key);
    state.size = head.size;
    return line;
  }
}

/** The line of the key we know, once its signature holds over our checkpoint. */
async function checkedLine(
  text: string,
  head: LogHead,
  key: VerifierKey,
): Promise<Uint8Array> {
  const signatures = text.split("\n").filter((line) => line !== "").map(parseSignatureLine);
  const note = { text: parseNote(head.note).text, signatures };
  const [verified] = await verifyNote(note, { keys: [key], crypto: NOTE_CRYPTO });
  return new TextEncoder().encode(formatSignatureLine(verified!.line));
}

function sizeIn(response: Response, text: string): number {
  const [, digits] = /^(0|[1-9]\d{0,15})\n$/.exec(text) ?? [];
  if (response.headers.get("content-type") !== "text/x.tlog.size" || digits === undefined) {
    throw new Error("the witness refuses, and does not say what it has signed");
  }
  return Number(digits);
}

async function limitedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let byteLength = 0;
  for await (const chunk of response.body ?? []) {
    byteLength += chunk.byteLength;
    if (byteLength > ANSWER_BYTES_MAX) throw new Error("the witness answers without end");
    chunks.push(chunk);
  }
  return new TextDecoder().decode(await new Blob(chunks as BlobPart[]).bytes());
}
