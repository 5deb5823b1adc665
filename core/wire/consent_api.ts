/**
 * Layer 5. What a patient allows, on the wire: care, research, and whether nothing may be erased.
 *
 * @see core/decisions/0045-consent-and-restriction.md
 * @module
 */

import * as z from "zod";
import { Code } from "../recording/mod.ts";

/** Whether those who treat a patient may look: `restricted` wants a broken glass of everybody. */
export const CareConsent = z.enum(["allowed", "restricted"]);
export type CareConsent = z.infer<typeof CareConsent>;

/** Whether de-identified views may be given; denied until somebody says otherwise. */
export const ResearchConsent = z.enum(["allowed", "denied"]);
export type ResearchConsent = z.infer<typeof ResearchConsent>;

/** `POST /patients/:patient_id/consent`: a new version. What is absent stays as it was. */
export const ConsentRequest = z.strictObject({
  care: CareConsent.optional(),
  research: ResearchConsent.optional(),
  /** Nothing of the patient is erased, neither by a rule nor on request, until it is taken back. */
  legal_hold: z.boolean().optional(),
  /** Why, for those who may change it. It is kept sealed, and goes with the patient. */
  reason: z.string().trim().min(1).max(500),
}).refine(
  ({ care, research, legal_hold: hold }) =>
    care !== undefined || research !== undefined || hold !== undefined,
  { error: "must say something of care, research or legal_hold" },
);
export type ConsentRequest = z.infer<typeof ConsentRequest>;

/** One version. */
export const ConsentVersion = z.object({
  /** 0: nobody has said anything. */
  version: z.int(),
  care: CareConsent,
  research: ResearchConsent,
  legal_hold: z.boolean(),
  /** Subject of the credential; null of version 0. */
  actor: z.string().nullable(),
  /** RFC 3339; null of version 0. */
  at: z.string().nullable(),
  /** Null for who may not change it, and where the key that it was sealed under is gone. */
  reason: z.string().nullable(),
});
export type ConsentVersion = z.infer<typeof ConsentVersion>;

/** `GET` and `POST /patients/:patient_id/consent`. */
export const ConsentResponse = z.object({
  patient_id: Code,
  current: ConsentVersion,
  /** The newest first. */
  versions: z.array(ConsentVersion),
});
export type ConsentResponse = z.infer<typeof ConsentResponse>;
