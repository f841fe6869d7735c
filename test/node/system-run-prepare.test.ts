// Plans of OpenClaw: what is shown to an operator is what runs, once, or nothing does.
import { createHash } from "node:crypto";
import { chmodSync, renameSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";

import { pidsIn, until } from "../fakes/processes.ts";
import { Scratch } from "../fakes/scratch.ts";
import { type RunningNodeOptions, RunningNode } from "./running-node.ts";

const later = { protocol: 4, version: "2026.9.6" };
const guarded = { version: 1, agents: { main: { allowlist: ["/usr/bin/id"] } } };
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
/** As OpenClaw takes it; all of these texts are ASCII. */
const digest = (cwd: string, ...args: readonly string[]) => {
  const sized = (text: string) => `${text.length}\0${text}\0`;
  return `sha256:cwd-argv:v1:${sha256(`${sized(cwd)}${args.length}\0${args.map(sized).join("")}`)}`;
};
const open = { version: 1, defaults: { security: "full", ask: "off" } };

class Scene extends RunningNode {
  static async open(options: RunningNodeOptions = {}): Promise<Scene> {
    const scene = new Scene({ policy: guarded, gateway: later, ...options });
    scene.host.start();
    await scene.gateway.until(() => scene.gateway.connected);
    return scene;
  }

  async prepare(params: Record<string, unknown>): Promise<any> {
    const common = { agentId: "main", sessionKey: "agent:main:main", cwd: this.home };
    const { payload, result } = await this.gateway.invoke("system.run.prepare", {
      ...common,
      ...params,
    });
    return payload ?? result.error.message;
  }

  /** As the gateway sends it, once an operator has answered. */
  async approved(plan: any, more: Record<string, unknown> = {}): Promise<any> {
    const { payload, result, events } = await this.gateway.run({
      command: plan.argv,
      rawCommand: plan.commandText,
      systemRunPlan: plan,
      cwd: plan.cwd,
      agentId: plan.agentId,
      sessionKey: plan.sessionKey,
      runId: "r-1",
      approved: true,
      approvalDecision: "allow-once",
      ...more,
    });
    return payload ?? { ...result.error, reason: events[0]?.payload.reason };
  }
}

describe("system.run.prepare", () => {
  test("shows words with the program's path, the policy, and what would last", async () => {
    await using node = await Scene.open();
    expect(await node.prepare({ command: ["uname", "-s"] })).toEqual({
      plan: {
        argv: ["/usr/bin/uname", "-s"],
        cwd: node.home,
        commandText: "/usr/bin/uname -s",
        commandPreview: null,
        agentId: "main",
        sessionKey: "agent:main:main",
        mutableFileOperand: {
          argvIndex: 0,
          path: "/usr/bin/uname",
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
        policySnapshot: {
          security: "allowlist",
          ask: "on-miss",
          askFallback: "deny",
          autoAllowSkills: false,
          allowlistRules: [{ pattern: "/usr/bin/id" }],
        },
      },
      execPolicy: { security: "allowlist", ask: "on-miss" },
      allowAlwaysCoverage: {
        complete: true,
        patterns: [{ pattern: "/usr/bin/uname", argPattern: digest(node.home, "-s") }],
      },
    });
  });

  test("shows shell text as it is, with a preview", async () => {
    await using node = await Scene.open();
    const command = ["/bin/sh", "-lc", "uname -s | tr a-z A-Z"];
    const { plan } = await node.prepare({ command, rawCommand: command[2] });
    expect(plan).toMatchObject({
      argv: command,
      commandText: '/bin/sh -lc "uname -s | tr a-z A-Z"',
      commandPreview: "uname -s | tr a-z A-Z",
    });
    expect(plan).not.toHaveProperty("mutableFileOperand");
  });

  test("binds nothing where neither side would ask", async () => {
    await using node = await Scene.open({ policy: open });
    const command = ["/bin/sh", "-lc", 'for i in 1 2; do echo "$i"; done'];
    const free = await node.prepare({ command, security: "full", ask: "off" });
    expect(free.plan.argv).toEqual(command);
    expect(await node.prepare({ command })).toStartWith("SYSTEM_RUN_DENIED: approval cannot");
  });

  test("a directory that is a link is shown as what it leads to", async () => {
    await using node = await Scene.open();
    node.directory("home/real");
    const cwd = node.link("home/link", "real");
    expect((await node.prepare({ command: ["id"], cwd })).plan.cwd).toBe(node.at("home/real"));
  });

  test("shows, and runs in, what the gateway's name for a directory is mapped to", async () => {
    using machine = new Scratch();
    const to = machine.directory("srv/ws");
    // Mapped twice it would be this one.
    machine.directory("srv/ws/ws");
    const from = machine.at("srv");
    await using node = await Scene.open({ execution: { directories: [{ from, to }] } });
    const { plan } = await node.prepare({ command: ["pwd"], cwd: from });
    expect(plan.cwd).toBe(to);
    expect(await node.approved(plan)).toMatchObject({ stdout: `${to}\n` });
  });

  const interpreter =
    "SYSTEM_RUN_DENIED: approval cannot safely bind this interpreter/runtime command";
  const loading =
    "SYSTEM_RUN_DENIED: approval cannot safely bind runtime code-loading or cwd options";
  const rows: readonly [string, Record<string, unknown>, string][] = [
    ["no words", { command: [] }, "command required"],
    [
      "another text than the words",
      { command: ["id"], rawCommand: "id -u" },
      "rawCommand does not match command",
    ],
    [
      "a missing directory",
      { command: ["id"], cwd: "/no/such" },
      "SYSTEM_RUN_DENIED: working directory does not exist or is inaccessible",
    ],
    [
      "a program that is not there",
      { command: ["no-such-program"] },
      "SYSTEM_RUN_DENIED: approval requires a stable executable path",
    ],
    [
      "a dangerous variable",
      { command: ["id"], env: { LD_PRELOAD: "/x" } },
      "SYSTEM_RUN_DENIED: environment override rejected",
    ],
    [
      "shell text that is not understood",
      { command: ["/bin/sh", "-lc", "id $(uname)"] },
      interpreter,
    ],
    ["shell text of another shell", { command: ["./zsh", "-c", "id"] }, loading],
    ["a module", { command: ["python3", "-m", "http.server"] }, loading],
    ["a program behind another", { command: ["env", "-i", "id"] }, interpreter],
    ["a script that is not there", { command: ["sh", "no-such.sh"] }, interpreter],
    ["a script that is a directory", { command: ["sh", "."] }, interpreter],
    ["a module behind a wrapper", { command: ["timeout", "9", "python3", "-m", "x"] }, loading],
    ["a script that xargs names", { command: ["xargs", "perl"] }, loading],
    [
      "a script without an end",
      { command: ["sed", "-f", "/proc/self/pagemap"] },
      "SYSTEM_RUN_DENIED: approval requires a stable executable path",
    ],
    [
      "a script without a size",
      { command: ["sed", "-f", "/proc/self/cmdline"] },
      "SYSTEM_RUN_DENIED: approval requires a stable executable path",
    ],
    ["two scripts", { command: ["/bin/sh", "-lc", "sed -f a.sed x | sed -f b.sed"] }, interpreter],
  ];
  for (const [name, params, message] of rows) {
    test(`refuses ${name}`, async () => {
      await using node = await Scene.open();
      // Not every machine has one.
      writeFileSync(node.at("home/zsh"), "#!/bin/sh\n", { mode: 0o755 });
      expect(await node.prepare(params)).toStartWith(message);
    });
  }
});

describe("a run that an operator approved", () => {
  test("runs, once", async () => {
    await using node = await Scene.open();
    const { plan } = await node.prepare({ command: ["/bin/sh", "-lc", "uname -s"] });
    expect(await node.approved(plan)).toMatchObject({ exitCode: 0, stdout: "Linux\n" });
    expect(await node.approved(plan)).toMatchObject({
      code: "SYSTEM_RUN_DENIED",
      message: expect.stringContaining("execution plan is not known"),
      reason: "execution-plan-miss",
    });
  });

  describe("for good", () => {
    const always = { approvalDecision: "allow-always" };
    const entries = (node: Scene) => node.json("home/exec-approvals.json").agents.main.allowlist;
    const runs = async (node: Scene, more: Record<string, unknown>) =>
      (await node.gateway.run({ agentId: "main", cwd: node.home, ...more })).result.ok;

    test("is on the list as just this command, in just this directory", async () => {
      await using node = await Scene.open();
      const { plan, allowAlwaysCoverage } = await node.prepare({ command: ["uname", "-s"] });
      expect(await node.approved(plan, always)).toMatchObject({ exitCode: 0 });
      const entry = { id: expect.any(String), lastUsedAt: expect.any(Number) };
      const source = "allow-always";
      const argPattern = digest(node.home, "-s");
      expect(entries(node)).toEqual([
        "/usr/bin/id",
        { ...entry, pattern: "/usr/bin/uname", argPattern, source },
        { ...entry, pattern: `=node-command:${sha256("/usr/bin/uname -s").slice(0, 16)}`, source },
      ]);
      expect(await runs(node, { command: ["uname", "-s"] })).toBe(true);
      expect(await runs(node, { command: ["uname", "-a"] })).toBe(false);
      expect(await runs(node, { command: ["uname", "-s"], cwd: "/" })).toBe(false);
      // The Gateway finds in the list what it is told here, and asks nobody.
      const again = await node.prepare({ command: ["uname", "-s"] });
      expect(again.allowAlwaysCoverage).toEqual(allowAlwaysCoverage);
    });

    test("another command of the same program may follow, and twice is once", async () => {
      await using node = await Scene.open();
      for (const flag of ["-s", "-r", "-s"]) {
        const { plan } = await node.prepare({ command: ["uname", flag] });
        await node.approved(plan, always);
      }
      expect(entries(node)).toHaveLength(5);
    });

    test("of shell text: every program that is not allowed anyway", async () => {
      await using node = await Scene.open();
      const command = ["/bin/sh", "-lc", "uname -s && id -u && date +%Y | wc -c"];
      const { plan } = await node.prepare({ command });
      expect(await node.approved(plan, always)).toMatchObject({ exitCode: 0 });
      expect(entries(node).map(({ pattern }: any) => pattern ?? "own")).toEqual([
        "own",
        "/usr/bin/uname",
        "/usr/bin/date",
        `=node-command:${sha256(plan.commandText).slice(0, 16)}`,
      ]);
      expect(await runs(node, { command })).toBe(true);
    });

    test.each<[string, readonly string[]]>([
      ["an interpreter", ["sh", "tool.sh"]],
      ["arguments that come from elsewhere", ["/bin/sh", "-lc", "echo -s | xargs uname"]],
    ])("%s leaves nothing, and says so before", async (_case, command) => {
      await using node = await Scene.open();
      node.program("home/tool.sh", "#!/bin/sh\n:\n");
      const { plan, allowAlwaysCoverage } = await node.prepare({ command });
      expect(allowAlwaysCoverage).toEqual({ complete: false, patterns: [] });
      expect(await node.approved(plan, always)).toMatchObject({ exitCode: 0 });
      expect(entries(node)).toEqual(["/usr/bin/id"]);
    });
  });

  test("through a gateway that drops the snapshot on the way", async () => {
    await using node = await Scene.open({ gateway: { protocol: 3, version: "2026.3.31" } });
    const { plan } = await node.prepare({ command: ["uname", "-s"] });
    const { policySnapshot: _dropped, ...kept } = plan;
    expect(await node.approved(kept)).toMatchObject({ exitCode: 0 });
  });

  const refused: readonly [
    string,
    (node: Scene, plan: any) => Record<string, unknown> | void,
    string,
  ][] = [
    [
      "without its plan",
      () => ({ systemRunPlan: null }),
      "explicit approval requires matching systemRunPlan",
    ],
    [
      "for other words",
      (_node, plan) => ({ command: [...plan.argv, "-a"], rawCommand: null }),
      "explicit approval requires matching systemRunPlan",
    ],
    [
      "for words that were changed in both places",
      (_node, plan) => {
        const argv = ["/usr/bin/uname", "-a"];
        return {
          command: argv,
          rawCommand: null,
          systemRunPlan: { ...plan, argv, commandText: argv.join(" ") },
        };
      },
      "execution plan is not known",
    ],
    [
      "in another session",
      (_node, plan) => ({ sessionKey: "x", systemRunPlan: { ...plan, sessionKey: "x" } }),
      "execution plan is not known",
    ],
    [
      "after the policy was tightened",
      (node) => void node.policy({ version: 1, defaults: { ask: "always" } }),
      "exec approval policy changed; request approval again",
    ],
    [
      "after an entry was removed",
      (node) => void node.policy({ version: 1 }),
      "exec approval policy changed; request approval again",
    ],
    [
      "after everything was denied",
      (node) => void node.policy({ version: 1, defaults: { security: "deny" } }),
      "exec approval policy changed",
    ],
    [
      "with a snapshot that was forged",
      (_node, plan) => ({
        systemRunPlan: { ...plan, policySnapshot: { ...plan.policySnapshot, security: "full" } },
      }),
      "exec approval policy changed",
    ],
    [
      "without the file that it is bound to",
      (_node, plan) => ({ systemRunPlan: { ...plan, mutableFileOperand: null } }),
      "approval missing script operand binding",
    ],
    [
      "with another file's hash",
      (_node, plan) => ({
        systemRunPlan: {
          ...plan,
          mutableFileOperand: { ...plan.mutableFileOperand, sha256: "a".repeat(64) },
        },
      }),
      "approval script operand changed before execution",
    ],
  ];
  for (const [name, change, message] of refused) {
    test(`${name} does not`, async () => {
      await using node = await Scene.open();
      const { plan } = await node.prepare({ command: ["uname", "-s"] });
      const more = change(node, plan) ?? {};
      const answer = await node.approved(plan, more);
      expect(answer.message).toContain(message);
      expect(answer).not.toHaveProperty("exitCode");
    });
  }

  test("after an entry was added still runs", async () => {
    await using node = await Scene.open();
    const { plan } = await node.prepare({ command: ["uname", "-s"] });
    node.policy({ version: 1, agents: { main: { allowlist: ["/bin/x", "/usr/bin/id"] } } });
    expect(await node.approved(plan)).toMatchObject({ exitCode: 0 });
  });

  describe("of a script", () => {
    type Case = readonly [string, readonly string[]];
    const cases: readonly Case[] = [
      ["by its interpreter", ["sh", "tool.sh"]],
      ["by its path", ["./tool.sh"]],
      ["behind a program that starts it", ["timeout", "60", "sed", "-f", "tool.sh"]],
      ["in shell text", ["/bin/sh", "-lc", "sed -f tool.sh </dev/null"]],
    ];
    for (const [name, command] of cases) {
      test(`${name}: what was shown runs, what was changed does not`, async () => {
        await using node = await Scene.open();
        const path = node.program("home/tool.sh", "#!/bin/sh\np\n");
        const same = await node.prepare({ command });
        expect(same.plan.mutableFileOperand.path).toBe(path);
        expect(await node.approved(same.plan)).toMatchObject({ timedOut: false });
        const changed = await node.prepare({ command });
        writeFileSync(path, "#!/bin/sh\nd\n");
        expect((await node.approved(changed.plan)).message).toContain(
          "approval script operand changed before execution",
        );
      });
    }

    test("changed while it waits for its turn: what was shown does not run any more", async () => {
      const queue = { running: 1, waiting: 1 };
      const policy = { ...guarded, agents: { main: { allowlist: ["/usr/bin/id", "**/waits"] } } };
      await using node = await Scene.open({
        policy,
        execution: { queue },
        env: { PATH: "/usr/bin:/bin" },
      });
      const [go, ready] = [node.at("go"), node.at("ready")];
      const waits = `#!/bin/sh\necho $$ > ${ready}\nwhile [ ! -e ${go} ]; do sleep 0.01; done\n`;
      const first = node.gateway.run({ command: [node.program("home/waits", waits)] });
      await pidsIn(ready);
      const path = node.file("home/x.sed", "p\n");
      const { plan } = await node.prepare({ command: ["sed", "-f", "x.sed", "x.sed"] });
      const second = node.approved(plan);
      await until(() => node.host.runningCount === 2);
      writeFileSync(path, "1e echo owned\n");
      node.file("go", "");
      expect((await first).payload).toMatchObject({ exitCode: 0 });
      expect((await second).message).toContain("it changed while it was waiting for its turn");
    });

    test("prepared again after a change: the approval of the first does not count", async () => {
      await using node = await Scene.open();
      const path = node.program("home/tool.sh", "#!/bin/sh\necho good\n");
      const { plan } = await node.prepare({ command: ["./tool.sh"] });
      writeFileSync(path, "#!/bin/sh\necho evil\n");
      await node.prepare({ command: ["./tool.sh"] });
      expect((await node.approved(plan)).message).toContain("changed before execution");
    });
  });

  test("of a program that was swapped does not", async () => {
    await using elsewhere = await Scene.open();
    // Larger than what is hashed: its inode and time of change tell.
    const big = `#!/bin/sh\necho good\nexit\n${"#".repeat(2_000_000)}\n`;
    const path = elsewhere.program("home/big", big);
    const { plan } = await elsewhere.prepare({ command: [path] });
    expect(plan).not.toHaveProperty("mutableFileOperand");
    writeFileSync(path, big.replace("good", "evil"));
    chmodSync(path, 0o755);
    expect((await elsewhere.approved(plan)).message).toContain(
      "executable changed before execution",
    );
    const again = await elsewhere.prepare({ command: [path] });
    renameSync(elsewhere.program("home/other", big), path);
    expect((await elsewhere.approved(again.plan)).message).toContain("executable changed");
  });
});

describe("a run that nobody answered for", () => {
  const fallback = (askFallback: string) => ({
    version: 1,
    defaults: { askFallback },
    agents: { main: { allowlist: ["/usr/bin/id"] } },
  });
  const claim = { approved: null, approvalDecision: null, approvalSource: "ask-fallback" };
  test.each<[string, string, readonly string[], unknown]>([
    ["denied", "deny", ["id", "-u"], { message: expect.stringContaining("SYSTEM_RUN_DISABLED") }],
    ["on the allowlist", "allowlist", ["id", "-u"], { exitCode: 0 }],
    ["not on it", "allowlist", ["uname"], { message: expect.stringContaining("allowlist miss") }],
    [
      "no more than the policy itself",
      "full",
      ["uname"],
      { message: expect.stringContaining("allowlist miss") },
    ],
  ])("%s", async (_name, askFallback, command, expected) => {
    await using node = await Scene.open({ policy: fallback(askFallback) });
    const { plan } = await node.prepare({ command });
    expect(await node.approved(plan, claim)).toMatchObject(expected as object);
  });
});
