import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { asciiBytes, concatBytes } from "@wavekeep/core/bytes";
import { AnswerError, AnswerReader } from "./answer_reader.ts";

const SIZED = "HTTP/1.1 201 Created\r\nContent-Type: a/b\r\nContent-Length: 5\r\n\r\nhello";
const CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" +
  "3\r\nhel\r\nA;x=y\r\n0123456789\r\n0\r\nx-trailer: 1\r\n\r\n";

/** Feeds an answer in parts of a size. */
function readInParts(text: string, partBytes: number) {
  const bytes = asciiBytes(text);
  const reader = new AnswerReader();
  const parts: Uint8Array[] = [];
  reader.begin((part) => void parts.push(part.slice()));
  let isComplete = false;
  for (let at = 0; at < bytes.length; at += partBytes) {
    strictEqual(isComplete, false);
    isComplete = reader.take(bytes.subarray(at, at + partBytes));
  }
  const body = new TextDecoder().decode(concatBytes(...parts));
  strictEqual(reader.bodyByteLength, body.length);
  return { isComplete, status: reader.status, body };
}

Deno.test("AnswerReader reads the same, however the bytes are cut", () => {
  for (let partBytes = 1; partBytes <= CHUNKED.length; partBytes++) {
    const sized = readInParts(SIZED, partBytes);
    deepStrictEqual(sized, { isComplete: true, status: 201, body: "hello" });
    const chunked = readInParts(CHUNKED, partBytes);
    deepStrictEqual(chunked, { isComplete: true, status: 200, body: "hel0123456789" });
  }
});

Deno.test("AnswerReader knows that no proper prefix is an answer", () => {
  for (const text of [SIZED, CHUNKED]) {
    for (let length = 1; length < text.length; length++) {
      strictEqual(readInParts(text.slice(0, length), 7).isComplete, false, `${length}`);
    }
  }
});

Deno.test("AnswerReader reads answers without a body, and one after the other", () => {
  strictEqual(readInParts("HTTP/1.1 304 Not Modified\r\netag: x\r\n\r\n", 4).isComplete, true);
  strictEqual(readInParts("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 9).isComplete, true);
  const reader = new AnswerReader();
  for (const status of [200, 409]) {
    reader.begin();
    ok(reader.isUntouched && reader.isOpen);
    const head = `HTTP/1.1 ${status} X\r\nconnection: close\r\ncontent-length: 1\r\n\r\n.`;
    ok(reader.take(asciiBytes(head)));
    strictEqual(reader.status, status);
    ok(reader.willClose && !reader.isOpen);
  }
});

Deno.test("AnswerReader refuses what is no answer", () => {
  const bad = [
    "HTTP/1.1 200 OK\r\n\r\n",
    "SSH-2.0\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n",
    "x".repeat(70_000),
  ];
  for (const text of bad) throws(() => readInParts(text, 70_000), AnswerError, text.slice(0, 40));
});
