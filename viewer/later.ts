/**
 * Parts of the reading screen that its first page does without: one script of their own.
 *
 * Nothing but types may be imported out of the files named here by what the first page needs, or they are
 * part of the first script again. What a reader types into the moment it opens (palette, editor of a mark) is
 * not here: letters typed before it came would be commands.
 *
 * @module
 */

export { readAssessed } from "./api/read_assessed.ts";
export { createTrendClient } from "./api/trend_client.ts";
export { CalibrationForm } from "./routes/recordings/(_components)/CalibrationForm.tsx";
export { DaysPanel } from "./routes/recordings/(_components)/DaysPanel.tsx";
export { keepLedger } from "./viewings/keep_ledger.ts";
export { KeySheet } from "./routes/recordings/(_components)/KeySheet.tsx";
export { LinkView } from "./routes/recordings/(_components)/LinkView.tsx";
export { MontageForm } from "./routes/recordings/(_components)/MontageForm.tsx";
export { OpenSecondPage } from "./routes/recordings/(_components)/OpenSecondPage.tsx";
export { PrintedSheet } from "./routes/recordings/(_components)/PrintedSheet.tsx";
export { PrintForm } from "./routes/recordings/(_components)/PrintForm.tsx";
export { ProofView } from "./routes/recordings/(_components)/ProofView.tsx";
export { RowMenu } from "./routes/recordings/(_components)/RowMenu.tsx";
export { readReviewed } from "./viewings/read_reviewed.ts";
export { WallView } from "./routes/recordings/(_components)/WallView.tsx";
export { SpectrogramPanel } from "./routes/recordings/(_components)/SpectrogramPanel.tsx";
