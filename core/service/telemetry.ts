/**
 * Layer 6. OpenTelemetry through the runtime, without anybody's identity in it.
 *
 * `OTEL_DENO=true` makes the runtime send a span for every request that comes in and goes out, with its whole
 * address: codes of patients and recordings. Sole owner of what may leave instead: spans keep the attributes of
 * a closed list, are called by the pattern of their route, and say of an exception its kind alone. Since the
 * runtime sets attributes itself and lets nobody look at a span before it leaves, the guard stands in the one
 * method all of them go through; where a runtime has no such method, a service refuses to start with telemetry.
 *
 * @see https://docs.deno.com/runtime/fundamentals/open_telemetry/
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 * @module
 */
import type { MiddlewareHandler } from "hono";

/** What a span may say. Everything else the runtime or a library sets is dropped. */
const ATTRIBUTES: ReadonlySet<string> = new Set([
  "error.type",
  "http.request.method",
  "http.response.status_code",
  "http.route",
  "network.protocol.version",
  "url.scheme",
  "wavekeep.problem",
  "wavekeep.request_id",
]);

/** Where OpenTelemetry keeps the span of a context. */
const SPAN_KEY = Symbol.for("OpenTelemetry Context Key SPAN");

/** A span as the runtime makes it. */
interface Span {
  isRecording(): boolean;
  setAttribute(name: string, value: unknown): this;
  setAttributes(attributes: Readonly<Record<string, unknown>>): this;
  updateName(name: string): this;
  recordException(error: unknown): void;
  setStatus(status: { code: number; message?: string }): this;
  addEvent(name: string, ...rest: unknown[]): this;
  end(): void;
}

interface Context {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): Context;
}

interface Tracer {
  startSpan(name: string): Span;
  startActiveSpan<T>(
    name: string,
    options: { readonly kind: number },
    context: Context,
    run: (span: Span) => T,
  ): T;
}

/** What the runtime has for OpenTelemetry. */
interface Telemetry {
  readonly tracerProvider: { getTracer(name: string): Tracer };
  readonly contextManager: { active(): Context };
}

/** OpenTelemetry's number for a span of a request that came in. */
const SERVER = 1;

const GUARDED = [
  "setAttribute",
  "setAttributes",
  "recordException",
  "setStatus",
  "addEvent",
] as const;

/** Present where the runtime sends spans and the guard stands. */
let sending: { readonly tracer: Tracer; readonly active: () => Context } | undefined;

/**
 * Puts the guard in place. Called once, before a service answers anybody; does nothing where nothing is sent.
 *
 * @returns Whether the runtime sends spans.
 * @throws {Error} It does, and the guard does not hold.
 */
export function guardTelemetry(telemetry: Telemetry | undefined = runtimeTelemetry()): boolean {
  if (telemetry === undefined || sending !== undefined) return sending !== undefined;
  const tracer = telemetry.tracerProvider.getTracer("wavekeep");
  const probe = startProbe(tracer);
  if (probe?.isRecording() !== true) return false;
  const prototype = Object.getPrototypeOf(probe) as Span;
  const missing = GUARDED.find((name) => typeof prototype[name] !== "function");
  if (missing !== undefined) {
    throw new Error(
      `Cannot send telemetry without identities: spans of this runtime have no ${missing}; unset OTEL_DENO`,
    );
  }
  guard(prototype);
  sending = { tracer, active: () => telemetry.contextManager.active() };
  return true;
}

/** Undefined where telemetry is off: the runtime throws then. The span is never ended, so never sent. */
function startProbe(tracer: Tracer): Span | undefined {
  try {
    return tracer.startSpan("guard");
  } catch {
    return undefined;
  }
}

/**
 * Middleware that answers each request within a span of its own, so that what is asked of other services is
 * part of it; undefined where nothing is sent, which costs nothing.
 *
 * The runtime's span of a request to `node:http` is not the context that its handler runs in. A `traceparent`
 * that does not fit begins a trace of its own.
 */
export function requestSpans(): MiddlewareHandler | undefined {
  if (sending === undefined) return undefined;
  const { tracer, active } = sending;
  return (c, next) => {
    const parent = remoteSpan(c.req.header("traceparent"));
    const context = parent === undefined ? active() : active().setValue(SPAN_KEY, parent);
    return tracer.startActiveSpan(c.req.method, { kind: SERVER }, context, async (span) => {
      try {
        await next();
      } finally {
        span.end();
      }
    });
  };
}

/** @see https://www.w3.org/TR/trace-context/#traceparent-header */
function remoteSpan(traceparent: string | undefined) {
  const [, traceId, spanId, flags] =
    /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? "") ??
      [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const context = { traceId, spanId, traceFlags: parseInt(flags, 16), isRemote: true };
  return { spanContext: () => context };
}

/** Says of the span of this request what it was: its route's pattern, never its path. */
export function describeRequestSpan(
  request: {
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly requestId: string;
    readonly problem: string | undefined;
  },
): void {
  const span = sending?.active().getValue(SPAN_KEY) as Span | undefined;
  if (span?.isRecording?.() !== true) return;
  const { method, route, status, requestId, problem } = request;
  span.updateName(`${method} ${route}`);
  span.setAttributes({
    "http.request.method": method,
    "http.response.status_code": BigInt(status),
    "http.route": route,
    "wavekeep.request_id": requestId,
    ...(problem === undefined ? {} : { "wavekeep.problem": problem }),
  });
}

function runtimeTelemetry(): Telemetry | undefined {
  return (Deno as unknown as { readonly telemetry?: Telemetry }).telemetry;
}

function guard(prototype: Span): void {
  const { setAttribute, setStatus } = prototype;
  const put = (span: Span, name: string, value: unknown) => {
    if (ATTRIBUTES.has(name)) setAttribute.call(span, name, value);
  };
  prototype.setAttribute = function (this: Span, name, value) {
    put(this, name, value);
    return this;
  };
  prototype.setAttributes = function (this: Span, attributes) {
    for (const [name, value] of Object.entries(attributes)) put(this, name, value);
    return this;
  };
  // Messages and events of libraries are free text.
  prototype.recordException = function (this: Span, error) {
    put(this, "error.type", error instanceof Error ? error.name : typeof error);
  };
  prototype.setStatus = function (this: Span, { code }) {
    setStatus.call(this, { code });
    return this;
  };
  prototype.addEvent = function (this: Span) {
    return this;
  };
}
