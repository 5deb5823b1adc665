/**
 * The proof of a page: the verdict, what it rests on, and the calibration signal as this page shows it.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { civilText, elapsedText } from "../../../signal/clock_text.ts";
import { drawPage } from "../../../signal/draw_page.ts";
import { filterSummary, MONTAGE_NAMES } from "../../../signal/page_view.ts";
import { isProved, proofLines, verdictOf } from "../../../signal/proof/proof_report.ts";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import { RENDERER_NAMES } from "../../../signal/renderer/trace_renderer.ts";
import { type ProofInput, type ProofOutcome, runProof } from "../(_islands)/run_proof.ts";
import { BUILD } from "../(_islands)/use_evidence.ts";

/** What is proved. */
export interface ProofViewProps extends ProofInput {
  readonly recording: RecordingModel;
}

/** The view; runs the proof once, when it opens. */
export function ProofView(props: ProofViewProps): VNode {
  const [outcome, setOutcome] = useState<ProofOutcome>();
  const [problem, setProblem] = useState<string>();
  const [said, setSaid] = useState("");
  useEffect(() => {
    const controller = new AbortController();
    runProof(props, controller.signal).then(setOutcome, (error) => {
      if (controller.signal.aborted) return;
      setProblem(error instanceof Error ? error.message : String(error));
    });
    return () => controller.abort();
  }, []);
  if (problem !== undefined) {
    return <p class="proof notice bad" role="alert">The page could not be proved: {problem}.</p>;
  }
  if (outcome === undefined) return <p class="proof" role="status">Checking every column…</p>;
  const { result, differences } = outcome;
  const settings = settingsOf(props);
  const lines = proofLines(result);
  const copy = async () => {
    const text = [
      verdictOf(result),
      ...[...settings, ...lines].map((line) => `${line.name}: ${line.text}`),
      ...differences,
    ].join("\n");
    setSaid(await navigator.clipboard.writeText(text).then(() => "Copied", () => "Not allowed"));
  };
  return (
    <div class="proof">
      <p class={`verdict ${isProved(result) ? "good" : "bad"}`} role="status">
        {verdictOf(result)}
      </p>
      <dl class="proof-facts">
        {lines.map(({ name, text, isRight }) => (
          <div key={name} class={isRight === false ? "is-wrong" : ""}>
            <dt>{name}</dt>
            <dd>{text}{isRight === undefined ? "" : isRight ? " – right" : " – WRONG"}</dd>
          </div>
        ))}
        {settings.map(({ name, text }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      {differences.length > 0 && (
        <ul class="proof-differences">{differences.map((text) => <li key={text}>{text}</li>)}</ul>
      )}
      <h3>The calibration signal on this page</h3>
      <p class="muted">
        50 µV square wave of 2.5 Hz, an impulse of one sample and 100 µV every four seconds, in
        place of the samples of every channel, each channel a sixteenth of a period after the one
        above: through this montage, these filters, this scale and this renderer.
      </p>
      <CalibrationPicture {...props} outcome={outcome} />
      <p class="dialog-actions">
        <span class="muted" role="status">{said}</span>
        <button type="button" onClick={copy}>Copy as text</button>
        <button type="button" onClick={() => globalThis.print()}>Print</button>
      </p>
    </div>
  );
}

function CalibrationPicture(
  { drawn, host, outcome }: ProofViewProps & { readonly outcome: ProofOutcome },
): VNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { size } = drawn.frame.layout;
  useLayoutEffect(() => {
    const surface = canvas.current!.getContext("2d", { alpha: false });
    if (surface !== null) drawPage(surface, size, outcome.calibration, host);
  }, []);
  return (
    <canvas
      ref={canvas}
      class="proof-picture"
      width={size.width}
      height={size.height}
      role="img"
      aria-label="The calibration signal through the montage, filters and scale of this page"
    />
  );
}

/** Under which settings it is true. */
function settingsOf({ drawn, host, recording }: ProofViewProps) {
  const { page, sensitivity, isPositiveUp, cssPixelsPerMm, shownRows } = drawn.scene;
  const { size, plot } = drawn.frame.layout;
  const clock = civilText(recording.startedAt, page.start);
  const at = clock === undefined ? "" : `, ${clock.date} ${clock.time}`;
  const { view } = page;
  return [
    { name: "Recording", text: `${recording.patientId} ${recording.recordingId}` },
    { name: "Page", text: `${elapsedText(page.start)}${at}, ${page.seconds} s` },
    {
      name: "View",
      text: `${MONTAGE_NAMES[view.montage.kind]}, ${filterSummary(view.filters)}, ` +
        `${sensitivity} µV/mm, ${isPositiveUp ? "positive" : "negative"} up, ` +
        `${shownRows.length} rows`,
    },
    {
      name: "Screen",
      text: `${RENDERER_NAMES[host.drawnWith]}, ${plot.width} × ${plot.height} device pixels, ` +
        `${(cssPixelsPerMm * size.scale).toFixed(3)} a millimetre`,
    },
    { name: "Viewer", text: BUILD },
  ];
}
