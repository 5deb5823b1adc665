/**
 * The proof page of a recording: what is logged and signed, what that shows and what not, and the export.
 *
 * Its words are those of `core/threat_model.md` and `core/how_to/verify_an_export.md`, said plainly.
 *
 * @module
 */

import { mayDo } from "@wavekeep/core/service";
import type { Context } from "hono";
import type { VNode } from "preact";
import { askingOf } from "../../../../asking.ts";
import { Island, renderPage, type ViewerDeps } from "../../../../page.tsx";
import { type ProofLine, type ProofWords, proofWords } from "../../../../proof_words.ts";
import { lengthText } from "../../../../signal/clock_text.ts";
import { recordingPath } from "../../../../signal/recording_path.ts";
import { ProofExport, type ProofExportProps } from "../../(_islands)/ProofExport.tsx";

export const action = "recordings:read";

export async function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  const session = c.get("session")!;
  const patientId = c.req.param("patient") ?? "";
  const recordingId = c.req.param("recording") ?? "";
  const asking = askingOf(c);
  // Counted first: what arrives in between waits for the log, and is not more logged than stored.
  const proof = await deps.query.proof(asking, patientId, recordingId);
  const detail = await deps.query.recording(asking, patientId, recordingId);
  const words = proofWords(detail, proof);
  const props: ProofExportProps = {
    patientId,
    recordingId,
    mayExport: mayDo(session.principal.role, "recordings:export"),
  };
  const { started_at: start } = detail;
  return await renderPage(c, deps, {
    title: `Proof of ${patientId} ${recordingId}`,
    session,
    hasIslands: true,
    body: (
      <article class="proof-page">
        <div class="heading">
          <div>
            <h1>Proof of recording {recordingId}</h1>
            <p class="muted">
              Patient {patientId} ·{" "}
              {start === null ? "start not known" : start.civil.replace("T", " ")} ·{" "}
              {lengthText(Number(detail.duration_seconds))}
            </p>
          </div>
          <a class="button" href={recordingPath({ patientId, recordingId })}>Back to the traces</a>
        </div>
        <p class={`proof-verdict ${words.standing}`}>{words.verdict}</p>
        <section class="card" aria-labelledby="stands">
          <h2 id="stands">
            Where it stands{" "}
            <span class="muted">by this service's own count; the export below is the proof</span>
          </h2>
          <dl class="proof-lines">
            {words.lines.map((line) => <Line key={line.name} {...line} />)}
          </dl>
        </section>
        <section class="card" aria-labelledby="export">
          <h2 id="export">Take it with you</h2>
          <div class="card-body">
            <p>
              One file with all samples (EDF+ or BDF+), marks in all versions, gaps, signatures, and
              the way from every second to the signed checkpoint. It is checked before you get it,
              and kept here, sealed, for at most an hour. Who makes it is written down.
            </p>
            {proof.erased_at === null
              ? (
                <Island name="ProofExport" props={props}>
                  <ProofExport {...props} />
                </Island>
              )
              : <p>There is nothing left to export: what the log says of it stays public.</p>}
          </div>
        </section>
        <HowToVerify words={words} file={`${patientId}_${recordingId}.wavekeep.tar`} />
        <WhatItShows />
      </article>
    ),
  });
}

function Line({ name, text, standing, items = [] }: ProofLine): VNode {
  return (
    <div class={standing ?? ""}>
      <dt>{name}</dt>
      <dd>
        {text}
        {items.length > 0 && <ul>{items.map((item) => <li key={item}>{item}</li>)}</ul>}
      </dd>
    </div>
  );
}

function HowToVerify({ words: { logKey }, file }: { words: ProofWords; file: string }): VNode {
  return (
    <section class="card" aria-labelledby="verify">
      <h2 id="verify">How anybody verifies it</h2>
      <div class="card-body">
        <p>Without an account, a network or this service, on any computer with Wavekeep:</p>
        <ol>
          <li>
            Get the log's public key from somewhere else than this page and the file: the site's
            publication, a contract, a colleague.{" "}
            {logKey === undefined ? "There is none before the log has been signed." : (
              <>
                Its line begins with{" "}
                <code class="log-key">{logKey}</code>; if the published one begins otherwise, do not
                go on.
              </>
            )}
          </li>
          <li>
            Run one command (how to come by <code>wavekeep-verify.js</code>{" "}
            stands in the guide; not from who gave you the file):
            <pre
              tabIndex={0}
              aria-label="Command"
            ><code>{`deno run --allow-read wavekeep-verify.js ${file} --log-key '${logKey ?? "origin+id"}+…'`}</code></pre>
          </li>
          <li>
            Read the verdict:{" "}
            <strong>sound</strong>, or every chunk and second that differs, is missing or was
            erased. If you kept a checkpoint of an earlier file, add{" "}
            <code>--checkpoint</code>: it shows whether the log was rolled back.
          </li>
        </ol>
        <p class="muted">
          The whole guide is{" "}
          <code>core/how_to/verify_an_export.md</code>; other tools can check the same file by{" "}
          <code>core/proof/FORMAT.md</code>.
        </p>
      </div>
    </section>
  );
}

function WhatItShows(): VNode {
  return (
    <section class="card" aria-labelledby="shows">
      <h2 id="shows">What this shows, and what it does not</h2>
      <div class="card-body proof-claims">
        <div>
          <h3>A sound export shows</h3>
          <ul>
            <li>Every sample, its time and its scale are those the service acknowledged.</li>
            <li>Where the device signs: they are those the device signed.</li>
            <li>Which patient's and recording's codes they belong to.</li>
            <li>Every version of every mark and review, who made it and when.</li>
            <li>
              Nothing within a segment was left out, moved or re-dated, also by an administrator.
            </li>
            <li>What was erased, and when.</li>
          </ul>
        </div>
        <div>
          <h3>It does not show</h3>
          <ul>
            <li>Who wore the device, and whether the electrodes were where the labels say.</li>
            <li>What happened before the device signed or, without a signature, before arrival.</li>
            <li>That clocks were right: times are the device's and the server's.</li>
            <li>That no whole segment was left out of the file; the public log has it counted.</li>
            <li>Without witnesses: that this site shows the same log to everybody.</li>
            <li>
              That the counts above are right: they are this service's own word. The export is the
              proof.
            </li>
          </ul>
        </div>
      </div>
    </section>
  );
}
