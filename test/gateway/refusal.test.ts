import { describe, expect, test } from "bun:test";
import { closeReason, refusal } from "../../src/gateway/refusal.ts";

describe("closeReason", () => {
  const cases: [string, string, string][] = [
    ["keeps what fits", "pairing required", "pairing required"],
    ["cuts to 120 bytes", "x".repeat(200), "x".repeat(120)],
    ["never cuts a character", "ä".repeat(100), "ä".repeat(60)],
    ["nor one of two halves", `x${"😀".repeat(50)}`, `x${"😀".repeat(29)}`],
  ];
  test.each(cases)("%s", (_name, text, cut) => {
    expect(closeReason(text)).toBe(cut);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(120);
  });
});

test("refusal leaves details out that there are not", () => {
  expect(refusal("no")).toEqual({
    error: { code: "INVALID_REQUEST", message: "no" },
    closeCode: 1008,
    closeReason: "no",
    told: false,
  });
});
