import { describe, expect, test } from "bun:test";
import { effectivePolicy } from "../../src/approvals/effective.ts";
import { type Policy, emptyPolicy, parsePolicy } from "../../src/approvals/policy.ts";

function parse(file: Record<string, unknown>): Policy {
  const parsed = parsePolicy({ version: 1, ...file });
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.policy;
}

const patterns = (policy: Policy, agent: string): string[] | undefined =>
  policy.agents.get(agent)?.allowlist.map(({ pattern }) => pattern);

describe("parsePolicy", () => {
  test.each<[string, unknown, string]>([
    ["null", null, "it is not a JSON object"],
    ["a list", [], "it is not a JSON object"],
    ["a text", "full", "it is not a JSON object"],
    ["nothing in it", {}, `"version" is missing, 1 is wanted`],
    ["a later version", { version: 2 }, `"version" is 2, 1 is wanted`],
    ["a version that is a text", { version: "1" }, `"version" is "1", 1 is wanted`],
    ["a version that is null", { version: null }, `"version" is null, 1 is wanted`],
    ["defaults that are a list", { version: 1, defaults: [] }, `"defaults" is not an object`],
    ["defaults that are a text", { version: 1, defaults: "deny" }, `"defaults" is not an object`],
    ["agents that are a list", { version: 1, agents: [{}] }, `"agents" is not an object`],
    [
      "an agent that is null",
      { version: 1, agents: { main: null } },
      `"agents.main" is not an object`,
    ],
    [
      "an agent that is a text",
      { version: 1, agents: { "*": "full" } },
      `"agents.*" is not an object`,
    ],
    [
      "an agent that is a list",
      { version: 1, agents: { a: {}, b: [] } },
      `"agents.b" is not an object`,
    ],
  ])("%s cannot be used at all", (_case, file, problem) => {
    expect(parsePolicy(file)).toEqual({ ok: false, problem });
  });

  test.each<[string, Record<string, unknown>]>([
    ["the least", {}],
    ["nulls for what is absent", { defaults: null, agents: null, socket: null }],
    [
      "all settings",
      { defaults: { security: "full", ask: "off", askFallback: "deny", autoAllowSkills: true } },
    ],
    [
      "what the reference writes",
      {
        socket: { path: "/x", token: "t" },
        agents: { main: { allowlist: [{ id: "1", pattern: "/x", lastUsedAt: 1 }] } },
      },
    ],
    [
      "null settings",
      { agents: { main: { security: null, ask: null, autoAllowSkills: null, allowlist: null } } },
    ],
    ["what later gateways keep there", { agents: { main: { mcpTools: [] } } }],
  ])("%s is understood", (_case, file) => {
    expect(parse(file).problems).toEqual([]);
  });

  test("settings are read as they are written", () => {
    const settings = {
      security: "allowlist",
      ask: "always",
      askFallback: "full",
      autoAllowSkills: false,
    };
    const { defaults, agents } = parse({ defaults: settings, agents: { ops: settings } });
    expect(defaults as unknown).toEqual(settings);
    expect(agents.get("ops") as unknown).toEqual({ ...settings, allowlist: [] });
  });

  test.each<[string, unknown, unknown]>([
    ["security", "ful", "deny"],
    ["security", "FULL", "deny"],
    ["security", " full", "deny"],
    ["security", true, "deny"],
    ["security", { value: "full" }, "deny"],
    ["security", "", "deny"],
    ["security", "constructor", "deny"],
    ["ask", "never", "always"],
    ["ask", 0, "always"],
    ["ask", ["off"], "always"],
    ["askFallback", "allow", "deny"],
    ["autoAllowSkills", "true", false],
    ["autoAllowSkills", 1, false],
  ])("%s %j is read as the strictest, and told", (key, value, strictest) => {
    for (const at of ["defaults", "agents.main"]) {
      const policy = parse(
        at === "defaults" ? { defaults: { [key]: value } } : { agents: { main: { [key]: value } } },
      );
      const settings: any = at === "defaults" ? policy.defaults : policy.agents.get("main");
      expect(settings[key]).toBe(strictest);
      expect(policy.problems).toHaveLength(1);
      expect(policy.problems[0]).toStartWith(
        `${at}.${key} is ${JSON.stringify(value)}, wanted is `,
      );
    }
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["at the top", { default: {} }, "default"],
    ["in the defaults", { defaults: { Security: "full" } }, "defaults.Security"],
    ["in an agent", { agents: { main: { allowList: ["*"] } } }, "agents.main.allowList"],
    ["an allowlist in the defaults", { defaults: { allowlist: ["*"] } }, "defaults.allowlist"],
    [
      "the prototype",
      JSON.parse('{"defaults":{"__proto__":{"security":"full"}}}'),
      "defaults.__proto__",
    ],
  ])("a key without meaning is told and has no effect: %s", (_case, file, path) => {
    const policy = parse(file);
    expect(policy.problems).toEqual([`${path} is not a setting; it has no effect`]);
    const { security, allowlist } = effectivePolicy(policy, "main");
    expect([security.value, allowlist]).toEqual(["allowlist", []]);
  });

  test.each<[string, unknown, string[], number]>([
    [
      "entries as the reference writes them",
      [{ pattern: "/bin/a" }, { id: "x", pattern: "~/b" }],
      ["/bin/a", "~/b"],
      0,
    ],
    ["entries that are plain texts", ["/bin/a", "git"], ["/bin/a", "git"], 0],
    ["blanks around", [" /bin/a ", { pattern: "\t/bin/b\n" }], ["/bin/a", "/bin/b"], 0],
    [
      "no pattern",
      [{}, { pattern: "" }, { pattern: "  " }, "", null, 5, { pattern: 5 }, [], true],
      [],
      9,
    ],
    ["a good one among bad ones", [{}, "/bin/a", null], ["/bin/a"], 2],
    [
      "conditions on arguments",
      [
        { pattern: "/bin/a", argPattern: "^-l$" },
        { pattern: "/bin/b", argPattern: `sha256:cwd-argv:v1:${"0".repeat(64)}` },
        { pattern: "/bin/c", argPattern: "" },
      ],
      ["/bin/a", "/bin/b", "/bin/c"],
      0,
    ],
    [
      "conditions on arguments that are not understood",
      [
        { pattern: "/bin/a", argPattern: "(a)\\1" },
        { pattern: "/bin/a", argPattern: "(a" },
        { pattern: "/bin/a", argPattern: null },
        { pattern: "/bin/a", argPattern: 5 },
        { pattern: "/bin/a", argPattern: ["-l"] },
        { pattern: "/bin/a", argPattern: "a".repeat(1_000_000) },
        { pattern: "/bin/a", argPattern: `sha256:argv:${"0".repeat(64)}` },
        { pattern: "/bin/a", argPattern: "sha256:cwd-argv:v1:" },
        { pattern: "/bin/a", argPattern: `sha256:cwd-argv:v1:${"A".repeat(64)}` },
      ],
      [],
      9,
    ],
    [
      "what OpenClaw approved for good, in one directory",
      [
        {
          id: "1",
          pattern: "/bin/a",
          source: "allow-always",
          argPattern: `sha256:cwd-argv:v1:${"0".repeat(64)}`,
          lastUsedAt: 1,
        },
        { id: "2", pattern: "=node-command:0123456789abcdef", source: "allow-always" },
        { id: "3", pattern: "=command:git status" },
      ],
      ["/bin/a"],
      0,
    ],
    [
      "what OpenClaw counts no more",
      [
        { pattern: "/bin/a", source: "allow-always" },
        { pattern: "/bin/a", source: "allow-always", argPattern: "" },
        { pattern: "/bin/a", source: "allow-always", argPattern: "^-l$" },
        { pattern: "*", source: "allow-always" },
      ],
      [],
      4,
    ],
    [
      "another source, or none as Clawdbot wrote it",
      [
        { pattern: "/bin/a", source: "mine" },
        { id: "1", pattern: "/bin/b", lastUsedAt: 1 },
      ],
      ["/bin/a", "/bin/b"],
      0,
    ],
    [
      "more states than are matched in good time",
      Array.from({ length: 5 }, () => ({ pattern: "/bin/a", argPattern: "a{1000}" })),
      Array.from({ length: 4 }, () => "/bin/a"),
      1,
    ],
    ["a text instead of a list", "*", [], 1],
    ["an object instead of a list", { 0: "*" }, [], 1],
  ])("an allowlist with %s", (_case, allowlist, wanted, problems) => {
    const policy = parse({ agents: { main: { allowlist } } });
    expect(patterns(policy, "main")).toEqual(wanted);
    expect(policy.problems).toHaveLength(problems);
  });

  test("what is wrong with an entry is told with its place", () => {
    const allowlist = ["/bin/a", { pattern: "/bin/b", argPattern: "a(?=b)" }];
    expect(parse({ agents: { main: { allowlist } } }).problems).toEqual([
      "agents.main.allowlist[1] cannot be used: its argPattern is not supported: it looks ahead or behind; ignored",
    ]);
  });

  describe("the older name of the main agent", () => {
    test("means main", () => {
      const policy = parse({ agents: { default: { security: "full", allowlist: ["/a"] } } });
      expect([...policy.agents.keys()]).toEqual(["main"]);
      expect(effectivePolicy(policy, undefined)).toMatchObject({
        agent: "main",
        security: { value: "full", source: "agents.main" },
      });
    });

    test("main's own values win, its patterns come first", () => {
      const { agents } = parse({
        agents: {
          default: { security: "full", ask: "off", allowlist: ["/a", "/b"] },
          main: { security: "deny", allowlist: ["/c"] },
        },
      });
      expect(agents.get("main") as unknown).toEqual({
        security: "deny",
        ask: "off",
        allowlist: [{ pattern: "/c" }, { pattern: "/a" }, { pattern: "/b" }],
      });
    });

    test("a value of main that is not understood still closes", () => {
      const { agents } = parse({
        agents: { default: { security: "full" }, main: { security: "?" } },
      });
      expect(agents.get("main")?.security).toBe("deny");
    });
  });
});

describe("effectivePolicy", () => {
  test("an untouched machine is allowlist, on-miss, deny, with nothing on the list", () => {
    expect(effectivePolicy(emptyPolicy, undefined)).toEqual({
      agent: "main",
      security: { value: "allowlist", source: "built-in" },
      ask: { value: "on-miss", source: "built-in" },
      askFallback: { value: "deny", source: "built-in" },
      autoAllowSkills: { value: false, source: "built-in" },
      allowlist: [],
      deny: [],
    });
  });

  const layered = parse({
    defaults: { security: "deny", ask: "always", askFallback: "full", autoAllowSkills: true },
    agents: {
      "*": { ask: "off", autoAllowSkills: false, allowlist: ["/every"] },
      ops: { security: "full", allowlist: ["/ops"] },
      silent: {},
    },
  });

  test("every setting comes from the nearest place that has one, and says which", () => {
    expect(effectivePolicy(layered, "ops")).toEqual({
      agent: "ops",
      security: { value: "full", source: "agents.ops" },
      ask: { value: "off", source: "agents.*" },
      askFallback: { value: "full", source: "defaults" },
      deny: [],
      autoAllowSkills: { value: false, source: "agents.*" },
      allowlist: [{ pattern: "/every" }, { pattern: "/ops" }],
    });
  });

  test.each([["silent"], ["unheard-of"], ["__proto__"], ["constructor"], ["toString"]])(
    "agent %j has what every agent has",
    (agent) => {
      const { security, ask, allowlist } = effectivePolicy(layered, agent);
      expect([security, ask, allowlist] as unknown[]).toEqual([
        { value: "deny", source: "defaults" },
        { value: "off", source: "agents.*" },
        [{ pattern: "/every" }],
      ]);
    },
  );

  test("agent * is not counted twice", () => {
    expect(effectivePolicy(layered, "*").allowlist).toEqual([{ pattern: "/every" }]);
  });

  test("an agent's name counts exactly", () => {
    for (const agent of ["Ops", "ops ", "op"]) {
      expect(effectivePolicy(layered, agent).security.value).toBe("deny");
    }
  });

  test("an agent named as the prototype is one of its own", () => {
    const policy = parse(JSON.parse('{"agents":{"__proto__":{"security":"full"}}}'));
    expect(effectivePolicy(policy, "__proto__").security.value).toBe("full");
    expect(effectivePolicy(policy, "main").security.value).toBe("allowlist");
  });
});
