import { deepStrictEqual, doesNotMatch, ok, strictEqual, throws } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { CLIENT, receiveTelemetry, type SentSpan } from "../testing/otlp_receiver.ts";
import { guardTelemetry } from "./telemetry.ts";

const isNamed = ({ name }: SentSpan) => name.includes(" ");

/** What one process sends until it has told of a request that came in and of one that went out. */
async function whatIsSent(): Promise<{ text: string; spans: readonly SentSpan[] }> {
  await using receiver = receiveTelemetry();
  await using process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "--allow-net=127.0.0.1",
      "--allow-env",
      fileURLToPath(new URL("./testing/telemetry_process.ts", import.meta.url)),
    ],
    env: { ...receiver.env },
    stdout: "null",
    stderr: "null",
  }).spawn();
  await receiver.until((spans) => spans.some(({ kind }) => kind === CLIENT) && spans.some(isNamed));
  process.kill("SIGTERM");
  await process.status;
  return { text: receiver.texts.join("\n"), spans: receiver.spans };
}

Deno.test("spans tell the pattern of a route, and nothing of what was asked", async () => {
  const { text, spans } = await whatIsSent();
  doesNotMatch(text, /CANARY/);
  doesNotMatch(text, /url\.(full|path|query)/);
  const served = spans.find(isNamed)!;
  strictEqual(served.name, "GET /patients/:patient_id");
  const asked = spans.find(({ kind }) => kind === CLIENT)!;
  deepStrictEqual([served.traceId, served.parentSpanId], [asked.traceId, asked.spanId]);
  const names = served.attributes.map(({ key }) => key);
  ok(names.includes("http.route") && names.includes("wavekeep.request_id"), names.join());
  deepStrictEqual(
    served.attributes.find(({ key }) => key === "http.response.status_code")?.value,
    { "intValue": "200" },
  );
});

Deno.test("guardTelemetry() refuses a runtime whose spans it cannot hold back", () => {
  const span = { isRecording: () => true, setAttribute() {}, end() {} };
  const telemetry = {
    tracerProvider: { getTracer: () => ({ startSpan: () => Object.create(span) }) },
  };
  throws(
    () => guardTelemetry(telemetry as unknown as Parameters<typeof guardTelemetry>[0]),
    /have no setAttributes; unset OTEL_DENO/,
  );
});

Deno.test("guardTelemetry() does nothing where nothing is sent", () => {
  strictEqual(guardTelemetry(), false);
});
