/**
 * Layer 6. Rows as the server sends them, for statements that ask for binary results.
 *
 * Sole owner of the tap into the driver. `pg` turns every field of every row into a string, which damages
 * binary results (hence: never `binary: true`) and makes a bytea travel as hexadecimal, twice its size. The
 * tap looks at message boundaries only: rows of a statement that takes them raw go there, and everything
 * else reaches the driver byte for byte.
 *
 * Hazard: it stands on two members that `pg` does not document, `Connection.attachListeners` and
 * `Client._activeQuery`; a test fails when a version of `pg` moves them.
 *
 * @see PostgreSQL, "Message Formats": DataRow
 * @module
 */

import { EventEmitter } from "node:events";
import pg from "pg";
import { assert } from "../assert.ts";

/** What a statement has to be for rows to reach it raw. */
export interface TakesRawRows {
  /**
   * One row.
   *
   * @param fields Good until this returns.
   */
  takeRow(fields: RawFields): void;
}

/** The fields of one row, read one after the other in the order of the select list, in binary format. */
export class RawFields {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset: number;

  /** @param bytes Everything behind the length of a DataRow message. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offset = 2;
  }

  /** Whether the next field is null; a null field is passed over. */
  isNull(): boolean {
    if (this.#view.getInt32(this.#offset) !== -1) return false;
    this.#offset += 4;
    return true;
  }

  boolean(): boolean {
    return this.#view.getUint8(this.#take(1)) !== 0;
  }

  int2(): number {
    return this.#view.getInt16(this.#take(2));
  }

  int4(): number {
    return this.#view.getInt32(this.#take(4));
  }

  /** An int8 that fits 2^53. */
  int8(): number {
    const value = Number(this.#view.getBigInt64(this.#take(8)));
    assert(Number.isSafeInteger(value), `a stored number fits 2^53: ${value}`);
    return value;
  }

  /** ASCII text. */
  text(): string {
    const byteLength = this.#view.getInt32(this.#offset);
    const start = this.#take(byteLength);
    let text = "";
    for (let at = start; at < start + byteLength; at++) {
      text += String.fromCharCode(this.#bytes[at]!);
    }
    return text;
  }

  /** A bytea, without a copy: it keeps what the socket read alive, some 64 KiB. */
  bytes(): Uint8Array<ArrayBuffer> {
    const byteLength = this.#view.getInt32(this.#offset);
    const start = this.#take(byteLength);
    const { buffer, byteOffset } = this.#view;
    return new Uint8Array(buffer as ArrayBuffer, byteOffset + start, byteLength);
  }

  #take(byteLength: number): number {
    const isGood = byteLength >= 0 && this.#view.getInt32(this.#offset) === byteLength;
    assert(isGood, "a field is there and has the width of its type");
    const start = this.#offset + 4;
    this.#offset = start + byteLength;
    return start;
  }
}

/** What the tap uses of the driver beyond its documentation. */
interface Inner {
  readonly connection: { attachListeners(stream: EventEmitter): void };
  readonly _activeQuery: object | null;
}

/** A client whose statements may take their rows raw. */
export class RawRowClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    const inner = this as unknown as Inner;
    const { connection } = inner;
    const attach = connection.attachListeners.bind(connection);
    // Called once the stream is there, with TLS or without.
    connection.attachListeners = (stream) => {
      attach(tap(stream, () => {
        const active = inner._activeQuery;
        return active !== null && "takeRow" in active ? active as TakesRawRows : undefined;
      }));
    };
  }
}

const DATA_ROW = 0x44;
const HEAD_BYTES = 5;

/**
 * A stream that sees everything but raw rows.
 *
 * @param taker Who takes raw rows at this moment; everything before the row has reached the driver by then.
 */
function tap(stream: EventEmitter, taker: () => TakesRawRows | undefined): EventEmitter {
  const rest = new EventEmitter();
  const messages = new MessageSplitter();
  stream.on("data", (data: Uint8Array) => {
    for (const bytes of messages.push(data)) {
      // What is not a raw row is handed on in stretches as long as can be.
      let from = 0;
      let at = 0;
      while (at < bytes.length) {
        const end = at + messageBytes(bytes, at);
        if (bytes[at] === DATA_ROW) {
          if (from < at) rest.emit("data", bytes.subarray(from, at));
          from = at;
          const to = taker();
          if (to !== undefined) {
            to.takeRow(new RawFields(bytes.subarray(at + HEAD_BYTES, end)));
            from = end;
          }
        }
        at = end;
      }
      if (from < at) rest.emit("data", bytes.subarray(from, at));
    }
  });
  stream.on("end", () => rest.emit("end"));
  return rest;
}

/** Length of the message at `at`, its type byte included. */
function messageBytes(bytes: Uint8Array, at: number): number {
  return 1 +
    (bytes[at + 1]! << 24 | bytes[at + 2]! << 16 | bytes[at + 3]! << 8 | bytes[at + 4]!);
}

/** Cuts what a socket reads at message boundaries. Copies only messages that came in parts. */
export class MessageSplitter {
  /** The start of a message that is not whole yet, in a buffer of its length once that is known. */
  #part = Buffer.alloc(0);
  #byteLength = 0;

  /**
   * @returns Stretches of whole messages, in order. They are views of `data`, or of a buffer that is not
   * used again.
   */
  *push(data: Uint8Array): Iterable<Buffer> {
    let rest = asBuffer(data);
    if (this.#byteLength > 0) {
      // First the head, which says how long the message is; then the message.
      rest = rest.subarray(this.#fill(rest, HEAD_BYTES));
      if (this.#byteLength < HEAD_BYTES) return;
      const wanted = messageBytes(this.#part, 0);
      rest = rest.subarray(this.#fill(rest, wanted));
      if (this.#byteLength < wanted) return;
      yield this.#part.subarray(0, wanted);
      this.#byteLength = 0;
    }
    let end = 0;
    while (end + HEAD_BYTES <= rest.length) {
      const next = end + messageBytes(rest, end);
      if (next > rest.length) break;
      end = next;
    }
    if (end > 0) yield rest.subarray(0, end);
    if (end === rest.length) return;
    const left = rest.subarray(end);
    const wanted = left.length < HEAD_BYTES ? HEAD_BYTES : messageBytes(left, 0);
    this.#part = Buffer.allocUnsafeSlow(wanted);
    this.#fill(left, left.length);
  }

  /** Adds bytes until the part has `wanted` of them; returns how many were taken. */
  #fill(from: Buffer, wanted: number): number {
    const count = Math.min(from.length, Math.max(0, wanted - this.#byteLength));
    if (this.#part.length < this.#byteLength + count) {
      const longer = Buffer.allocUnsafeSlow(wanted);
      this.#part.copy(longer, 0, 0, this.#byteLength);
      this.#part = longer;
    }
    from.copy(this.#part, this.#byteLength, 0, count);
    this.#byteLength += count;
    return count;
  }
}

function asBuffer(data: Uint8Array): Buffer {
  return Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
