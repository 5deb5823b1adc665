import { deepStrictEqual } from "node:assert/strict";
import { readAnswer } from "./read_answer.ts";

const SENT = {
  segmentId: "07".repeat(16),
  sent: [{
    sequence: 4,
    bytes: new Uint8Array(0),
    digest: "0d".repeat(32),
    setRecord: undefined,
  }],
};

function checkKind(
  answer: { status: number; text?: string; retryAfter?: string },
  expected: ReturnType<typeof readAnswer> | "refused" | "acknowledged",
): void {
  const headers = new Headers(
    answer.retryAfter === undefined ? {} : { "retry-after": answer.retryAfter },
  );
  const read = readAnswer({ status: answer.status, headers, text: answer.text ?? "" }, SENT);
  deepStrictEqual(typeof expected === "string" ? read.kind : read, expected);
}

const receiptOf = (change: Record<string, unknown> = {}) =>
  JSON.stringify({
    results: [{
      status: 201,
      receipt: {
        "segment_id": SENT.segmentId,
        stream: 0,
        sequence: 4,
        "chunk_digest": SENT.sent[0]!.digest,
        "stored_digest": "00".repeat(32),
        "received_at": "2026-11-21T00:00:00Z",
        incarnation: 1,
        "leaf_hash": "1e".repeat(32),
        "key_id": null,
        signature: null,
        ...change,
      },
    }],
  });

Deno.test("readAnswer() believes a receipt of what was sent, and no other", () => {
  checkKind({ status: 201, text: receiptOf() }, {
    kind: "acknowledged",
    isRepeat: false,
    leafHashes: ["1e".repeat(32)],
  });
  checkKind({ status: 201, text: receiptOf({ "chunk_digest": "0e".repeat(32) }) }, "refused");
  checkKind({ status: 201, text: receiptOf({ sequence: 5 }) }, "refused");
  checkKind({ status: 201, text: "a sign-in page" }, "refused");
});

Deno.test("readAnswer() takes for now what our own devices send again", () => {
  checkKind({ status: 503, retryAfter: "2" }, { kind: "for-now", saysWhen: true });
  checkKind({ status: 429 }, { kind: "for-now", saysWhen: false });
  // On a machine with no time to read, a request that was sent in one piece came too late.
  checkKind({ status: 408 }, { kind: "late" });
  checkKind({ status: 409 }, "refused");
});
