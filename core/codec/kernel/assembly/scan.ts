/**
 * AssemblyScript. Least and greatest of samples that are in the kernel's memory already, four at a time.
 */

/**
 * Of each row of samples, three numbers to `output`: least, greatest, and 1 when four samples from an index
 * that four divides are equal and are one of these two, else 0. A row has at least one sample; what lies behind a row is not looked at.
 */
export function scanRows(samples: usize, rowCount: u32, sampleCount: u32, output: usize): void {
  const vectorBytes = usize(sampleCount >> 2) << 4;
  for (let row: u32 = 0; row < rowCount; row++) {
    const end = samples + 4 * usize(sampleCount);
    const vectorsEnd = samples + vectorBytes;
    let least = v128.load32_splat(samples);
    let greatest = least;
    let hasRun = false;
    let leastRun = least;
    let greatestRun = least;
    let at = samples;
    for (; at < vectorsEnd; at += 16) {
      const four = v128.load(at);
      least = i32x4.min_s(least, four);
      greatest = i32x4.max_s(greatest, four);
      const turned = i8x16.shuffle(four, four, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3);
      if (!v128.any_true(v128.xor(four, turned))) {
        leastRun = hasRun ? i32x4.min_s(leastRun, four) : four;
        greatestRun = hasRun ? i32x4.max_s(greatestRun, four) : four;
        hasRun = true;
      }
    }
    for (; at < end; at += 4) {
      const one = v128.load32_splat(at);
      least = i32x4.min_s(least, one);
      greatest = i32x4.max_s(greatest, one);
    }
    let low = min<i32>(i32x4.extract_lane(least, 0), i32x4.extract_lane(least, 1));
    low = min<i32>(low, min<i32>(i32x4.extract_lane(least, 2), i32x4.extract_lane(least, 3)));
    let high = max<i32>(i32x4.extract_lane(greatest, 0), i32x4.extract_lane(greatest, 1));
    high = max<i32>(high, max<i32>(i32x4.extract_lane(greatest, 2), i32x4.extract_lane(greatest, 3)));
    store<i32>(output, low);
    store<i32>(output, high, 4);
    const isAtExtreme = i32x4.extract_lane(leastRun, 0) == low || i32x4.extract_lane(greatestRun, 0) == high;
    store<i32>(output, hasRun && isAtExtreme ? 1 : 0, 8);
    output += 12;
    samples = end;
  }
}
