import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { effectivePolicy } from "../../src/approvals/effective.ts";
import { limitsIn, unknownLimits } from "../../src/approvals/import-limits.ts";
import {
  type OtherLimits,
  importedPolicy,
  saysNothing,
} from "../../src/approvals/import-policy.ts";
import { askModes, parsePolicy, securityLevels } from "../../src/approvals/policy.ts";
import { holds, seed } from "../fakes/property.ts";

const noLimits: OtherLimits = { everywhere: {}, agents: {} };

/** What applies to an agent in short: security, ask. */
function applies(file: object, agent = "main"): string {
  const parsed = parsePolicy(file);
  if (!parsed.ok) throw new Error(parsed.problem);
  const { security, ask } = effectivePolicy(parsed.policy, agent);
  return `${security.value} ${ask.value}`;
}

function imported(
  content: object,
  limits: OtherLimits = noLimits,
  unset: "allowlist" | "deny" = "allowlist",
) {
  return importedPolicy({ version: 1, ...content }, unset, limits).file;
}

describe("importedPolicy", () => {
  test.each<[string, object, OtherLimits, string]>([
    ["what is unset is not opened", { agents: { main: {} } }, noLimits, "allowlist on-miss"],
    ["what is said is said", { defaults: { security: "full", ask: "off" } }, noLimits, "full off"],
    ["an agent's own word", { agents: { main: { security: "full" } } }, noLimits, "full on-miss"],
    [
      "the old name of main",
      { agents: { default: { security: "full" } } },
      noLimits,
      "full on-miss",
    ],
    ["that of every agent", { agents: { "*": { security: "deny" } } }, noLimits, "deny on-miss"],
    [
      "a stricter configuration",
      { defaults: { security: "full", ask: "off" } },
      { everywhere: { security: "deny", ask: "always" }, agents: {} },
      "deny always",
    ],
    [
      "a more open configuration opens nothing",
      { defaults: { security: "deny", ask: "always" } },
      { everywhere: { security: "full", ask: "off" }, agents: {} },
      "deny always",
    ],
    [
      "a stricter configuration of an agent that says more itself",
      { agents: { main: { security: "full", ask: "off" } } },
      { everywhere: {}, agents: { main: { security: "allowlist", ask: "on-miss" } } },
      "allowlist on-miss",
    ],
    [
      "and under its old name",
      { agents: { default: { security: "full", ask: "off" } } },
      { everywhere: {}, agents: { main: { security: "deny" } } },
      "deny off",
    ],
    [
      "of an agent that the file does not name",
      { defaults: { security: "full" } },
      { everywhere: {}, agents: { main: { security: "deny" } } },
      "deny on-miss",
    ],
    [
      "of an agent that inherits something stricter",
      { defaults: { security: "full" }, agents: { "*": { security: "deny" } } },
      { everywhere: {}, agents: { main: { security: "allowlist" } } },
      "deny on-miss",
    ],
    [
      "a word that nobody knows",
      { defaults: { security: "open", ask: "no" } },
      noLimits,
      "deny always",
    ],
    ["what cannot be read", { defaults: { security: "full" } }, unknownLimits, "allowlist on-miss"],
  ])("%s", (_what, content, limits, wanted) => {
    expect(applies(imported(content, limits))).toBe(wanted);
  });

  test("names every default, so that no later version of either program changes what counts", () => {
    const file = imported({ agents: { main: { allowlist: [{ pattern: "/usr/bin/git" }] } } });
    expect(file).toEqual({
      version: 1,
      defaults: {
        security: "allowlist",
        ask: "on-miss",
        askFallback: "deny",
        autoAllowSkills: false,
      },
      agents: { main: { allowlist: [{ pattern: "/usr/bin/git" }] } },
    });
  });

  test("January denied everything that nobody had allowed", () => {
    const content = { agents: { main: { allowlist: [{ pattern: "*" }] } } };
    expect(applies(imported(content, noLimits, "deny"))).toBe("deny on-miss");
  });

  test("leaves the other program's socket and its token where they are", () => {
    const file = imported({ socket: { path: "/x", token: "secret" }, agents: { a: {} } });
    expect(JSON.stringify(file)).not.toContain("secret");
  });

  test("counts the entries that this program reads as never matching", () => {
    const allowlist = [{ pattern: "/bin/a", argPattern: "^x$" }, { pattern: "/bin/b" }, "odd"];
    const { conditional } = importedPolicy({ agents: { a: { allowlist } } }, "deny", noLimits);
    expect(conditional).toBe(1);
  });

  test(`opens no agent beyond what was said there, whatever the limits (seed ${seed})`, () => {
    const words = fc.record(
      { security: fc.constantFrom(...securityLevels), ask: fc.constantFrom(...askModes) },
      { requiredKeys: [] },
    );
    const named = fc.dictionary(fc.constantFrom("main", "default", "*", "other"), words);
    const openness = (text: string): number[] => {
      const [security, ask] = text.split(" ");
      return [
        securityLevels.findIndex((w) => w === security),
        -askModes.findIndex((w) => w === ask),
      ];
    };
    holds(
      fc.property(words, named, words, named, (defaults, agents, everywhere, limited) => {
        const before = { version: 1, defaults, agents };
        const after = imported({ defaults, agents }, { everywhere, agents: limited });
        for (const agent of ["main", "other", "third"]) {
          const [security = 0, ask = 0] = openness(applies(after, agent));
          const [wasSecurity = 0, wasAsk = 0] = openness(applies(before, agent));
          expect(security).toBeLessThanOrEqual(wasSecurity);
          expect(ask).toBeLessThanOrEqual(wasAsk);
          const limit = { ...everywhere, ...limited[agent] };
          if (limit.security !== undefined && limited[agent]?.security === limit.security) {
            expect(security).toBeLessThanOrEqual(securityLevels.indexOf(limit.security));
          }
        }
      }),
      2000,
    );
  });
});

describe("saysNothing", () => {
  test.each<[object, boolean]>([
    [{}, true],
    [{ version: 1, socket: { token: "x" }, defaults: {}, agents: {} }, true],
    [{ defaults: { security: "full" } }, false],
    [{ defaults: { autoAllowSkills: false } }, false],
    [{ agents: { main: {} } }, false],
    [{ defaults: "odd", agents: [] }, true],
  ])("%j: %p", (file, nothing) => expect(saysNothing(file as any)).toBe(nothing));
});

describe("limitsIn", () => {
  test("reads what holds everywhere, and for agents", () => {
    const configuration = {
      tools: { exec: { host: "node", security: "allowlist", ask: "off" } },
      agents: {
        list: [
          { id: "a", tools: { exec: { security: "deny" } } },
          { id: "b" },
          { tools: { exec: { security: "deny" } } },
          "odd",
        ],
      },
    };
    expect(limitsIn(configuration)).toEqual({
      everywhere: { security: "allowlist", ask: "off" },
      agents: { a: { security: "deny" } },
    });
  });

  test.each([
    [undefined],
    [null],
    ["text"],
    [[]],
    [{}],
    [{ tools: null }],
    [{ agents: { list: {} } }],
  ])("%j limits nothing", (configuration: unknown) =>
    expect(limitsIn(configuration)).toEqual({ everywhere: {}, agents: {} }),
  );

  test("a word that nobody knows is read as the strictest", () => {
    const odd = { tools: { exec: { security: "auto", ask: 5 } } };
    expect(limitsIn(odd).everywhere).toEqual({ security: "deny", ask: "always" });
  });
});
