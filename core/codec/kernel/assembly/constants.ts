/**
 * AssemblyScript. Vectors of one number, in memory.
 *
 * An engine makes a vector constant anew at every use, in three instructions; a load from an address that
 * is known when compiling is one, without a check of bounds.
 */

const TABLE: usize = memory.data<u32>(
  [
    4095, 4095, 4095, 4095,
    508, 508, 508, 508,
    3, 3, 3, 3,
    44, 44, 44, 44,
    19, 19, 19, 19,
    63, 63, 63, 63,
    1, 1, 1, 1,
    43, 43, 43, 43,
    0xfffff, 0xfffff, 0xfffff, 0xfffff,
    10, 10, 10, 10,
    0x7f800000, 0x7f800000, 0x7f800000, 0x7f800000,
    0x5000000, 0x5000000, 0x5000000, 0x5000000,
    0x3f800000, 0x3f800000, 0x3f800000, 0x3f800000,
    0x4b000000, 0x4b000000, 0x4b000000, 0x4b000000,
    0x7fffff, 0x7fffff, 0x7fffff, 0x7fffff,
    0x04050607, 0x00010203, 0xffffffff, 0xffffffff,
    0x00010001, 0x00010001, 0x00010001, 0x00010001,
    0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
    0xffff, 0xffff, 0xffff, 0xffff,
  ],
  16,
);

@inline export function low12(): v128 { return v128.load(TABLE); }
/** Four times the bias of a float's exponent. */
@inline export function exponentBias(): v128 { return v128.load(TABLE, 16); }
@inline export function three(): v128 { return v128.load(TABLE, 32); }
@inline export function fortyFour(): v128 { return v128.load(TABLE, 48); }
@inline export function nineteen(): v128 { return v128.load(TABLE, 64); }
@inline export function escapes(): v128 { return v128.load(TABLE, 80); }
@inline export function one(): v128 { return v128.load(TABLE, 96); }
@inline export function fortyThree(): v128 { return v128.load(TABLE, 112); }
@inline export function magnitudeMax(): v128 { return v128.load(TABLE, 128); }
@inline export function ten(): v128 { return v128.load(TABLE, 144); }
@inline export function exponentMask(): v128 { return v128.load(TABLE, 160); }
/** What the exponent of a float falls by when it is divided by 2^10. */
@inline export function exponentTen(): v128 { return v128.load(TABLE, 176); }
@inline export function floatOne(): v128 { return v128.load(TABLE, 192); }
/** 2^23: added to a smaller whole float, it leaves that number in the low bits. */
@inline export function floatWhole(): v128 { return v128.load(TABLE, 208); }
@inline export function mantissaMask(): v128 { return v128.load(TABLE, 224); }
/** A shuffle that turns eight bytes round. */
@inline export function reversal(): v128 { return v128.load(TABLE, 240); }
@inline export function shortOne(): v128 { return v128.load(TABLE, 256); }
@inline export function shortMinusOne(): v128 { return v128.load(TABLE, 272); }
@inline export function lowHalves(): v128 { return v128.load(TABLE, 288); }
