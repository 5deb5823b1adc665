/**
 * The dialogs of proof and link; what they show is fetched after the first page.
 *
 * @module
 */

import type { VNode } from "preact";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import type { RendererHost } from "../../../signal/renderer/renderer_host.ts";
import type { Ideas } from "../(_islands)/use_ideas.ts";
import { Dialog } from "./Dialog.tsx";
import { Later } from "./Later.tsx";

/** What the dialogs need. */
export interface IdeasDialogsProps {
  readonly ideas: Ideas;
  readonly recording: RecordingModel;
  readonly host: RendererHost | undefined;
}

/** The dialogs. */
export function IdeasDialogs({ ideas, recording, host }: IdeasDialogsProps): VNode {
  const { dialog, close, drawn, evidence, source } = ideas;
  const screen = dialog === "prove"
    ? document.querySelector<HTMLCanvasElement>("canvas.page")
    : null;
  return (
    <>
      <Dialog title="Prove this page" isOpen={dialog === "prove"} onClose={close}>
        {drawn.current !== undefined && host !== undefined && screen !== null && (
          <Later
            part="ProofView"
            props={{ drawn: drawn.current, host, screen, recording, source: source.current! }}
          />
        )}
      </Dialog>
      <Dialog title="Link to exactly this page" isOpen={dialog === "link"} onClose={close}>
        <Later part="LinkView" props={{ link: evidence.link }} />
      </Dialog>
    </>
  );
}
