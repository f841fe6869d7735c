// The start script for machines without a supervisor: golden files, and the script at work.
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { rcScript } from "../../../src/service/render/rc.ts";
import type { ServiceSpec } from "../../../src/service/service-spec.ts";
import { expectGolden } from "../../fakes/golden.ts";
import { allGone, endForGood, isAlive, until } from "../../fakes/processes.ts";
import { Scratch } from "../../fakes/scratch.ts";
import { hostileSpec, hostileWords, systemSpec, userSpec } from "../../fakes/service-specs.ts";

const facts = {
  script: "/usr/local/etc/rc.d/clawdbot-node.sh",
  pidFile: "/var/lib/clawdbot/.clawdbot/service.pid",
  crashLog: "/var/lib/clawdbot/.clawdbot/logs/node.err.log",
};

describe("rcScript", () => {
  test.each([
    ["root.sh", { ...systemSpec, account: { name: "root", home: "/root", own: false } }],
    ["account.sh", systemSpec],
    ["hostile.sh", hostileSpec],
  ] as const)("writes %s", (name, spec) => {
    expectGolden(`service/rc/${name}`, rcScript(spec, facts));
  });
});

/** A host that notes its process and its words, and then waits, or ends as it is told. */
const host = `#!/bin/sh
echo "$$" >>pids
for word; do printf '%s\\0' "$word"; done >words
if [ -f code ]; then code=$(cat code); rm code; exit "$code"; fi
trap 'echo drained >>drained; exit 0' TERM
while :; do sleep 0.05; done
`;

class Service extends Scratch {
  readonly script: string;

  constructor(words: readonly string[], shell: readonly string[]) {
    super();
    const spec: ServiceSpec = {
      ...userSpec,
      argv: [this.program("bin/my host", host), ...words],
      workingDirectory: this.directory("home"),
      environment: { HOME: this.at("home"), PATH: "/usr/bin:/bin" },
      drainSeconds: 5,
    };
    const at = { pidFile: this.at("run.pid"), crashLog: this.at("log") };
    this.script = this.at("clawdbot-node.sh");
    // The script starts itself: that has to be the shell under test as well.
    const text = rcScript(spec, { ...at, script: this.script });
    const shebang = `#!${Bun.which(shell[0]!)}${shell[1] === undefined ? "" : ` ${shell[1]}`}`;
    this.program("clawdbot-node.sh", text.replace("#!/bin/sh", shebang));
  }

  call(action: string, env: Record<string, string> = {}): { code: number; text: string } {
    const { exitCode, stdout } = Bun.spawnSync([this.script, action], {
      env: { PATH: "/usr/bin:/bin", ...env },
      stderr: "ignore",
    });
    return { code: exitCode, text: stdout.toString() };
  }

  pids(): number[] {
    const path = this.at("home", "pids");
    return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n").map(Number) : [];
  }

  override [Symbol.dispose](): void {
    this.call("stop");
    endForGood(this.pids());
    super[Symbol.dispose]();
  }
}

const shells = [["dash"], ["bash"], ["busybox", "sh"], ["mksh"]].filter(
  ([name]) => Bun.which(name!) !== null,
);

describe.each(shells.map((shell) => [shell.join(" "), shell] as const))(
  "under %s",
  (_name, shell) => {
    test("start, status, stop: the host gets its words and may finish", async () => {
      using service = new Service(hostileWords, shell);
      expect(service.call("status")).toEqual({ code: 3, text: "stopped\n" });
      expect(service.call("start").code).toBe(0);
      await until(() => service.pids().length === 1 && service.has("home/words"));
      await until(() => service.read("home/words").split("\0").length > hostileWords.length);
      expect(service.read("home/words").split("\0").slice(0, -1)).toEqual([...hostileWords]);
      // Its number is written by what looks after it, which may come after its first words.
      await until(() => service.call("status").text.startsWith("running (pid "));
      service.call("start");
      expect(service.call("stop").code).toBe(0);
      await allGone(service.pids());
      expect(service.read("home/drained")).toBe("drained\n");
      expect(service.pids()).toHaveLength(1);
      expect(service.call("status").code).toBe(3);
      expect(service.call("stop").code).toBe(0);
    });

    test("a number in its file that is not its own process is left alone", async () => {
      using service = new Service([], shell);
      const words = ["sh", "-c", "sleep 60; : supervise"];
      // Of another account where we may start one; else of nobody that the file could name.
      const stranger = process.getuid?.() === 0 ? Bun.spawn(words, { uid: 65_534 }) : undefined;
      for (const text of [`${stranger?.pid ?? 1}`, "1 1", "-1 -1", "x", ""]) {
        service.file("run.pid", `${text}\n`);
        expect(service.call("status").code).toBe(3);
        expect(service.call("stop").code).toBe(0);
      }
      if (stranger !== undefined) expect(isAlive(stranger.pid)).toBe(true);
      stranger?.kill("SIGKILL");
    });

    test("a host that does not leave in time is ended", async () => {
      using service = new Service(["stubborn"], shell);
      service.program(
        "bin/my host",
        host.replace("trap 'echo", "trap ': echo").replace("; exit 0'", "'"),
      );
      const script = service.read("clawdbot-node.sh").replace(/^patience=.*$/m, "patience=1");
      service.program("clawdbot-node.sh", script);
      service.call("start");
      await until(() => service.pids().length === 1 && service.call("status").code === 0);
      expect(service.call("stop").code).toBe(0);
      await allGone(service.pids());
      expect(service.call("status").code).toBe(3);
    });

    test("a host without its supervisor is stopped, and replaced by the next start", async () => {
      using service = new Service([], shell);
      const orphan = async (): Promise<void> => {
        await until(() => service.call("status").code === 0);
        const supervisor = Number(service.read("run.pid").split(" ")[0]);
        process.kill(supervisor, "SIGKILL");
        await until(() => service.call("status").code === 3);
      };
      service.call("start");
      await orphan();
      expect(service.pids().some(isAlive)).toBe(true);
      expect(service.call("stop").code).toBe(0);
      await allGone(service.pids());
      expect(service.has("run.pid")).toBe(false);
      service.call("start");
      await orphan();
      expect(service.call("start").code).toBe(0);
      await until(() => service.pids().length === 3);
      expect(service.pids().map(isAlive)).toEqual([false, false, true]);
    });

    test("nothing of the environment of whoever starts it reaches the host", async () => {
      using service = new Service([], shell);
      service.program("bin/my host", host.replace("echo", "env >environment; echo"));
      service.call("start", { CLAWDBOT_GATEWAY_TOKEN: "the installer's", LANG: "C" });
      await until(() => service.pids().length === 1);
      expect(service.read("home/environment")).toContain("PATH=/usr/bin:/bin\n");
      expect(service.read("home/environment")).not.toMatch(/CLAWDBOT_GATEWAY_TOKEN|LANG/);
    });

    test("a host that was killed comes back, one that says it cannot work does not", async () => {
      using service = new Service([], shell);
      service.call("start");
      await until(() => service.pids().length === 1);
      // In one step: the script takes it away as soon as it is there.
      writeFileSync(service.at("home/code"), "3");
      process.kill(service.pids()[0]!, "SIGKILL");
      await until(() => service.pids().length === 2);
      await until(() => service.call("status").code === 3);
      expect(service.pids().some(isAlive)).toBe(false);
      expect(service.has("run.pid")).toBe(false);
    });
  },
);
