import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { Redactor } from "../../src/lib/redact.ts";
import { holds } from "../fakes/property.ts";

function redact(secrets: readonly (string | undefined)[], text: string): string {
  const redactor = new Redactor();
  for (const secret of secrets) redactor.add(secret);
  return redactor.apply(text);
}

describe("Redactor", () => {
  test.each<[string, (string | undefined)[], string, string]>([
    ["a secret", ["hunter22"], "token hunter22 refused", "token [redacted] refused"],
    ["every copy of it", ["hunter22"], "hunter22hunter22", "[redacted][redacted]"],
    [
      "a secret with a meaning in patterns",
      ["a.c*(d$&"],
      "x a.c*(d$& y abcd",
      "x [redacted] y abcd",
    ],
    ["a secret with a meaning in replacements", ["$&$1$$ab"], "<$&$1$$ab>", "<[redacted]>"],
    ["the longer of two that begin alike", ["secret", "secret-2026"], "secret-2026", "[redacted]"],
    ["the longer one, added first", ["secret-2026", "secret"], "secret-2026", "[redacted]"],
    ["a secret inside another", ["ecret-", "secret-2026"], "secret-2026", "[redacted]"],
    ["both of two", ["first-one", "second-one"], "second-one first-one", "[redacted] [redacted]"],
    ["nothing that was not given", [undefined], "undefined", "undefined"],
    ["nothing for an empty secret", [""], "abc", "abc"],
    ["nothing for one so short that logs would suffer", ["yes"], "yes, eyes", "yes, eyes"],
    ["nothing without any secret", [], "token", "token"],
  ])("hides %s", (_what, secrets, text, shown) => {
    expect(redact(secrets, text)).toBe(shown);
  });

  test("leaves no secret whole or in part, in whatever order they became known", () => {
    const secret = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 6, maxLength: 12 });
    holds(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 4 }), fc.nat(3), (secrets, pick) => {
        const told = secrets[pick % secrets.length] ?? "";
        expect(redact(secrets, `<${told}>`)).toBe("<[redacted]>");
      }),
    );
  });
});
