/**
 * Layer 0. Nominal types over plain values.
 *
 * Sole owner of the branding trick. A brand exists only for the compiler: at run time the value is the
 * plain string or number, so a brand proves nothing about bytes that came from outside.
 *
 * @module
 */

declare const brand: unique symbol;

/** A `Base` that the compiler keeps apart from every other `Base`. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };
