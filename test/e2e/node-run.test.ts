// The compiled node host at work: pairing, commands, signals, and the places it is started in.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { RawClient } from "../gateway/raw-client.ts";
import { EmbeddedGateway } from "../fakes/embedded-gateway.ts";
import { InvokingGateway } from "../fakes/invoking-gateway.ts";
import { allGone, isAlive, pidsIn } from "../fakes/processes.ts";
import { Person, type Program, type StartOptions } from "./program.ts";

const children = join(import.meta.dir, "..", "fixtures", "children");
const everything = { version: 1, defaults: { security: "full", ask: "off" } };
const token = { CLAWDBOT_GATEWAY_TOKEN: "the-test-token" };
const shell = (text: string) => ["/bin/sh", "-c", text];

/** A host that runs everything, connected to a gateway of the test. */
class Scene implements AsyncDisposable {
  readonly person = new Person();
  readonly gateway = new InvokingGateway();
  readonly program: Program;

  constructor(options: StartOptions = {}, words: readonly string[] = []) {
    this.person.state("exec-approvals.json", everything);
    this.program = this.person.start(["node", "run", "--url", this.gateway.url, ...words], options);
  }

  static async connected(options?: StartOptions, words?: readonly string[]): Promise<Scene> {
    const scene = new Scene(options, words);
    await scene.gateway.until(() => scene.gateway.connected, "the host connects");
    return scene;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.person[Symbol.asyncDispose]();
    await this.gateway[Symbol.asyncDispose]();
  }
}

describe("from nothing to a command's output", () => {
  test("the host waits for its approval, goes on by itself, and is known from then on", async () => {
    await using gateway = new EmbeddedGateway({ requirePairing: true });
    await using person = new Person();
    person.state("exec-approvals.json", {
      version: 1,
      agents: { main: { allowlist: ["/bin/echo"] } },
    });
    const first = person.start(["node", "run", "--url", gateway.url, "--display-name", "box"], {
      env: token,
    });
    const [, requestId] = await first.says(/requestId=(\S+)/);
    using operator = await RawClient.operator(gateway.url);
    await operator.payload("device.pair.approve", { requestId });
    await first.says(/connected to /);
    const { nodes } = await operator.payload("node.list");
    const [{ nodeId }] = nodes.filter((listed: any) => listed.displayName === "box");
    const run = (command: string[]) =>
      operator.request("node.invoke", {
        nodeId,
        command: "system.run",
        params: { command },
        idempotencyKey: crypto.randomUUID(),
      });
    expect((await run(["echo", "hi"])).payload.payload).toMatchObject({
      exitCode: 0,
      stdout: "hi\n",
    });
    const refused = await run(["uname"]);
    expect(refused.error.message).toStartWith("SYSTEM_RUN_DENIED: approval required");
    expect(refused.error.message).toContain("clawdbot approvals allowlist add");
    first.kill("SIGTERM");
    expect((await first.ended).code).toBe(0);

    // The device token alone opens the door now.
    const stored = person.json("home/.clawdbot/node.json");
    expect(stored).toMatchObject({ token: expect.any(String), displayName: "box" });
    const second = person.start(["node", "run"]);
    await second.says(/connected to /);
    expect(person.json("home/.clawdbot/node.json")).toEqual(stored);
  });

  test("a stored token goes to the gateway that issued it, and to no other", async () => {
    await using issuer = new InvokingGateway({ deviceToken: "issued-device-token" });
    await using other = new InvokingGateway();
    await using person = new Person();
    const offered = async (gateway: InvokingGateway, ...words: string[]): Promise<unknown> => {
      const program = person.start(["node", "run", "--url", gateway.url, ...words]);
      const before = gateway.connects.length;
      await gateway.until(() => gateway.connects.length > before);
      await program.says(/connected to /);
      program.kill("SIGTERM");
      await program.ended;
      return gateway.connects.at(-1).auth;
    };
    expect(await offered(issuer)).toBeUndefined();
    expect(await offered(issuer)).toEqual({ token: "issued-device-token" });
    expect(await offered(other)).toBeUndefined();
    expect(await offered(issuer, "--node-id", "another")).toBeUndefined();
  });

  test("a token from standard input reaches the gateway, and no log", async () => {
    await using scene = await Scene.connected({ stdin: "token-from-stdin\n" }, [
      "--token-file",
      "-",
      "--verbose",
    ]);
    expect(scene.gateway.connects[0].auth).toEqual({ token: "token-from-stdin" });
    await scene.program.says(/connected to /);
    expect(scene.program.stderr).not.toContain("token-from-stdin");
  });

  test("keys of other programs in node.json survive a start", async () => {
    await using gateway = new InvokingGateway();
    await using person = new Person();
    person.state("node.json", { version: 1, nodeId: "mine", later: { a: [1] } });
    const program = person.start(["node", "run", "--url", gateway.url]);
    await gateway.until(() => gateway.connected);
    await program.says(/connected to /);
    expect(person.json("home/.clawdbot/node.json")).toMatchObject({
      nodeId: "mine",
      later: { a: [1] },
    });
    expect(gateway.connects[0].client.instanceId).toBe("mine");
  });

  test("the gateway goes and comes back: so does the host", async () => {
    await using scene = await Scene.connected();
    scene.gateway.close(1012, "service restart");
    await scene.gateway.until(() => scene.gateway.connects.length === 2);
    await scene.gateway.until(() => scene.gateway.connected);
    expect((await scene.gateway.run({ command: ["true"] })).payload.success).toBe(true);
    expect(scene.program.stderr).toContain("the gateway restarts; reconnecting");
  });

  test("a damaged policy denies everything, is told at the start, and is left as it is", async () => {
    await using scene = new Scene();
    scene.person.state("exec-approvals.json", "{");
    await scene.gateway.until(() => scene.gateway.connected);
    const { result } = await scene.gateway.run({ command: ["true"] });
    expect(result.error.message).toStartWith("SYSTEM_RUN_DISABLED: security=deny");
    expect(scene.person.read("home/.clawdbot/exec-approvals.json")).toBe("{");
  });
});

describe("signals", () => {
  test.if(process.platform === "linux")("a closed terminal drains as SIGTERM does", async () => {
    await using person = new Person();
    const program = person.start(["node", "run", "--port", "1"]);
    await program.says(/cannot connect/);
    program.kill("SIGHUP");
    await program.says(/SIGHUP: stopping/);
    expect((await program.ended).code).toBe(0);
  });

  test("what nohup has arranged stays", async () => {
    await using person = new Person();
    const program = person.start(["node", "run", "--port", "1"], {
      shell: `trap "" HUP; exec "$@"`,
    });
    await program.says(/cannot connect/);
    program.kill("SIGHUP");
    program.kill("SIGTERM");
    expect((await program.ended).code).toBe(0);
    expect(program.stderr).not.toContain("SIGHUP");
  });

  test("SIGTERM lets a running command finish, delivers its result, and leaves with 0", async () => {
    await using scene = await Scene.connected();
    const { gateway, person, program } = scene;
    const [go, ready] = [person.at("go"), person.at("ready")];
    const answer = gateway.run({
      command: shell(`echo $$ > ${ready}; while [ ! -e ${go} ]; do sleep 0.01; done; echo done`),
    });
    await pidsIn(ready);
    program.kill("SIGTERM");
    await program.says(/SIGTERM: stopping running=1/);
    const late = await gateway.run({ command: ["true"] });
    expect(late.result.error.message).toBe("the node host is stopping");
    person.file("go", "");
    expect((await answer).payload).toMatchObject({ exitCode: 0, stdout: "done\n" });
    expect((await answer).lastTwo).toEqual(["node.event", "node.invoke.result"]);
    expect(await program.ended).toMatchObject({ code: 0, stdout: "" });
    expect(gateway.closes).toEqual([1000]);
    expect(person.has("home/.clawdbot/node.pid")).toBe(false);
  });

  test("a command that takes longer than the drain is ended with its tree, and its result delivered", async () => {
    await using scene = await Scene.connected({}, ["--drain-timeout", "100ms"]);
    const { gateway, person, program } = scene;
    const command = ["/bin/sh", join(children, "has-stubborn-grandchild.sh"), person.at("pids")];
    const answer = gateway.run({ command });
    const pids = await pidsIn(person.at("pids"));
    program.kill("SIGTERM");
    expect((await answer).payload).toMatchObject({
      success: false,
      error: "ended by signal SIGTERM",
    });
    expect((await program.ended).code).toBe(0);
    await allGone(pids);
  });

  test.each<[NodeJS.Signals, NodeJS.Signals, number]>([
    ["SIGTERM", "SIGTERM", 143],
    ["SIGINT", "SIGINT", 130],
    ["SIGTERM", "SIGINT", 130],
  ])(
    "%s and then %s ends every command with its tree, at once: %p",
    async (first, second, code) => {
      await using scene = await Scene.connected();
      const { gateway, person, program } = scene;
      const command = ["/bin/sh", join(children, "has-stubborn-grandchild.sh"), person.at("pids")];
      gateway.send({
        id: "i",
        nodeId: "n",
        command: "system.run",
        paramsJSON: JSON.stringify({ command }),
      });
      const pids = await pidsIn(person.at("pids"));
      program.kill(first);
      await program.says(/stopping running=1/);
      expect(pids.filter(isAlive)).toHaveLength(3);
      program.kill(second);
      expect((await program.ended).code).toBe(code);
      await allGone(pids);
      // Nothing of it keeps the next one out.
      const next = person.start(["node", "run", "--url", gateway.url]);
      await next.says(/connected to /);
    },
  );

  test("a signal while it waits to try again ends it at once", async () => {
    await using person = new Person();
    const program = person.start(["node", "run", "--port", "1"]);
    await program.says(/cannot connect/);
    program.kill("SIGTERM");
    expect((await program.ended).code).toBe(0);
  });
});

describe("the place it is started in", () => {
  test("files of the working directory are not obeyed", async () => {
    await using gateway = new InvokingGateway();
    await using person = new Person();
    const marker = person.at("owned");
    const evil = `require("node:fs").writeFileSync(${JSON.stringify(marker)}, "x"); process.exit(99);`;
    const cwd = person.directory("hostile");
    person.file(
      "hostile/.env",
      "CLAWDBOT_GATEWAY_TOKEN=evil-token\nCLAWDBOT_STATE_DIR=/nowhere\nBUN_OPTIONS=--preload=./evil.js\n",
    );
    person.file("hostile/.env.local", "CLAWDBOT_GATEWAY_TOKEN=evil-token\n");
    person.file("hostile/.env.production", "CLAWDBOT_GATEWAY_TOKEN=evil-token\n");
    person.file("hostile/bunfig.toml", 'preload = ["./evil.js"]\n[run]\nbun = true\n');
    person.file("hostile/evil.js", evil);
    person.file("hostile/index.ts", evil);
    person.file(
      "hostile/package.json",
      '{"name":"evil","main":"evil.js","type":"commonjs","imports":{"zod/mini":"./evil.js"}}',
    );
    person.file("hostile/tsconfig.json", '{"compilerOptions":{"paths":{"*":["./evil.js"]}}}');
    person.file("hostile/node_modules/zod/mini/index.js", evil);
    person.file("hostile/node_modules/which/lib/index.js", evil);
    const program = person.start(["node", "run", "--url", gateway.url], { cwd });
    await gateway.until(() => gateway.connected);
    expect(gateway.connects[0].auth).toBeUndefined();
    expect(gateway.connects[0].client.version).not.toBe("0.0.0-dev");
    person.state("exec-approvals.json", everything);
    const { payload } = await gateway.run({ command: shell("pwd; env | grep -ci evil") });
    expect(payload.stdout).toBe(`${cwd}\n0\n`);
    expect(person.has("owned")).toBe(false);
    expect(person.has("home/.clawdbot/node.json")).toBe(true);
    program.kill("SIGTERM");
    expect((await program.ended).code).toBe(0);
  });

  test("a directory that is gone is told in one line, by Bun itself, before any code of ours runs", async () => {
    await using person = new Person();
    const cwd = person.directory("gone");
    const words = ["node", "run", "--port", "1", "--once"];
    const ended = await person.run(words, { cwd, shell: 'rmdir "$PWD" && exec "$@"' });
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toMatch(/^error: The current working directory was deleted.*\n$/);
  });

  test("without HOME it still knows where its state is", async () => {
    await using person = new Person();
    const env = { CLAWDBOT_STATE_DIR: person.at("state") };
    const ended = await person.run(["node", "run", "--port", "1", "--once"], {
      env,
      shell: 'unset HOME; exec "$@"',
    });
    expect(ended.code).toBe(75);
    expect(person.has("state/node.json")).toBe(true);
    expect(person.has("home/.clawdbot")).toBe(false);
  });

  test.each([
    ["standard output", 'exec "$@" >&-'],
    ["standard error", 'exec "$@" 2>&-'],
    ["all standard streams", 'exec "$@" <&- >&- 2>&-'],
    ["a full disk for them", 'exec "$@" >/dev/full 2>/dev/full'],
  ])("closed streams do not keep it from answering: %s", async (_case, text) => {
    await using scene = await Scene.connected({ shell: text });
    const { payload } = await scene.gateway.run({ command: shell("echo out; echo err >&2") });
    expect(payload).toMatchObject({ exitCode: 0, stdout: "out\n", stderr: "err\n" });
    scene.program.kill("SIGTERM");
    expect((await scene.program.ended).code).toBe(0);
  });

  test("an environment of its own: nothing of the host reaches a command", async () => {
    const env = {
      ...token,
      CLAWDBOT_GATEWAY_PASSWORD: "secret-password",
      LD_LIBRARY_PATH: "/nowhere",
      NODE_OPTIONS: "--x",
      BASH_ENV: "/nowhere",
      KEEP: "this",
    };
    await using scene = await Scene.connected({ env });
    const { payload } = await scene.gateway.run({ command: ["env"] });
    const names = payload.stdout
      .trim()
      .split("\n")
      .map((line: string) => line.split("=")[0]);
    expect(names).toContain("KEEP");
    expect(
      names.filter((name: string) => /CLAWDBOT|LD_|NODE_OPTIONS|BASH_ENV|BUN_/.test(name)),
    ).toEqual(["CLAWDBOT_RUN_ID"]);
  });
});
