/**
 * Parts of the reading screen that its first page does without: one script of their own.
 *
 * Nothing but types may be imported out of the files named here by what the first page needs, or they are
 * part of the first script again.
 *
 * @module
 */

export { createTrendClient } from "../../../api/trend_client.ts";
export { CalibrationForm } from "../(_components)/CalibrationForm.tsx";
export { DaysPanel } from "../(_components)/DaysPanel.tsx";
export { KeySheet } from "../(_components)/KeySheet.tsx";
export { MarkEditor } from "../(_components)/MarkEditor.tsx";
export { MontageForm } from "../(_components)/MontageForm.tsx";
export { OpenSecondPage } from "../(_components)/OpenSecondPage.tsx";
export { Palette } from "../(_components)/Palette.tsx";
export { PrintedSheet } from "../(_components)/PrintedSheet.tsx";
export { PrintForm } from "../(_components)/PrintForm.tsx";
export { RowMenu } from "../(_components)/RowMenu.tsx";
export { SpectrogramPanel } from "../(_components)/SpectrogramPanel.tsx";
