// Property tests with a fixed seed: the same inputs in every run. PROPERTY_SEED=N tries others; a
// failure prints the seed, the path to the shrunk counterexample and the counterexample itself.
import * as fc from "fast-check";

export const seed = Number(process.env["PROPERTY_SEED"] ?? 20_260_124);

export function holds<T extends [unknown, ...unknown[]]>(
  property: fc.IProperty<T>,
  numRuns = 300,
): void {
  fc.assert(property, { seed, numRuns });
}

/** Any UTF-16, lone surrogates, control characters and names with a meaning to JavaScript included. */
export const anyText = fc.oneof(
  { weight: 5, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  { weight: 2, arbitrary: fc.string({ unit: "grapheme", maxLength: 40 }) },
  {
    weight: 3,
    arbitrary: fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
      .map((units) => String.fromCharCode(...units)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "__proto__",
      "constructor",
      "toString",
      "\u202e",
      "\u0000",
      "\ud800",
    ),
  },
);
