/**
 * Bench, load. Reads HTTP/1.1 answers out of the bytes of a connection, and no more of them than counts.
 *
 * It looks for the status and the length; other header fields are skipped. One answer at a time: the client
 * does not pipeline, so bytes beyond the end of an answer are an error.
 *
 * @module
 */

/** The server did not speak the HTTP/1.1 that we expect. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
}

/** A head that is longer than this is none. */
const HEAD_BYTES_MAX = 64 * 1024;

const latin1 = new TextDecoder("latin1");

/** One connection's answers. */
export class AnswerReader {
  /** Of the answer that is being read, or was read last; 0 before the head is there. */
  status = 0;
  /** Bytes of body so far, without the frames of chunked coding. */
  bodyByteLength = 0;
  /** The server closes the connection after this answer. */
  willClose = false;

  #state: "head" | "sized" | "size-line" | "chunk" | "chunk-end" | "trailer" | "done" = "done";
  /** What of a line or a head came so far. */
  #line = "";
  /** Bytes to come of a sized body or a chunk. */
  #remaining = 0;
  #onBody: ((part: Uint8Array) => void) | undefined;

  /**
   * The next bytes belong to a new answer.
   *
   * @param onBody Takes parts of the body: views, good until it returns.
   */
  begin(onBody?: (part: Uint8Array) => void): void {
    this.status = 0;
    this.bodyByteLength = 0;
    this.willClose = false;
    this.#state = "head";
    this.#line = "";
    this.#onBody = onBody;
  }

  /** An answer has begun, and it has not ended yet. */
  get isOpen(): boolean {
    return this.#state !== "done";
  }

  /** Nothing of the answer has come yet. */
  get isUntouched(): boolean {
    return this.#state === "head" && this.#line === "";
  }

  /**
   * Takes bytes as they come.
   *
   * @returns Whether the answer is complete.
   * @throws {AnswerError} They are not what an HTTP/1.1 server sends.
   */
  take(bytes: Uint8Array): boolean {
    let offset = 0;
    while (offset < bytes.length) {
      switch (this.#state) {
        case "head":
          offset = this.#takeHead(bytes, offset);
          break;
        case "sized":
        case "chunk":
          offset = this.#takeBody(bytes, offset);
          break;
        case "size-line":
        case "chunk-end":
        case "trailer":
          offset = this.#takeLine(bytes, offset);
          break;
        case "done":
          throw new AnswerError(
            `Cannot read answer: ${bytes.length - offset} bytes come after its end`,
          );
      }
    }
    return this.#state === "done";
  }

  #takeHead(bytes: Uint8Array, offset: number): number {
    const before = this.#line.length;
    const whole = this.#line + latin1.decode(bytes.subarray(offset));
    const end = whole.indexOf("\r\n\r\n", Math.max(0, before - 3));
    if (end < 0) {
      if (whole.length > HEAD_BYTES_MAX) throw new AnswerError("Cannot read answer: no head ends");
      this.#line = whole;
      return bytes.length;
    }
    const head = whole.slice(0, end).toLowerCase();
    this.#line = "";
    if (!/^http\/1\.1 \d{3}/.test(head)) {
      throw new AnswerError(`Cannot read answer: it begins with "${head.slice(0, 20)}"`);
    }
    this.status = Number(head.slice(9, 12));
    this.willClose = head.includes("\r\nconnection: close");
    const length = /\r\ncontent-length: *(\d+)/.exec(head);
    if (head.includes("\r\ntransfer-encoding: chunked")) this.#state = "size-line";
    else if (length !== null) this.#expect("sized", Number(length[1]));
    else if (this.status === 204 || this.status === 304) this.#state = "done";
    else throw new AnswerError(`Cannot read answer ${this.status}: it has no length`);
    return offset + end + 4 - before;
  }

  #takeBody(bytes: Uint8Array, offset: number): number {
    const count = Math.min(this.#remaining, bytes.length - offset);
    this.bodyByteLength += count;
    this.#onBody?.(bytes.subarray(offset, offset + count));
    this.#remaining -= count;
    if (this.#remaining === 0) this.#state = this.#state === "sized" ? "done" : "chunk-end";
    return offset + count;
  }

  #takeLine(bytes: Uint8Array, offset: number): number {
    const end = bytes.indexOf(0x0a, offset);
    this.#line += latin1.decode(bytes.subarray(offset, end < 0 ? bytes.length : end));
    if (this.#line.length > HEAD_BYTES_MAX) {
      throw new AnswerError("Cannot read answer: a line has no end");
    }
    if (end < 0) return bytes.length;
    const line = this.#line.trimEnd();
    this.#line = "";
    switch (this.#state) {
      case "size-line": {
        const size = /^([0-9a-f]{1,8})(;|$)/i.exec(line);
        if (size === null) throw new AnswerError("Cannot read answer: a chunk has no size");
        const byteLength = parseInt(size[1]!, 16);
        if (byteLength === 0) this.#state = "trailer";
        else this.#expect("chunk", byteLength);
        break;
      }
      case "chunk-end":
        if (line !== "") {
          throw new AnswerError("Cannot read answer: a chunk is longer than it says");
        }
        this.#state = "size-line";
        break;
      default:
        if (line === "") this.#state = "done";
    }
    return end + 1;
  }

  #expect(state: "sized" | "chunk", byteLength: number): void {
    this.#remaining = byteLength;
    this.#state = byteLength === 0 ? "done" : state;
  }
}
