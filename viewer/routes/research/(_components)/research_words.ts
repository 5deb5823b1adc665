/**
 * Words and addresses of the researcher's pages.
 *
 * @module
 */

/** The page of a de-identified recording. */
export function researchPath(patientId: string, recordingId: string): string {
  return `/research/${encodeURIComponent(patientId)}/${encodeURIComponent(recordingId)}`;
}

/** `256 Hz`, or the ratio. */
export function rateText(rate: { readonly samples: string; readonly seconds: string }): string {
  return rate.seconds === "1" ? `${rate.samples} Hz` : `${rate.samples}/${rate.seconds} Hz`;
}
