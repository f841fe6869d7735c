import { describe, expect, test } from "bun:test";
import { addPattern, removePattern } from "../../src/approvals/edit.ts";
import { parsePolicy } from "../../src/approvals/policy.ts";

const entry = { id: "new-id", addedAtMs: 5 };
const file = {
  version: 1,
  socket: { path: "/s", token: "t" },
  defaults: { security: "deny" },
  agents: {
    main: { ask: "off", allowlist: [{ id: "1", pattern: " /a ", lastUsedAt: 3 }, "/b"] },
    only: { allowlist: [{ pattern: "/c" }] },
  },
};
const before = JSON.stringify(file);

describe("addPattern", () => {
  test("appends an entry and keeps everything else", () => {
    const { file: after, changed } = addPattern(file, "main", "/new", entry);
    expect(changed).toBe(true);
    expect(after as unknown).toEqual({
      ...file,
      agents: {
        ...file.agents,
        main: {
          ask: "off",
          allowlist: [
            ...file.agents.main.allowlist,
            { id: "new-id", pattern: "/new", lastUsedAt: 5 },
          ],
        },
      },
    });
    expect(JSON.stringify(file)).toBe(before);
  });

  test("an entry for certain arguments is another one than that for all", () => {
    const argPattern = "^log$";
    const limited = addPattern(file, "only", "/c", { ...entry, argPattern }).file;
    expect(limited["agents"]).toMatchObject({
      only: {
        allowlist: [{ pattern: "/c" }, { id: "new-id", pattern: "/c", argPattern, lastUsedAt: 5 }],
      },
    });
    expect(addPattern(limited, "only", "/c", { ...entry, argPattern }).changed).toBe(false);
    const bare = { version: 1, agents: { a: { allowlist: [{ pattern: "/c", argPattern }] } } };
    expect(addPattern(bare, "a", "/c", entry).changed).toBe(true);
    const inactive = { allowlist: [{ pattern: "/c", source: "allow-always" }] };
    expect(addPattern({ version: 1, agents: { a: inactive } }, "a", "/c", entry).changed).toBe(
      true,
    );
  });

  test.each([["/a"], ["/b"]])("%s is there already", (pattern) => {
    expect(addPattern(file, "main", pattern, entry)).toEqual({ file, changed: false });
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["an empty file", {}, "main"],
    ["agents that are nonsense", { agents: 5 }, "main"],
    ["an allowlist that is nonsense", { agents: { main: { allowlist: "*" } } }, "main"],
    ["an agent that is nonsense", { agents: { main: null } }, "main"],
    ["an agent called like a method", {}, "constructor"],
    ["an agent called like the prototype", {}, "__proto__"],
  ])("%s gets a list with this one pattern", (_case, given, agent) => {
    const { file: after } = addPattern(given, agent, "/x", entry);
    const parsed = parsePolicy(JSON.parse(JSON.stringify(after)));
    if (!parsed.ok) throw new Error(parsed.problem);
    expect([...parsed.policy.agents]).toEqual([[agent, { allowlist: [{ pattern: "/x" }] }]]);
  });
});

describe("removePattern", () => {
  test("takes the entry off and keeps the agent's settings", () => {
    const { file: after } = removePattern(file, "main", "/a");
    expect((after["agents"] as any).main).toEqual({ ask: "off", allowlist: ["/b"] });
    const { file: empty } = removePattern(after, "main", "/b");
    expect((empty["agents"] as any).main).toEqual({ ask: "off" });
  });

  test("an agent that has nothing left goes", () => {
    const { file: after } = removePattern(file, "only", "/c");
    expect(Object.keys(after["agents"] as object)).toEqual(["main"]);
  });

  test.each([["/nothing"], ["/A"], ["*"], [""]])("%j is not there", (pattern) => {
    expect(removePattern(file, "main", pattern)).toEqual({ file, changed: false });
  });
});
