// What becomes of commands when the compiled host, or its gateway, is gone; and the flags about it.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { InvokingGateway } from "../fakes/invoking-gateway.ts";
import { allGone, endForGood, isAlive, pidsIn, until } from "../fakes/processes.ts";
import { Person, type Program, type StartOptions } from "./program.ts";

const children = join(import.meta.dir, "..", "fixtures", "children");
const everything = { version: 1, defaults: { security: "full", ask: "off" } };
const shell = (text: string) => ["/bin/sh", "-c", text];

class Scene implements AsyncDisposable {
  readonly person = new Person();
  readonly gateway = new InvokingGateway();

  static async connected(
    words: readonly string[] = [],
    options: StartOptions = {},
  ): Promise<Scene & { readonly program: Program }> {
    const scene = new Scene();
    scene.person.state("exec-approvals.json", everything);
    const program = scene.person.start(
      ["node", "run", "--url", scene.gateway.url, ...words],
      options,
    );
    await scene.gateway.until(() => scene.gateway.connected, "the host connects");
    return Object.assign(scene, { program });
  }

  /** Starts a command that nobody waits for. */
  send(command: readonly string[], more: Record<string, unknown> = {}): void {
    const paramsJSON = JSON.stringify({ command });
    this.gateway.send({ id: "i", nodeId: "n", command: "system.run", paramsJSON, ...more });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.person[Symbol.asyncDispose]();
    await this.gateway[Symbol.asyncDispose]();
  }
}

function childrenOf(parent: number): number[] {
  return Bun.spawnSync(["ps", "-eo", "pid,ppid"])
    .stdout.toString()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, ppid]) => ppid === parent)
    .map(([pid = 0]) => pid);
}

describe("a host that is killed", () => {
  test.each([
    ["a command that ignores SIGTERM", "ignores-term.sh"],
    ["a tree that ignores SIGTERM", "has-stubborn-grandchild.sh"],
  ])("takes %s with it", async (_case, fixture) => {
    await using scene = await Scene.connected();
    scene.send(["/bin/sh", join(children, fixture), scene.person.at("pids")]);
    const pids = await pidsIn(scene.person.at("pids"));
    await until(() => childrenOf(scene.program.pid).length === 2);
    // The guardian is there; what follows another run has been told to it.
    await scene.gateway.run({ command: ["true"] });
    scene.program.kill("SIGKILL");
    await scene.program.ended;
    await allGone(pids);
  });

  test("leaves its commands alone with --on-exit keep", async () => {
    await using scene = await Scene.connected(["--on-exit", "keep"]);
    scene.send(shell(`echo $$ > ${scene.person.at("pid")}; exec sleep 600`));
    const pids = await pidsIn(scene.person.at("pid"));
    await scene.gateway.run({ command: ["true"] });
    // Nobody is there who could end it.
    expect(childrenOf(scene.program.pid)).toEqual(pids);
    scene.program.kill("SIGKILL");
    await scene.program.ended;
    expect(pids.every(isAlive)).toBe(true);
    endForGood(pids);
  });

  test("leaves no process of its own behind", async () => {
    await using scene = await Scene.connected();
    scene.send(shell("exec sleep 600"));
    await until(() => childrenOf(scene.program.pid).length === 2);
    const own = childrenOf(scene.program.pid);
    await scene.gateway.run({ command: ["true"] });
    scene.program.kill("SIGKILL");
    await scene.program.ended;
    await allGone(own);
  });
});

describe("a command whose time is over", () => {
  test.if(process.platform === "linux")("takes its daemons with it", async () => {
    await using scene = await Scene.connected();
    const command = ["/bin/sh", join(children, "leaves-its-group.sh"), scene.person.at("pids")];
    const answer = scene.gateway.run({ command, timeoutMs: 1500 });
    const pids = await pidsIn(scene.person.at("pids"));
    expect((await answer).payload).toMatchObject({ timedOut: true, stdout: "left them\n" });
    await allGone(pids);
  });

  test.if(process.platform === "linux")("daemons of one that succeeded stay", async () => {
    await using scene = await Scene.connected();
    const words = [join(children, "leaves-its-group.sh"), scene.person.at("pids"), "end"];
    const { payload } = await scene.gateway.run({ command: ["/bin/sh", ...words] });
    expect(payload.success).toBe(true);
    const daemons = (await pidsIn(scene.person.at("pids"))).slice(0, 3);
    expect(daemons.every(isAlive)).toBe(true);
    endForGood(daemons);
  });

  test("by the gateway's patience: its output still arrives", async () => {
    await using scene = await Scene.connected();
    const paramsJSON = JSON.stringify({ command: shell("echo begun; exec sleep 600") });
    const { payload } = await scene.gateway.answerTo({
      command: "system.run",
      paramsJSON,
      timeoutMs: 1200,
    });
    expect(payload).toMatchObject({ timedOut: true, stdout: "begun\n" });
    expect(payload.error).toContain("--on-gateway-timeout keep");
  });
});

describe("flags about execution", () => {
  test("PATH, directories and encoding", async () => {
    await using place = new Person();
    const [first, last, project] = ["first", "last", "project"].map((name) =>
      place.directory(name),
    );
    place.program("first/tool", "#!/bin/sh\necho first\n");
    place.program("last/tool", "#!/bin/sh\necho last\n");
    place.program("last/other", "#!/bin/sh\necho other\n");
    await using scene = await Scene.connected([
      `--path-prepend=${first}`,
      `--path-append=${last}`,
      `--default-cwd=${project}`,
      `--cwd-map=/Users/x=${project}`,
      "--cwd-map=/y=/",
      "--output-encoding=cp850",
      "--max-concurrent=2",
      "--max-runtime=1h",
    ]);
    const said = async (params: Record<string, unknown>): Promise<string> =>
      (await scene.gateway.run(params)).payload.stdout;
    expect(await said({ command: ["tool"] })).toBe("first\n");
    expect(await said({ command: ["other"] })).toBe("other\n");
    expect(await said({ command: ["pwd"] })).toBe(`${project}\n`);
    expect(await said({ command: ["pwd"], cwd: "/Users/x" })).toBe(`${project}\n`);
    expect(await said({ command: ["pwd"], cwd: "/y/usr" })).toBe("/usr\n");
    expect(await said({ command: shell("printf '\\204'") })).toBe("ä");
    const which = await scene.gateway.invoke("system.which", { bins: ["tool", "other"] });
    expect(which.payload.bins).toEqual({ tool: `${first}/tool`, other: `${last}/other` });
    expect(scene.gateway.connects[0].pathEnv).toBe(`${first}:/usr/bin:/bin:${last}`);
  });

  test("the PATH of the login shell", async () => {
    await using place = new Person();
    const answer = 'PATH=/opt/mine:/usr/bin:/bin; eval "$4"';
    const loginShell = place.program("shell", `#!/bin/sh\n${answer}\n`);
    await using scene = await Scene.connected(["--login-path"], { env: { SHELL: loginShell } });
    const { payload } = await scene.gateway.run({ command: shell("echo $PATH") });
    expect(payload.stdout).toBe("/opt/mine:/usr/bin:/bin\n");
  });

  // This host shares its control group with the tests: see test/systems/cgroup-limits.test.ts.
  test("limits", async () => {
    await using scene = await Scene.connected(["--limit-memory", "1G"]);
    const { payload } = await scene.gateway.run({ command: shell("ulimit -v") });
    expect(payload.stdout).toBe("1048576\n");
  });

  test("limits of an agent, before those of all", async () => {
    await using place = new Person();
    const agentLimits = { ci: { memory: "2G", processes: 999 } };
    place.state("node.json", { version: 1, agentLimits });
    place.state("exec-approvals.json", everything);
    const env = { CLAWDBOT_STATE_DIR: place.at("home/.clawdbot") };
    await using scene = await Scene.connected(["--limit-memory", "1G"], { env });
    const limitsOf = async (agentId: string): Promise<string> => {
      const command = ["/bin/bash", "-c", "ulimit -v; ulimit -u"];
      return (await scene.gateway.run({ command, agentId })).payload.stdout;
    };
    expect(await limitsOf("ci")).toBe("2097152\n999\n");
    expect(await limitsOf("main")).toStartWith("1048576\n");
    expect(await limitsOf("main")).not.toContain("999\n");
  });

  test.if(process.getuid?.() === 0)("another user, with its groups and its home", async () => {
    await using scene = await Scene.connected(["--run-as", "daemon", "--default-cwd", "/"]);
    const { payload } = await scene.gateway.run({
      command: shell("id -u; id -g; id -G; echo $HOME $USER $LOGNAME; cat /etc/shadow"),
    });
    const groups = Bun.spawnSync(["id", "-G", "daemon"]).stdout.toString();
    expect(payload.stdout).toBe(`1\n1\n${groups}/usr/sbin daemon daemon\n`);
    expect(payload.exitCode).not.toBe(0);
    const stopped = await scene.gateway.run({ command: shell("exec sleep 600"), timeoutMs: 300 });
    expect(stopped.payload).toMatchObject({ timedOut: true, error: null });
  });

  const run = (...words: string[]): string[] => ["node", "run", ...words];
  test.each<[string[], string]>([
    [run("--max-runtime", "soon"), '--max-runtime "soon"'],
    [run("--max-runtime", "0s"), '--max-runtime "0s"'],
    [run("--on-gateway-timeout", "wait"), '--on-gateway-timeout "wait"'],
    [run("--on-exit", "stay"), '--on-exit "stay"'],
    [run("--max-concurrent", "0"), '--max-concurrent "0"'],
    [run("--max-concurrent", "many"), "1 to 10000"],
    [run("--path-prepend", "bin:/x"), '--path-prepend "bin"'],
    [run("--path-append", "/x:."), '--path-append "."'],
    [run("--default-cwd", "/no/such"), "does not exist"],
    [run("--default-cwd", "/etc/passwd"), "is not a directory"],
    [run("--cwd-map", "/a"), "FROM=TO"],
    [run("--cwd-map", "a=/tmp"), "FROM=TO"],
    [run("--cwd-map", "/a=/no/such"), "does not exist"],
    [run("--run-as", "no-such-user"), "--run-as"],
    [run("--limit-memory", "lots"), "512M"],
    [run("--limit-memory", "1k"), "at least 1M"],
    [run("--limit-cpu", "10ms"), "at least 1s"],
    [run("--limit-processes", "-5"), "--limit-processes"],
    [run("--output-encoding", "klingon"), '--output-encoding "klingon"'],
  ])("%j is a wrong command line", async (words, problem) => {
    await using person = new Person();
    const { code, stdout, stderr } = await person.run(words);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toStartWith("Error: Cannot use ");
    expect(stderr).toContain(problem);
    expect(person.has("home/.clawdbot")).toBe(false);
  });

  test("limits that leave no room for a program are told at the start", async () => {
    await using person = new Person();
    const { code, stderr } = await person.run(run("--port", "1", "--limit-memory", "1M"));
    expect(code).toBe(1);
    expect(stderr).toContain("Cannot set the limits");
  });
});

test("a second signal ends daemons too", async () => {
  await using scene = await Scene.connected();
  scene.send(["/bin/sh", join(children, "leaves-its-group.sh"), scene.person.at("pids")]);
  const pids = await pidsIn(scene.person.at("pids"));
  scene.program.kill("SIGTERM");
  await scene.program.says(/stopping running=1/);
  expect(pids.every(isAlive)).toBe(true);
  scene.program.kill("SIGTERM");
  expect((await scene.program.ended).code).toBe(143);
  await until(() => !pids.some(isAlive));
});
