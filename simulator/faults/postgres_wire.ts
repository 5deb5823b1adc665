/**
 * Faults. What goes over the PostgreSQL wire, message by message: enough of it to know which statement is on
 * its way, and which backend answers.
 *
 * @see PostgreSQL documentation, "Message Formats" (protocol 3.0)
 * @module
 */

/** One message, as it travels. */
export interface WireMessage {
  /** Its letter; "" for the very first one of a client, which has none. */
  readonly type: string;
  /** All of it, letter and length included. */
  readonly bytes: Uint8Array;
}

const LENGTH_BYTES = 4;

/** Cuts one direction of a connection into messages. */
export class MessageSplitter {
  #rest = new Uint8Array(0);
  #isFirst: boolean;

  /** @param side Who speaks: a client's first message has no letter. */
  constructor(side: "client" | "server") {
    this.#isFirst = side === "client";
  }

  /** The messages that a piece completes. */
  push(piece: Uint8Array): WireMessage[] {
    const bytes = new Uint8Array(this.#rest.byteLength + piece.byteLength);
    bytes.set(this.#rest);
    bytes.set(piece, this.#rest.byteLength);
    const view = new DataView(bytes.buffer);
    const messages: WireMessage[] = [];
    let offset = 0;
    while (true) {
      const letterBytes = this.#isFirst ? 0 : 1;
      if (offset + letterBytes + LENGTH_BYTES > bytes.byteLength) break;
      const end = offset + letterBytes + view.getUint32(offset + letterBytes);
      if (end > bytes.byteLength) break;
      const type = this.#isFirst ? "" : String.fromCharCode(bytes[offset]!);
      messages.push({ type, bytes: bytes.subarray(offset, end) });
      this.#isFirst = false;
      offset = end;
    }
    this.#rest = bytes.slice(offset);
    return messages;
  }
}

/** Knows the text of every statement that a client sends, prepared ones too. */
export class StatementReader {
  readonly #prepared = new Map<string, string>();

  /** The text that a message begins to execute, or undefined. */
  read({ type, bytes }: WireMessage): string | undefined {
    if (type === "Q") return textAt(bytes, 1 + LENGTH_BYTES);
    if (type === "P") {
      const name = textAt(bytes, 1 + LENGTH_BYTES);
      this.#prepared.set(name, textAt(bytes, 1 + LENGTH_BYTES + byteLengthOf(name) + 1));
      return undefined;
    }
    if (type === "B") {
      const portal = textAt(bytes, 1 + LENGTH_BYTES);
      return this.#prepared.get(textAt(bytes, 1 + LENGTH_BYTES + byteLengthOf(portal) + 1));
    }
    return undefined;
  }
}

/** The backend's process id out of its BackendKeyData, or undefined for any other message. */
export function backendPid({ type, bytes }: WireMessage): number | undefined {
  if (type !== "K") return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(1 + LENGTH_BYTES);
}

function textAt(bytes: Uint8Array, offset: number): string {
  return new TextDecoder().decode(bytes.subarray(offset, bytes.indexOf(0, offset)));
}

function byteLengthOf(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
