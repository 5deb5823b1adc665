/**
 * Where processes of a test send their telemetry: all that comes, as text, and the spans of it.
 *
 * @module
 */

/** OTLP's number for a span of a request that went out. */
export const CLIENT = 3;

/** A span as OTLP writes it. */
export interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
}

/** A receiver that listens until it is disposed of. */
export interface OtlpReceiver extends AsyncDisposable {
  /** For a process that is to send here. */
  readonly env: Readonly<Record<string, string>>;
  /** Bodies of everything: spans, metrics and lines of logs. */
  readonly texts: readonly string[];
  readonly spans: readonly SentSpan[];
  /** Resolves as soon as the spans have what is looked for. */
  until(hasCome: (spans: readonly SentSpan[]) => boolean): Promise<void>;
}

/** Listens on a free port of loopback. */
export function receiveTelemetry(): OtlpReceiver {
  const texts: string[] = [];
  const spans: SentSpan[] = [];
  const waiting = new Set<() => void>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const text = await request.text();
      texts.push(text);
      if (new URL(request.url).pathname === "/v1/traces") {
        for (const { scopeSpans } of JSON.parse(text).resourceSpans) {
          for (const scope of scopeSpans) spans.push(...scope.spans);
        }
      }
      for (const look of waiting) look();
      return new Response();
    },
  );
  return {
    env: {
      "OTEL_DENO": "true",
      "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
      "OTEL_EXPORTER_OTLP_ENDPOINT": `http://127.0.0.1:${server.addr.port}`,
      "OTEL_BSP_SCHEDULE_DELAY": "50",
    },
    texts,
    spans,
    until: (hasCome) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = () => {
        if (!hasCome(spans)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
      return promise;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
