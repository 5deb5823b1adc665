/**
 * Who and what is on screen: patient pseudonym, recording, start, length, live or recorded.
 *
 * @module
 */

import type { VNode } from "preact";
import { AccountMenu, type AccountMenuProps } from "../../../components/AccountMenu.tsx";
import { Brand, DemoNote } from "../../../components/Brand.tsx";
import { lengthText } from "../../../signal/clock_text.ts";
import type { LiveState } from "../../../signal/live_status.ts";
import type { RecordingModel } from "../../../signal/recording_model.ts";

/** What the banner needs. */
export interface RecordingBannerProps extends AccountMenuProps {
  readonly model: RecordingModel;
  readonly live: LiveState;
}

/** The banner, which is the top bar of the page. */
export function RecordingBanner({ model, live, ...account }: RecordingBannerProps): VNode {
  const { startedAt } = model;
  return (
    <header class="topbar banner">
      <Brand />
      <h1>
        <span class="banner-label">Patient</span> <span class="patient">{model.patientId}</span>
        <span class="banner-label">Recording</span> <span>{model.recordingId}</span>
      </h1>
      <p class="banner-facts">
        <span>
          {startedAt === null
            ? "Start not known"
            : `${startedAt.civil.replace("T", " ")} (${startedAt.zone ?? "zone unknown"})`}
        </span>
        <span>{lengthText(model.durationSeconds)}</span>
        <span>{model.rows.length} channels</span>
        <span class={`live-state ${live.kind}`} role="status">
          <span class="dot" aria-hidden="true" />
          {live.text}
        </span>
      </p>
      {account.reader?.isDemo && <DemoNote />}
      <AccountMenu {...account} />
    </header>
  );
}
