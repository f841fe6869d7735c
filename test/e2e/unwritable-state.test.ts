// A paired host on a disk that is full or may only be read: it serves all the same.
import { describe, expect, test } from "bun:test";
import { InvokingGateway } from "../fakes/invoking-gateway.ts";
import { Person, type Program } from "./program.ts";

const everything = { version: 1, defaults: { security: "full", ask: "off" } };

/** Each happens in a mount namespace of the host's own and is gone with it. */
const places = {
  "a full disk": `
    cp -a "$HOME/.clawdbot" "$HOME/saved" && mount -t tmpfs -o size=512k tmpfs "$HOME/.clawdbot" &&
    cp -a "$HOME/saved/." "$HOME/.clawdbot/" && { cat /dev/zero > "$HOME/.clawdbot/fill" || :; } 2>/dev/null`,
  "a directory that can only be read": `
    mount --bind "$HOME/.clawdbot" "$HOME/.clawdbot" &&
    mount -o remount,ro,bind "$HOME/.clawdbot"`,
};
const inside = (script: string): string =>
  `exec unshare --mount sh -c '${script.replaceAll("'", `'\\''`)} && exec "$@"' sh "$@"`;

const mayMount =
  process.platform === "linux" &&
  Bun.spawnSync(["unshare", "--mount", "true"], { stderr: "ignore" }).exitCode === 0;

class Scene implements AsyncDisposable {
  readonly person = new Person();
  readonly gateway = new InvokingGateway({ deviceToken: "the-device-token" });

  constructor() {
    this.person.state("exec-approvals.json", everything);
  }

  /** A host that is connected; `shell`: a text around its start. */
  async host(shell?: string, words: readonly string[] = []): Promise<Program> {
    const before = this.gateway.connects.length;
    const program = this.person.start(
      ["node", "run", "--url", this.gateway.url, ...words],
      shell === undefined ? {} : { shell },
    );
    const connected = this.gateway.until(() => this.gateway.connects.length > before, "a host");
    await Promise.race([connected, program.ended.then((end) => Promise.reject(problem(end)))]);
    await program.says(/connected to /);
    return program;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.person[Symbol.asyncDispose]();
    await this.gateway[Symbol.asyncDispose]();
  }
}

function problem({ stderr }: { readonly stderr: string }): Error {
  return new Error(`the host ended:\n${stderr}`);
}

describe.skipIf(!mayMount).each(Object.entries(places))("on %s", (_place, script) => {
  test("a paired host serves, says once what it cannot do, and keeps what is there", async () => {
    await using scene = new Scene();
    const first = await scene.host();
    first.kill("SIGTERM");
    await first.ended;
    const stored = scene.person.read("home/.clawdbot/node.json");
    const second = await scene.host(inside(script), ["--display-name", "another"]);
    const answer = await scene.gateway.run({ command: ["/bin/echo", "hi"] });
    expect(answer.payload).toMatchObject({ exitCode: 0, stdout: "hi\n" });
    second.kill("SIGTERM");
    const { code, stderr } = await second.ended;
    expect(code).toBe(0);
    expect(stderr.match(/this host serves all the same/g)).toHaveLength(1);
    expect(stderr.match(/commands run without it/g)).toHaveLength(1);
    expect(stderr.match(/settings of this start could not be stored/g)).toHaveLength(1);
    expect(scene.person.read("home/.clawdbot/node.json")).toBe(stored);
  });

  test("what ran before is not run again, and its answer is not lost", async () => {
    await using scene = new Scene();
    const first = await scene.host();
    const mark = scene.person.at("ran");
    const request = {
      command: "system.run",
      paramsJSON: JSON.stringify({ command: ["/bin/sh", "-c", `echo x >> ${mark}; echo once`] }),
      idempotencyKey: "the-key",
    };
    await scene.gateway.answerTo(request);
    first.kill("SIGKILL");
    await first.ended;
    await scene.host(inside(script));
    const again = await scene.gateway.answerTo({ ...request, id: "another-id" });
    expect(again.payload).toMatchObject({ exitCode: 0, stdout: "once\n" });
    expect(scene.person.read("ran")).toBe("x\n");
  });

  test("a second host is refused", async () => {
    await using scene = new Scene();
    const first = await scene.host();
    first.kill("SIGTERM");
    await first.ended;
    await scene.host(inside(script));
    // The same directory through another namespace of mounts, where it is one.
    if (script.includes("tmpfs")) return;
    const second = await scene.person.run(["node", "run", "--url", scene.gateway.url], {
      shell: inside(script),
    });
    expect(second.code).toBe(14);
  });

  test("a host without an identity ends with 3: it would be another one every time", async () => {
    await using scene = new Scene();
    const { code, stderr } = await scene.person.run(["node", "run", "--url", scene.gateway.url], {
      shell: inside(script),
    });
    expect(code).toBe(3);
    expect(stderr).toContain("Cannot write");
  });
});
