/**
 * Response bodies that are made while they are sent, never faster than the client takes them.
 *
 * Hazard: once the first byte is out, a failure can only cut the body short; whatever can fail should be
 * read before. The connection is then broken off, so that no client takes a part for the whole.
 *
 * @module
 */

/** Bytes collected before they are handed on: fewer, larger writes. */
const PIECE_BYTES = 64 * 1024;

/** A body out of pieces of text. */
export function textBody(pieces: Iterable<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  async function* encoded(): AsyncIterable<Uint8Array> {
    let text = "";
    for (const piece of pieces) {
      text += piece;
      if (text.length < PIECE_BYTES) continue;
      yield encoder.encode(text);
      text = "";
    }
    if (text !== "") yield encoder.encode(text);
  }
  return byteBody(encoded(), () => {});
}

/**
 * A body out of pieces of bytes.
 *
 * @param onFailure Told when the pieces end in an error, before the connection is broken off.
 */
export function byteBody(
  pieces: AsyncIterable<Uint8Array>,
  onFailure: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  let isCancelled = false;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const parts: Uint8Array[] = [];
        let byteLength = 0;
        while (byteLength < PIECE_BYTES) {
          const { done, value } = await iterator.next();
          if (done) {
            if (byteLength > 0) controller.enqueue(join(parts, byteLength));
            controller.close();
            return;
          }
          parts.push(value);
          byteLength += value.byteLength;
        }
        controller.enqueue(join(parts, byteLength));
      } catch (error) {
        // A client that has left has closed the stream under us: nothing failed.
        if (isCancelled) return;
        onFailure(error);
        controller.error(error);
      }
    },
    async cancel() {
      isCancelled = true;
      await iterator.return?.();
    },
  }, { highWaterMark: 1 });
}

/**
 * Pulls the first piece before anything is answered, so that what fails at once is still a problem
 * document, and gives all pieces back.
 */
export async function startedEarly(
  pieces: AsyncIterable<Uint8Array>,
): Promise<AsyncIterable<Uint8Array>> {
  const iterator = pieces[Symbol.asyncIterator]();
  const first = await iterator.next();
  async function* all(): AsyncIterable<Uint8Array> {
    try {
      if (first.done) return;
      yield first.value;
      while (true) {
        const { done, value } = await iterator.next();
        if (done) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return all();
}

function join(parts: readonly Uint8Array[], byteLength: number): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const bytes = new Uint8Array(byteLength);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.byteLength;
  }
  return bytes;
}
