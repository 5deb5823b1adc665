/** AssemblyScript. What the kernel exports. */

export { decode } from "./decode";
export { encodeResiduals } from "./encode_residuals";
export { findExtremes, predict } from "./predict";
export { autocorrelate, covary, whiten } from "./learn";
export { scanRows } from "./scan";
