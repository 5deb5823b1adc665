/**
 * Server-sent events through `fetch`: no token in a url, and an end by AbortSignal.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 * @module
 */

/** One event. */
export interface StreamEvent {
  readonly event: string;
  readonly data: string;
}

/** Reads events from a body of `text/event-stream`, until it ends. Comments are skipped. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncIterable<StreamEvent> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let pending = "";
  let event = "message";
  let lines: string[] = [];
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return;
      pending += decoder.decode(value, { stream: true });
      const parts = pending.split(/\r\n|\n|\r(?!$)/);
      pending = parts.pop() ?? "";
      for (const line of parts) {
        if (line === "") {
          if (lines.length > 0) yield { event, data: lines.join("\n") };
          event = "message";
          lines = [];
          continue;
        }
        const colon = line.indexOf(":");
        const field = colon === -1 ? line : line.slice(0, colon);
        const text = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (field === "event") event = text;
        else if (field === "data") lines.push(text);
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
