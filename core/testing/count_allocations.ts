/**
 * Testing. Bytes of typed arrays that a piece of code allocates.
 *
 * Hazard: replaces the global constructors while it runs; only for synchronous code.
 *
 * @module
 */

const COUNTED = [
  "Int8Array",
  "Uint8Array",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float32Array",
  "Float64Array",
] as const;

/** Runs it and adds up the bytes of the buffers that its typed arrays brought with them. */
export function countAllocatedBytes(run: () => void): number {
  let byteLength = 0;
  const originals = COUNTED.map((name) => [name, globalThis[name]] as const);
  const globals = globalThis as unknown as Record<string, unknown>;
  for (const [name, original] of originals) {
    const count = <Value extends { byteLength: number }>(array: Value): Value => {
      byteLength += array.byteLength;
      return array;
    };
    globals[name] = new Proxy(original, {
      construct(target, args, newTarget) {
        const array = Reflect.construct(target, args, newTarget);
        return args[0] instanceof ArrayBuffer ? array : count(array);
      },
      get(target, key) {
        if (key !== "from" && key !== "of") return Reflect.get(target, key);
        const make = Reflect.get(target, key) as (...args: unknown[]) => { byteLength: number };
        return (...args: unknown[]) => count(make.apply(target, args));
      },
    });
  }
  try {
    run();
  } finally {
    for (const [name, original] of originals) globals[name] = original;
  }
  return byteLength;
}
