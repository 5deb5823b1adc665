/**
 * Layer 2. Names that travel: pseudonymous codes, binary ids and decimal times as JSON text.
 *
 * Sole owner of the accepted spelling of each. A patient code is the site's own pseudonym, never a
 * name or a record number.
 *
 * @module
 */

import * as z from "zod";

/** A site's pseudonymous code of a patient or a recording. */
export const Code = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, {
  error: "must be 1 to 64 characters of A-Z a-z 0-9 . _ -",
});

/** Sixteen bytes in lower-case hexadecimal: segment ids and client-chosen idempotency keys. */
export const Hex16 = z.string().regex(/^[0-9a-f]{32}$/, {
  error: "must be 32 lower-case hexadecimal digits",
});

/** A SHA-256 digest in lower-case hexadecimal. */
export const Hex32 = z.string().regex(/^[0-9a-f]{64}$/, {
  error: "must be 64 lower-case hexadecimal digits",
});

/** An exact time in seconds as decimal text; at most 15 whole and 40 fractional digits (1/2³² s is exact). */
export const DecimalSeconds = z.string().regex(/^[+-]?\d{1,15}(\.\d{1,40})?$/, {
  error: "must be decimal seconds such as 12.5",
});

/** The same, never negative. */
export const DecimalDuration = z.string().regex(/^\+?\d{1,15}(\.\d{1,40})?$/, {
  error: "must be non-negative decimal seconds such as 12.5",
});

/** Bytes in standard base64 with padding. */
export const Base64 = z.base64();

/** Civil time at the patient, without a zone: `2076-11-06T13:43:04`, up to 12 fractional digits. */
export const CivilText = z.string().regex(
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,12})?$/,
  { error: "must be a civil time such as 2076-11-06T13:43:04" },
);

/** Where a recording starts on the wall: civil time, and the IANA zone when it is known. */
export const CivilStart = z.strictObject({
  civil: CivilText,
  /** IANA zone name, or null: zone unknown. */
  zone: z.string().regex(/^[A-Za-z0-9_+\-/]{1,64}$/).nullable(),
});
export type CivilStart = z.infer<typeof CivilStart>;

/** An exact rate: samples per seconds, as decimal integers in text. */
export const RateText = z.strictObject({
  samples: z.string().regex(/^[1-9]\d{0,18}$/),
  seconds: z.string().regex(/^[1-9]\d{0,18}$/),
});
export type RateText = z.infer<typeof RateText>;

/** What is known of the clock that made the times of a segment. */
export const ClockStatus = z.enum(["unknown", "free-running", "disciplined", "zone-unknown"]);
export type ClockStatus = z.infer<typeof ClockStatus>;
