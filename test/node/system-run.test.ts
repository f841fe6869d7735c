// `system.run` over a real connection: what a gateway sends and gets, frame by frame.
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { pidsIn } from "../fakes/processes.ts";
import { RunningNode, type RunningNodeOptions, everything } from "./running-node.ts";

const children = join(import.meta.dir, "..", "fixtures", "children");
const child = (name: string, ...words: string[]) => ["/bin/sh", join(children, name), ...words];
const shell = (text: string) => ["/bin/sh", "-c", text];

async function run(params: Record<string, unknown>, options: RunningNodeOptions = {}) {
  await using node = await RunningNode.connected({ policy: everything, ...options });
  return await node.gateway.run(params);
}

describe("a result", () => {
  test("is the payload of the reference: these keys, in this order", async () => {
    const { result } = await run({ command: shell("echo out; echo err >&2; exit 3") });
    expect(Object.keys(result)).toEqual(["id", "nodeId", "ok", "payloadJSON"]);
    expect(result).toMatchObject({ nodeId: "the-node", ok: true });
    expect(result.payloadJSON).toBe(
      '{"exitCode":3,"timedOut":false,"success":false,"stdout":"out\\n","stderr":"err\\n","error":null}',
    );
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    [
      "success",
      { command: ["true"] },
      { exitCode: 0, timedOut: false, success: true, stdout: "", stderr: "", error: null },
    ],
    [
      "an absolute path",
      { command: ["/bin/echo", "a b"] },
      { exitCode: 0, timedOut: false, success: true, stdout: "a b\n", stderr: "", error: null },
    ],
    [
      "a signal: no code, but its name",
      { command: shell("kill -9 $$") },
      { timedOut: false, success: false, stdout: "", stderr: "", error: "ended by signal SIGKILL" },
    ],
    [
      "a program that is not there",
      { command: ["no-such-program", "x"] },
      {
        timedOut: false,
        success: false,
        stdout: "",
        stderr: "",
        error: "spawn no-such-program ENOENT",
      },
    ],
    [
      "a path that is not there",
      { command: ["/no/such"] },
      { timedOut: false, success: false, stdout: "", stderr: "", error: "spawn /no/such ENOENT" },
    ],
    [
      "a directory that is not there",
      { command: ["true"], cwd: "/no/such" },
      {
        timedOut: false,
        success: false,
        stdout: "",
        stderr: "",
        error: 'CWD_NOT_FOUND: "/no/such" does not exist on this node',
      },
    ],
    [
      "a file for a directory",
      { command: ["true"], cwd: "/etc/passwd" },
      {
        timedOut: false,
        success: false,
        stdout: "",
        stderr: "",
        error: 'CWD_NOT_DIRECTORY: "/etc/passwd" is not a directory on this node',
      },
    ],
    [
      "more words than the system takes",
      { command: ["true", ...Array<string>(50).fill("x".repeat(100_000))] },
      { timedOut: false, success: false, stdout: "", stderr: "", error: "spawn true E2BIG" },
    ],
    [
      "standard input at its end",
      { command: child("reads-stdin.sh") },
      {
        exitCode: 0,
        timedOut: false,
        success: true,
        stdout: "end of input\n",
        stderr: "",
        error: null,
      },
    ],
  ])("%s", async (_case, params, payload) => {
    const answer = await run(params);
    expect(answer.payload).toEqual(payload);
    expect(Object.keys(answer.payload)).toEqual(Object.keys(payload));
  });

  test("of a command whose time is over: what it said, and no code even if it chose one", async () => {
    const command = shell("trap 'exit 0' TERM; echo begun; while :; do sleep 0.02; done");
    const { payload, events } = await run({ command, timeoutMs: 300 });
    const keys = ["timedOut", "success", "stdout", "stderr", "error"];
    expect(Object.keys(payload)).toEqual(keys);
    expect(payload).toMatchObject({
      timedOut: true,
      success: false,
      stdout: "begun\n",
      error: null,
    });
    expect(events[0]?.payload).toMatchObject({ timedOut: true, success: false });
    expect(Object.hasOwn(events[0]?.payload, "exitCode")).toBe(false);
  });

  test.each<[string, string, number]>([
    ["NULs", "\\000", 1],
    ["quotes", '"', 1],
    ["backslashes", "\\\\", 1],
    ["bytes that are no text", "\\377", 1],
    ["emoji", "\\360\\237\\230\\200", 4],
  ])("of 300 000 %s fits the frame", async (_case, unit, bytes) => {
    const count = Math.floor(300_000 / bytes);
    const text = `head -c ${count} /dev/zero | sed 's/\\x00/'"$(printf '${unit}' | sed 's/[\\\\&/]/\\\\&/g')"'/g'`;
    const command = unit === "\\000" ? shell(`head -c ${count} /dev/zero`) : shell(text);
    await using node = await RunningNode.connected({ policy: everything });
    const { payload } = await node.gateway.run({ command });
    expect(payload).toMatchObject({ exitCode: 0, success: true });
    expect(payload.stdout).toContain("... (truncated, ");
    for (const { text: frame } of node.gateway.frames) {
      expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(524_288);
    }
    expect(payload.stdout.isWellFormed()).toBe(true);
  });

  test("fits the frame of a gateway that takes less", async () => {
    await using node = await RunningNode.connected({
      policy: everything,
      gateway: { maxPayload: 65_536 },
    });
    const { payload } = await node.gateway.run({ command: shell("yes '\"' | head -c 200000") });
    expect(payload.stdout.length).toBeGreaterThan(1000);
    const result = node.gateway.frames.at(-1)?.text ?? "";
    expect(Buffer.byteLength(result)).toBeLessThanOrEqual(65_536);
  });

  test("that cannot be made to fit is still an answer", async () => {
    const program = `/x${"\u0001".repeat(100_000)}`;
    const { result } = await run({ command: [program] });
    expect(result).toMatchObject({ ok: false, error: { code: "UNAVAILABLE" } });
    expect(result.error.message).toContain("the gateway takes at most 524288");
  });

  test("does not wait for what a command leaves behind", async () => {
    await using node = await RunningNode.connected({ policy: everything });
    const { payload } = await node.gateway.run({
      command: child("leaves-holder.sh", node.at("holder")),
    });
    expect(payload).toMatchObject({ exitCode: 5, stdout: "out before\n" });
    for (const pid of await pidsIn(node.at("holder"))) process.kill(pid, "SIGKILL");
  });

  test("of many at once: each its own", async () => {
    await using node = await RunningNode.connected({ policy: everything });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        node.gateway.run({ command: shell(`exit ${index}`) }),
      ),
    );
    expect(answers.map(({ payload }) => payload.exitCode)).toEqual(
      answers.map((_, index) => index),
    );
    const ids = node.gateway.frames
      .filter(({ method }) => method === "node.invoke.result")
      .map(({ params }) => params.id);
    expect(new Set(ids).size).toBe(20);
    expect(ids).toHaveLength(20);
  });
});

describe("the event of a run", () => {
  test("stands directly ahead of the result, and has the reference's keys in their order", async () => {
    const { lastTwo, events } = await run({
      command: shell("echo out; echo err >&2; exit 3"),
      sessionKey: " agent:main:x ",
      runId: " r-1 ",
    });
    expect(lastTwo).toEqual(["node.event", "node.invoke.result"]);
    expect(events.map(({ event }) => event)).toEqual(["exec.finished"]);
    expect(JSON.stringify(events[0]?.payload)).toBe(
      JSON.stringify({
        sessionKey: "agent:main:x",
        runId: "r-1",
        host: "node",
        command: '/bin/sh -c "echo out; echo err >&2; exit 3"',
        exitCode: 3,
        timedOut: false,
        success: false,
        output: "out\n\nerr",
      }),
    );
  });

  test("has names of its own where the request gives none", async () => {
    const { events } = await run({ command: ["true"] });
    expect(events[0]?.payload).toMatchObject({
      sessionKey: "node",
      runId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      output: "",
    });
  });

  test("carries the end of long output only", async () => {
    const { events, payload } = await run({ command: shell("yes 😀 | head -n 30000; echo last") });
    const { output } = events[0]?.payload ?? {};
    expect(output).toStartWith("... (truncated) ");
    expect(output).toEndWith("😀\nlast");
    expect(output.isWellFormed()).toBe(true);
    expect(output.length).toBeLessThanOrEqual(20_016);
    expect(payload.stdout.length).toBeGreaterThan(50_000);
  });

  test("tells why a program could not be started", async () => {
    const { events, lastTwo } = await run({ command: ["no-such-program"] });
    expect(lastTwo).toEqual(["node.event", "node.invoke.result"]);
    expect(events[0]?.payload).toMatchObject({
      success: false,
      output: "spawn no-such-program ENOENT",
    });
  });

  test("fits the frame too, whatever is in it", async () => {
    await using node = await RunningNode.connected({ policy: everything });
    const noise = "\u0001".repeat(9000);
    await node.gateway.run({
      command: shell(`: '${noise}'; head -c 100000 /dev/zero`),
      sessionKey: "\u0002".repeat(512),
      runId: "\u0003".repeat(512),
    });
    for (const { text } of node.gateway.frames) {
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(524_288);
    }
  });
});

describe("a refused run", () => {
  const deny = { version: 1, defaults: { security: "deny" } };
  const off = { version: 1, defaults: { ask: "off" } };

  test.each<[string, unknown, Record<string, unknown>, string, string]>([
    [
      "an untouched machine",
      undefined,
      {},
      "SYSTEM_RUN_DENIED: approval required",
      "approval-required",
    ],
    ["deny", deny, {}, "SYSTEM_RUN_DISABLED: security=deny", "security=deny"],
    [
      "deny, though approved",
      deny,
      { approved: true },
      "SYSTEM_RUN_DISABLED: security=deny",
      "security=deny",
    ],
    ["not on the list", off, {}, "SYSTEM_RUN_DENIED: allowlist miss", "allowlist-miss"],
    [
      "an approval that is not believed",
      undefined,
      { approved: true },
      "SYSTEM_RUN_DENIED: approval required",
      "approval-required",
    ],
    ["a damaged policy", "{", {}, "SYSTEM_RUN_DISABLED: security=deny", "security=deny"],
    [
      "a policy of another version",
      { version: 2 },
      {},
      "SYSTEM_RUN_DISABLED: security=deny",
      "security=deny",
    ],
    [
      "a screen that is not there",
      everything,
      { needsScreenRecording: true },
      "PERMISSION_MISSING: screenRecording",
      "permission:screenRecording",
    ],
  ])(
    "%s: the reference's words first, the event directly ahead",
    async (_case, policy, params, headline, reason) => {
      const { result, events, lastTwo } = await run(
        { command: ["/bin/echo", "x"], runId: "r", ...params },
        { policy },
      );
      expect(Object.keys(result)).toEqual(["id", "nodeId", "ok", "error"]);
      expect(Object.keys(result.error)).toEqual(["code", "message"]);
      expect(result.error.code).toBe("UNAVAILABLE");
      expect(result.error.message.split("\n")[0]).toBe(headline);
      expect(lastTwo).toEqual(["node.event", "node.invoke.result"]);
      expect(events.map(({ event }) => event)).toEqual(["exec.denied"]);
      expect(JSON.stringify(events[0]?.payload)).toBe(
        JSON.stringify({
          sessionKey: "node",
          runId: "r",
          host: "node",
          command: "/bin/echo x",
          reason,
        }),
      );
    },
  );

  test("a damaged policy is named with its place, and left as it is", async () => {
    await using node = await RunningNode.connected({ policy: '{\n  "version": 1,\n}' });
    const { result } = await node.gateway.run({ command: ["true"] });
    expect(result.error.message).toContain("not valid JSON at line 3, column 1");
    expect(node.read("home/exec-approvals.json")).toBe('{\n  "version": 1,\n}');
  });

  test("an edit counts for the very next run", async () => {
    await using node = await RunningNode.connected({ policy: deny });
    expect((await node.gateway.run({ command: ["true"] })).result.ok).toBe(false);
    node.policy(everything);
    expect((await node.gateway.run({ command: ["true"] })).result.ok).toBe(true);
    node.policy(deny);
    expect((await node.gateway.run({ command: ["true"] })).result.ok).toBe(false);
  });

  test("the code of the refusal is what the gateway's generation knows", async () => {
    const { result } = await run({ command: ["true"] }, { policy: off, gateway: { protocol: 4 } });
    expect(result.error.code).toBe("SYSTEM_RUN_DENIED");
  });

  test.each<[string, RunningNodeOptions]>([
    ["by this machine's owner", { trustApprovals: true }],
    ["because the gateway records approvals", { gateway: { version: "2026.2.14" } }],
  ])("an approval that is believed %s lets a run through", async (_case, options) => {
    const { payload } = await run(
      { command: ["true"], approved: true },
      { policy: undefined, ...options },
    );
    expect(payload.success).toBe(true);
  });
});

describe("what an operator allows for good", () => {
  const always = { command: ["uname"], approvalDecision: "allow-always" };
  const learnt = async (options: RunningNodeOptions, params: Record<string, unknown> = always) => {
    await using node = await RunningNode.connected({ trustApprovals: true, ...options });
    const { payload } = await node.gateway.run(params);
    expect(payload.success).toBe(true);
    const file = "home/exec-approvals.json";
    return node.has(file) ? node.read(file) : "";
  };

  test("is remembered by its path", async () => {
    expect(await learnt({})).toMatch(/"main": \{\s+"allowlist": [^]*"pattern": "[^"]*\/uname"/);
  });

  test("is not remembered while the policy is locked", async () => {
    expect(await learnt({ lockApprovals: true })).not.toContain("uname");
  });

  test("is not remembered for every agent at once", async () => {
    expect(await learnt({}, { ...always, agentId: "*" })).not.toContain("uname");
  });
});

describe("an allowlist", () => {
  const list = (...allowlist: string[]) => ({
    version: 1,
    agents: { main: { ask: "off", allowlist } },
  });

  test("a variable before a command reaches that command alone, as it was written", async () => {
    await using node = await RunningNode.connected({ policy: list("printenv") });
    const text = `A="it's  \\$B" printenv A && printenv A || echo none`;
    const { payload } = await node.gateway.run({ command: ["/bin/sh", "-c", text] });
    expect(payload.stdout).toBe("it's  $B\nnone\n");
    const refused = await node.gateway.run({ command: ["/bin/sh", "-c", "LD_X=1 printenv"] });
    expect(refused.result.error.message).toContain("it sets the variable LD_X");
  });

  test("a command that was approved for one directory runs there, by whatever name it goes", async () => {
    await using node = await RunningNode.connected();
    const place = realpathSync(node.directory("home/place"));
    node.directory("home/other");
    node.link("home/link", place);
    const subject = `${place.length}\0${place}\x001\x002\0-u\0`;
    const digest = createHash("sha256").update(subject).digest("hex");
    const argPattern = `sha256:cwd-argv:v1:${digest}`;
    const entry = { pattern: "id", source: "allow-always", argPattern };
    node.policy({ version: 1, agents: { main: { ask: "off", allowlist: [entry] } } });
    for (const [command, cwd, allowed] of [
      [["id", "-u"], place, true],
      [["id", "-u"], node.at("home/link"), true],
      [shell(`cd ${place} && id -u`), node.home, true],
      [["id", "-u"], node.at("home/other"), false],
      [["id", "-g"], place, false],
      [shell(`cd ${node.at("home/other")} && id -u`), place, false],
    ] as const) {
      const { result } = await node.gateway.run({ command, cwd });
      expect([command, cwd, result.ok]).toEqual([command, cwd, allowed]);
    }
  });

  test("what xargs adds to a program that is on it arrives there", async () => {
    await using node = await RunningNode.connected({ policy: list("printf", "printenv") });
    const text = `printf '%s\\0' 'a b' c | xargs -0 -n 1 printf '<%s>'`;
    const { payload } = await node.gateway.run({ command: ["/bin/sh", "-c", text] });
    expect(payload.stdout).toBe("<a b><c>");
  });

  test("runs what is on it, as the file that was checked", async () => {
    await using node = await RunningNode.connected({ policy: list("/usr/bin/id", "echo") });
    expect((await node.gateway.run({ command: ["id", "-u"] })).payload.success).toBe(true);
    expect((await node.gateway.run({ command: ["echo", "hi"] })).payload.stdout).toBe("hi\n");
    const other = await node.gateway.run({ command: ["uname"] });
    expect(other.result.error.message).toStartWith("SYSTEM_RUN_DENIED: allowlist miss");
  });

  test("is not opened by what looks like the program", async () => {
    await using node = await RunningNode.connected({ policy: list("echo", "/usr/bin/id") });
    const fake = node.program("home/echo", "#!/bin/sh\necho owned\n");
    const evil = node.program("home/evil", "#!/bin/sh\necho owned\n");
    for (const params of [
      { command: [fake] },
      { command: ["./echo"] },
      { command: [evil] },
      { command: ["echo"], cwd: node.home, env: { PATH: `${node.home}:/usr/bin:/bin` } },
      { command: ["sh", "-c", "echo $(echo owned)"], rawCommand: "echo $(echo owned)" },
      { command: ["/bin/sh", "-lc", "echo hi; ./evil"] },
      { command: ["/bin/sh", "-lc", "echo hi"], rawCommand: "echo ho" },
      { command: ["/bin/sh", "-c", "echo hi", "x"] },
      { command: ["env", "X=1", "echo", "hi"] },
    ]) {
      const { result } = await node.gateway.run(params);
      expect(result.ok).toBe(false);
    }
  });

  test("covers shell text of allowed commands, and starts exactly those", async () => {
    await using node = await RunningNode.connected({ policy: list("echo", "cat") });
    // A profile and a PATH of its own would be read by a login shell; nothing of that runs.
    node.file("home/.profile", "echo owned\n");
    for (const [text, stdout] of [
      ["echo 'a  b'", "a  b\n"],
      ["echo a; echo b", "a\nb\n"],
      ["echo a | cat", "a\n"],
      ["env echo hi", "hi\n"],
      ["cd /usr && cat /dev/null && echo x", "x\n"],
    ] as const) {
      const { payload } = await node.gateway.run({ command: ["/bin/sh", "-lc", text] });
      expect(payload.stdout).toBe(stdout);
    }
  });

  test("takes no variable that would turn an allowed program into another", async () => {
    await using node = await RunningNode.connected({ policy: list("echo") });
    for (const name of ["LD_PRELOAD", "HOME", "https_proxy", "BASH_FUNC_x%%", "GIT_SSH_COMMAND"]) {
      const { result, events } = await node.gateway.run({
        command: ["echo"],
        env: { [name]: "x" },
      });
      expect(result.error.code).toBe("INVALID_REQUEST");
      expect(result.error.message).toContain("environment override rejected");
      expect(events).toEqual([]);
    }
    const fine = await node.gateway.run({ command: ["echo"], env: { LC_ALL: "C" } });
    expect(fine.payload.success).toBe(true);
  });

  test("of another agent does not count", async () => {
    const policy = { version: 1, agents: { "*": { ask: "off" }, ops: { allowlist: ["echo"] } } };
    await using node = await RunningNode.connected({ policy });
    expect((await node.gateway.run({ command: ["echo"], agentId: "ops" })).result.ok).toBe(true);
    for (const agentId of [undefined, "main", "other", "__proto__"]) {
      expect((await node.gateway.run({ command: ["echo"], agentId })).result.ok).toBe(false);
    }
  });
});

describe("what a command gets", () => {
  test("the node's environment without its secrets, and the request's variables", async () => {
    const env = { CLAWDBOT_GATEWAY_TOKEN: "secret", NODE_OPTIONS: "--x", LANG: "C", ODD: "stays" };
    const { payload } = await run({ command: ["env"], env: { A: "1" } }, { env });
    const names = payload.stdout
      .trim()
      .split("\n")
      .map((line: string) => line.split("=")[0]);
    // The one variable of ours names the run, so that all of its processes can be found.
    expect(names.toSorted()).toEqual(["A", "CLAWDBOT_RUN_ID", "HOME", "LANG", "ODD", "PATH"]);
  });

  test("a PATH that was prepended to finds programs there", async () => {
    await using node = await RunningNode.connected({ policy: everything });
    node.program("home/bin/mine", "#!/bin/sh\necho found\n");
    const env = { PATH: `${node.home}/bin:/usr/bin:/bin` };
    expect((await node.gateway.run({ command: ["mine"], env })).payload.stdout).toBe("found\n");
    expect((await node.gateway.run({ command: ["mine"] })).payload.error).toBe("spawn mine ENOENT");
  });

  test("its directory: the node's own, or the one that was asked for", async () => {
    await using node = await RunningNode.connected({ policy: everything });
    expect((await node.gateway.run({ command: ["pwd"] })).payload.stdout).toBe(`${node.home}\n`);
    const cwd = ` ${node.directory("home/a b")} `;
    expect((await node.gateway.run({ command: ["pwd"], cwd })).payload.stdout).toBe(
      `${cwd.trim()}\n`,
    );
    node.program("home/a b/tool", "#!/bin/sh\npwd\n");
    const there = await node.gateway.run({ command: ["./tool"], cwd });
    expect(there.payload.stdout).toBe(`${cwd.trim()}\n`);
  });
});

describe("the use of the allowlist", () => {
  const used = async (allowlist: unknown[], ...commands: string[][]) => {
    const policy = { version: 1, agents: { main: { allowlist } } };
    await using node = await RunningNode.connected({ policy });
    for (const command of commands) await node.gateway.run({ command });
    return node.used.map((line) => line.replaceAll(/\/(usr\/)?bin\//g, ""));
  };

  test("is noted for each entry that let a run through", async () => {
    expect(
      await used(["true", "/**/uname"], ["true"], ["/bin/sh", "-lc", "uname && true | head -n 1"]),
    ).toEqual([
      "main: true true (true)",
      'main: /**/uname uname (sh -lc "uname && true | head -n 1")',
    ]);
  });

  test("an open list names its one entry", async () => {
    expect(await used(["*"], ["true"])).toEqual(["main: *  (true)"]);
  });

  test("nothing is noted for what was refused, could not start, or runs without a list", async () => {
    expect(await used(["true"], ["uname"], ["no-such-program"], ["true", "a\0b"])).toEqual([]);
    await using node = await RunningNode.connected({ policy: everything });
    await node.gateway.run({ command: ["true"] });
    expect(node.used).toEqual([]);
  });
});
