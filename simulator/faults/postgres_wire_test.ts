import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { backendPid, MessageSplitter, StatementReader } from "./postgres_wire.ts";

/** A message with a letter, or the first one of a client without. */
function message(type: string, body: string): Uint8Array {
  const payload = new TextEncoder().encode(body);
  const bytes = new Uint8Array(type.length + 4 + payload.byteLength);
  bytes.set(new TextEncoder().encode(type));
  new DataView(bytes.buffer).setUint32(type.length, 4 + payload.byteLength);
  bytes.set(payload, type.length + 4);
  return bytes;
}

const CLIENT = [
  message("", "startup"),
  message("P", "name\0insert into t\0"),
  message("B", "\0name\0"),
  message("S", ""),
  message("Q", "commit\0"),
];

Deno.test("MessageSplitter gives whole messages, however the pieces fall", () => {
  const whole = Uint8Array.from(CLIENT.flatMap((bytes) => [...bytes]));
  for (let size = 1; size <= whole.byteLength; size++) {
    const splitter = new MessageSplitter("client");
    const found: { type: string; bytes: number[] }[] = [];
    for (let at = 0; at < whole.byteLength; at += size) {
      for (const { type, bytes } of splitter.push(whole.subarray(at, at + size))) {
        found.push({ type, bytes: [...bytes] });
      }
    }
    deepStrictEqual(found.map(({ type }) => type), ["", "P", "B", "S", "Q"]);
    deepStrictEqual(found.map(({ bytes }) => bytes), CLIENT.map((bytes) => [...bytes]));
  }
});

Deno.test("StatementReader knows what is executed, by text and by the name it was prepared under", () => {
  const splitter = new MessageSplitter("client");
  const statements = new StatementReader();
  const texts = CLIENT.flatMap((bytes) => splitter.push(bytes)).map((found) =>
    statements.read(found)
  );
  deepStrictEqual(texts, [undefined, undefined, "insert into t", undefined, "commit"]);
});

Deno.test("backendPid() reads BackendKeyData and nothing else", () => {
  const key = message("K", "\0\0\x01\x02secret");
  const [found] = new MessageSplitter("server").push(key);
  strictEqual(backendPid(found!), 258);
  const [ready] = new MessageSplitter("server").push(message("Z", "I"));
  strictEqual(backendPid(ready!), undefined);
});
