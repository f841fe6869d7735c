// `clawdbot update` with real files, a real web server and a systemctl that keeps its state in a
// file. The program is a few lines of shell.
import { generateKeyPairSync } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { parseArgs } from "citty";
import type { CliContext } from "../../src/cli/context.ts";
import { update } from "../../src/cli/commands/update.ts";
import { strictArgs } from "../../src/cli/strict-args.ts";
import { type Build, runUpdate } from "../../src/cli/update/update-command.ts";
import { systemControlSockets } from "../../src/platform/control-socket.ts";
import { systemFiles } from "../../src/platform/files.ts";
import { systemKernelLock } from "../../src/platform/kernel-lock.ts";
import { systemProgramFiles } from "../../src/platform/program-files.ts";
import { pathsIn } from "../../src/state/paths.ts";
import { enterWorkplace } from "../../src/update/workplace.ts";
import { CommandLine, type Ended } from "../fakes/command-line.ts";
import { ManualClock } from "../fakes/manual-clock.ts";
import { Scratch } from "../fakes/scratch.ts";
import { makeTestRelease, programOf, signRelease } from "../fakes/update-release.ts";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const releaseKey = publicKey.export({ type: "spki", format: "der" }).toString("base64");

/** Time passes as soon as somebody waits for it. */
class HastyClock extends ManualClock {
  override after(ms: number, callback: () => void): () => void {
    if (ms > 10_000) return super.after(ms, callback);
    const timer = setTimeout(() => {
      this.advance(ms);
      callback();
    });
    return () => clearTimeout(timer);
  }
}

/** A host that ends when its program says so. */
const systemctl = `#!/bin/sh
state=\${0%/*}/state
mkdir -p "$state"
[ "$1" = --user ] && shift
case $1 in
  --version) echo "systemd 252 (252.1)" ;;
  show)
    if [ "$2" = --property=Version ]; then echo Version=252; exit; fi
    if [ -f "$state/mute" ]; then exit 1; fi
    if [ -f "$state/running" ]; then
      printf 'ActiveState=active\\nSubState=running\\nMainPID=%s\\nLoadState=loaded\\n' "$(cat "$state/running")"
      if [ -f "$state/shaky" ]; then echo $(($(cat "$state/running") + 1)) >"$state/running"; fi
    else printf 'ActiveState=failed\\nSubState=failed\\nMainPID=0\\nExecMainCode=1\\nExecMainStatus=3\\n'
    fi ;;
  restart)
    program=$(cat "$state/program")
    echo "restart $("$program" --version)" >>"$state/calls"
    rm -f "$state/running" "$state/shaky"
    if grep -q BROKEN "$program"; then exit 0; fi
    if grep -q SHAKY "$program"; then touch "$state/shaky"; fi
    echo 4242 >"$state/running" ;;
esac
`;

class Site extends Scratch {
  readonly line: CommandLine;
  readonly clock = new HastyClock();
  readonly build: Build = {
    version: "1.0.0",
    commit: "000000000000",
    target: "test-target",
    releaseUrl: this.at("releases"),
    releaseKey: "",
  };

  constructor(env: Record<string, string> = {}) {
    super();
    this.program("opt/clawdbot", programOf("1.0.0"));
    this.program("bin/systemctl", systemctl);
    this.line = new CommandLine({
      PATH: `${this.at("bin")}:/usr/bin:/bin`,
      XDG_RUNTIME_DIR: this.directory("run"),
      ...env,
    });
  }

  call(
    words: readonly string[],
    build: Partial<Build> = {},
    change: Partial<CliContext> = {},
  ): Promise<Ended> {
    const { normalized } = strictArgs(words, update.args, { repeatable: [], rest: "none" });
    const args = parseArgs([...normalized], update.args);
    return this.line.run((context) => {
      const machine = { ...context.machine, self: [this.at("opt/clawdbot")], ...change.machine };
      const own = { ...context, clock: this.clock, ...change, machine };
      return runUpdate(own, { ...this.build, ...build }, args);
    });
  }

  /** What lies beside the program, and what it says. */
  installed(): { readonly files: readonly string[]; readonly says: string } {
    const says = Bun.spawnSync([this.at("opt/clawdbot")]).stdout.toString();
    return { files: readdirSync(this.at("opt")).toSorted(), says: says.split(" ")[1] ?? "" };
  }

  /** A service of this user that runs the program. */
  installService(program = this.at("opt/clawdbot")): void {
    const record = {
      version: 1,
      manager: "systemd",
      scope: "user",
      programArguments: [program, "node", "run"],
      workingDirectory: "/",
      stateDirectory: join(this.line.home, ".clawdbot"),
      environment: {},
      environmentFiles: [],
      hardening: "none",
      files: [],
    };
    const folder = join(this.line.home, ".clawdbot/service");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "install.json"), JSON.stringify(record));
    this.file("bin/state/program", program);
    this.file("bin/state/running", "4242");
  }

  restarts(): string[] {
    const path = this.at("bin/state/calls");
    return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
  }

  override [Symbol.dispose](): void {
    this.line[Symbol.dispose]();
    super[Symbol.dispose]();
  }
}

const untouched = { files: ["clawdbot"], says: "1.0.0" };
const updated = { files: ["clawdbot", "clawdbot.previous"], says: "2.0.0" };

describe("clawdbot update", () => {
  test("takes a newer release from a folder, and goes back and forth", async () => {
    using site = new Site();
    makeTestRelease(site, "releases", { version: "2.0.0" });
    const done = await site.call(["--json"]);
    expect(JSON.parse(done.stdout)).toMatchObject({
      v: 1,
      result: "updated",
      from: "1.0.0",
      to: "2.0.0",
      signed: false,
      restarted: null,
    });
    expect(site.installed()).toEqual(updated);
    expect(statSync(site.at("opt/clawdbot")).mode & 0o777).toBe(0o755);
    const newer = { version: "2.0.0" };
    expect((await site.call([], newer)).stdout).toBe("clawdbot 2.0.0 is up to date\n");
    expect((await site.call(["--rollback"], newer)).stdout).toStartWith(
      "Went back from 2.0.0 to 1.0.0",
    );
    expect(site.installed()).toEqual({ ...updated, says: "1.0.0" });
    expect((await site.call(["--rollback"])).code).toBe(0);
    expect(site.installed()).toEqual(updated);
  });

  test("takes it from a web server, and asks for no more than it needs", async () => {
    using site = new Site();
    makeTestRelease(site, "releases", { version: "2.0.0", signedWith: privateKey });
    const requests: string[] = [];
    using server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch(request) {
        const { pathname } = new URL(request.url);
        requests.push(pathname);
        return new Response(Bun.file(site.at("releases", pathname)));
      },
    });
    const url = `http://127.0.0.1:${server.port}/`;
    const done = await site.call(["--base-url", url], { releaseKey });
    expect(done.stdout).toContain("its signature and checksum are right");
    expect(site.installed()).toEqual(updated);
    expect(requests).toEqual([
      "/SHA256SUMS",
      "/SHA256SUMS.sig",
      "/manifest.json",
      "/clawdbot-test-target.gz",
    ]);
  });

  test("what a link points at is replaced, not the link", async () => {
    using site = new Site();
    makeTestRelease(site, "releases", { version: "2.0.0" });
    const link = site.link("links/clawdbot", "../opt/clawdbot");
    const machine = { self: [link] } as unknown as CliContext["machine"];
    expect((await site.call([], {}, { machine })).code).toBe(0);
    expect(site.installed()).toEqual(updated);
    expect(readdirSync(site.at("links"))).toEqual(["clawdbot"]);
  });

  test.each<[string, string[], string, number, string]>([
    ["a newer release", ["--check"], "2.0.0", 30, "clawdbot 2.0.0 is there; this is 1.0.0\n"],
    ["the same", ["--check"], "1.0.0", 0, "clawdbot 1.0.0 is up to date\n"],
    [
      "an older one",
      ["--check"],
      "0.9.0",
      0,
      "clawdbot 1.0.0 is up to date; the release there is 0.9.0, which is older\n",
    ],
    [
      "an older one, without --check",
      [],
      "0.9.0",
      0,
      "clawdbot 1.0.0 is up to date; the release there is 0.9.0, which is older\n",
    ],
  ])("%s: tells, and changes nothing", async (_case, words, version, code, stdout) => {
    using site = new Site();
    makeTestRelease(site, "releases", { version });
    expect(await site.call(words)).toEqual({ code, stdout, stderr: "" });
    expect(site.installed()).toEqual(untouched);
  });

  test.each(["0.9.0", "v0.9.0"])("--pin %s takes an older one", async (pin) => {
    using site = new Site();
    makeTestRelease(site, "releases", { version: "2.0.0" });
    makeTestRelease(site, "releases/v0.9.0", { version: "0.9.0" });
    expect((await site.call(["--pin", pin])).code).toBe(0);
    expect(site.installed()).toEqual({ ...updated, says: "0.9.0" });
  });

  test("CLAWDBOT_UPDATE_URL comes before what was stamped, and after --base-url", async () => {
    using scratch = new Scratch();
    makeTestRelease(scratch, "env", { version: "3.0.0" });
    makeTestRelease(scratch, "flag", { version: "4.0.0" });
    using site = new Site({ CLAWDBOT_UPDATE_URL: scratch.at("env") });
    makeTestRelease(site, "releases", { version: "2.0.0" });
    expect((await site.call(["--check"])).stdout).toContain("3.0.0 is there");
    const flag = ["--check", "--base-url", scratch.at("flag")];
    expect((await site.call(flag)).stdout).toContain("4.0.0 is there");
  });

  test("a key in a file takes the place of the one that was stamped", async () => {
    using site = new Site();
    const other = generateKeyPairSync("ed25519");
    makeTestRelease(site, "releases", { version: "2.0.0", signedWith: other.privateKey });
    const file = site.file("key.pem", other.publicKey.export({ type: "spki", format: "pem" }));
    expect((await site.call(["--check"], { releaseKey })).stderr).toContain("its signature");
    expect((await site.call(["--check", "--key", file], { releaseKey })).code).toBe(30);
  });
});

describe("clawdbot update refuses, and leaves everything as it is:", () => {
  type Row = readonly [
    name: string,
    says: string,
    words: readonly string[],
    prepare?: ((site: Site) => void) | undefined,
    build?: Partial<Build>,
    change?: Partial<CliContext>,
  ];
  const asset = "releases/clawdbot-test-target.gz";
  const failing = (code: string): (() => never) => {
    return () => {
      throw Object.assign(new Error(code), { code });
    };
  };
  const rows: readonly Row[] = [
    ["no address", "no release address is known", [], undefined, { releaseUrl: "" }],
    ["an address in clear", "is not encrypted", ["--base-url", "http://192.0.2.1/"]],
    ["a folder without a release", "there is no SHA256SUMS", ["--base-url", "/nowhere"]],
    ["a server that is not there", "Cannot fetch", ["--base-url", "http://127.0.0.1:1/"]],
    ["a version that is none", "a version is written like", ["--pin", "../x"]],
    ["a version that is not there", "there is no SHA256SUMS", ["--pin", "7.7.7"]],
    [
      "another version than the one named",
      "7.7.7 is wanted",
      ["--pin", "7.7.7"],
      (site) => void makeTestRelease(site, "releases/v7.7.7", { version: "6.6.6" }),
    ],
    ["going back and choosing", "it fetches nothing", ["--rollback", "--pin", "1.2.3"]],
    ["going back without a program before", "clawdbot.previous", ["--rollback"]],
    [
      "going back to what is another program",
      "does not say that it is clawdbot",
      ["--rollback"],
      (site) => void site.program("opt/clawdbot.previous", "#!/bin/sh\necho busybox 1\n"),
    ],
    ["source code", "runs from source", [], undefined, { target: "source" }],
    ["no build for this machine", "no build for odd", [], undefined, { target: "odd" }],
    ["no signature", "it is not signed", [], undefined, { releaseKey }],
    [
      "a signature by somebody else",
      "its signature",
      [],
      (site) => signRelease(site, "releases", generateKeyPairSync("ed25519").privateKey),
      { releaseKey },
    ],
    ["a key that is none", "holds no public key", ["--key", "/dev/null"]],
    ["a key that is not there", "there is no such file", ["--key", "none.pem"]],
    ["a wait that is none", "a duration is written like", ["--wait", "soon"]],
    [
      "a program that was changed",
      "has the checksum",
      [],
      (site) => {
        const bytes = Buffer.from(readFileSync(site.at(asset)));
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
        site.file(asset, bytes);
      },
    ],
    [
      "a program that was cut off",
      "has the checksum",
      [],
      (site) => void site.file(asset, readFileSync(site.at(asset)).subarray(0, 40)),
    ],
    [
      "a program that is longer than listed",
      "more than",
      [],
      (site) => void site.file(asset, Buffer.alloc(100_000)),
    ],
    ["a program that is missing", "no such file", [], (site) => rmSync(site.at(asset))],
    [
      "a program that says another version",
      "clawdbot 2.0.0 for test-target is wanted",
      [],
      (site) =>
        void makeTestRelease(site, "releases", { version: "2.0.0", program: programOf("1.9.0") }),
    ],
    [
      "a program for another machine",
      "clawdbot 2.0.0 for test-target is wanted",
      [],
      (site) =>
        void makeTestRelease(site, "releases", {
          version: "2.0.0",
          program: programOf("2.0.0", "linux-arm64"),
        }),
    ],
    [
      "a program that does not start",
      "does not start here: it ended with 127: no such library",
      [],
      (site) =>
        void makeTestRelease(site, "releases", {
          version: "2.0.0",
          program: "#!/bin/sh\necho no such library >&2; exit 127\n",
        }),
    ],
    [
      "a program that is no program",
      "does not start here",
      [],
      (site) => void makeTestRelease(site, "releases", { version: "2.0.0", program: "\u007fELF" }),
    ],
    [
      "a directory that cannot be written",
      "it cannot be written by this account",
      [],
      undefined,
      {},
      {
        kernelLock: () =>
          Promise.resolve({ tryTake: failing("EACCES"), tryShare: () => undefined }),
      },
    ],
    [
      "a full disk",
      "the disk is full",
      [],
      undefined,
      {},
      { programFiles: () => Promise.resolve({ ...systemProgramFiles, unpack: failing("ENOSPC") }) },
    ],
    [
      "a disk that fails at the last step",
      "the disk is full",
      [],
      undefined,
      {},
      { programFiles: () => Promise.resolve({ ...systemProgramFiles, rename: failing("ENOSPC") }) },
    ],
  ];
  for (const [name, says, words, prepare, build, change] of rows) {
    test(name, async () => {
      using site = new Site();
      makeTestRelease(site, "releases", { version: "2.0.0" });
      prepare?.(site);
      const before = site.installed();
      const { code, stdout, stderr } = await site.call(words, build, change);
      expect(stderr).toContain(says);
      expect([code > 0, stdout]).toEqual([true, ""]);
      expect(site.installed()).toEqual(before);
    });
  }

  test("another update that is under way", async () => {
    using site = new Site();
    makeTestRelease(site, "releases", { version: "2.0.0" });
    const files = { files: systemFiles, lock: systemKernelLock };
    const other = enterWorkplace(files, site.at("opt/clawdbot"), process.getuid?.());
    const { code, stderr } = await site.call([]);
    expect(code).toBe(75);
    expect(stderr).toContain("another update of this program is under way");
    other.leave();
    expect(site.installed()).toEqual(untouched);
    expect((await site.call([])).code).toBe(0);
  });
});

describe("the service after an update", () => {
  test("is restarted with the new program", async () => {
    using site = new Site();
    makeTestRelease(site, "releases", { version: "2.0.0" });
    site.installService();
    const { code, stdout } = await site.call([]);
    expect(code).toBe(0);
    expect(stdout).toContain("the service clawdbot-node was restarted and stays up");
    expect(site.restarts()).toEqual(["restart clawdbot 2.0.0 (000000000000, test-target)"]);
  });

  test.each([
    ["--no-restart", ["--no-restart"], (): void => undefined],
    ["a service that is stopped", [], (site: Site) => rmSync(site.at("bin/state/running"))],
    [
      "a service of another program",
      [],
      (site: Site) => site.installService(site.program("other/clawdbot")),
    ],
  ])("%s: is left alone", async (_case, words, prepare) => {
    using site = new Site();
    makeTestRelease(site, "releases", { version: "2.0.0" });
    site.installService();
    prepare(site);
    expect((await site.call(words)).code).toBe(0);
    expect(site.restarts()).toEqual([]);
    expect(site.installed()).toEqual(updated);
  });

  test.each(["BROKEN", "SHAKY"])(
    "does not come up with a %s one: the old one is back, and so is the one before it",
    async (kind) => {
      using site = new Site();
      const program = `${programOf("2.0.0")}# ${kind}\n`;
      makeTestRelease(site, "releases", { version: "2.0.0", program });
      site.program("opt/clawdbot.previous", programOf("0.5.0"));
      site.installService();
      const { code, stdout, stderr } = await site.call([]);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toContain("the service does not come up with it");
      expect(stderr).toContain("1.0.0 is back in place and runs");
      expect(site.restarts().map((line) => line.split(" ")[2])).toEqual(["2.0.0", "1.0.0"]);
      expect(site.installed()).toEqual({ ...updated, says: "1.0.0" });
      expect(site.read("opt/clawdbot.previous")).toContain("0.5.0");
    },
  );

  test("going back to a program that does not come up keeps the newer one", async () => {
    using site = new Site();
    site.program("opt/clawdbot.previous", `${programOf("0.5.0")}# BROKEN\n`);
    site.installService();
    const { code, stderr } = await site.call(["--rollback"]);
    expect(code).toBe(1);
    expect(stderr).toContain("1.0.0 is back in place and runs");
    expect(site.installed()).toEqual({ ...updated, says: "1.0.0" });
    expect(site.read("opt/clawdbot.previous")).toContain("0.5.0");
  });

  test("is not restarted while commands run", async () => {
    using site = new Site();
    makeTestRelease(site, "releases", { version: "2.0.0" });
    site.installService();
    const left = [2, 1, 0];
    const seen: number[] = [];
    const host = await listen(site, () => {
      expect(site.restarts()).toEqual([]);
      seen.push(left[0] ?? 0);
      return { ok: true, result: { runs: { running: left.shift() ?? 0, more: 1 }, version: "x" } };
    });
    const { code, stderr } = await site.call([]);
    await host.close();
    expect([code, seen]).toEqual([0, [2, 1, 0]]);
    expect(stderr).toContain("Waiting until 2 commands of the service ended");
    expect(site.restarts()).toHaveLength(1);
  });

  test("whose manager does not answer: nothing is changed", async () => {
    using site = new Site();
    makeTestRelease(site, "releases", { version: "2.0.0" });
    site.installService();
    site.file("bin/state/mute", "");
    const { code, stderr } = await site.call([]);
    expect(code).toBe(1);
    expect(stderr).toContain("Cannot tell whether the service clawdbot-node runs");
    expect(stderr).toContain("--no-restart");
    expect(site.installed()).toEqual(untouched);
  });

  test("commands that do not end: nothing is changed", async () => {
    using site = new Site();
    makeTestRelease(site, "releases", { version: "2.0.0" });
    site.installService();
    const host = await listen(site, () => ({ ok: true, result: { runs: { running: 1 } } }));
    const { code, stderr } = await site.call(["--wait", "10s"]);
    await host.close();
    expect(code).toBe(75);
    expect(stderr).toContain("a command still runs after 10 s");
    expect(site.installed()).toEqual(untouched);
    expect(site.restarts()).toEqual([]);
  });

  test("a host that does not know the question lets its commands finish itself", async () => {
    using site = new Site();
    makeTestRelease(site, "releases", { version: "2.0.0" });
    site.installService();
    const error = { code: "invalid", message: "unknown method" };
    const host = await listen(site, () => ({ ok: false, error }));
    expect((await site.call([])).code).toBe(0);
    await host.close();
    expect(site.restarts()).toHaveLength(1);
  });
});

/** A host that answers on the control socket. */
function listen(site: Site, answer: () => unknown) {
  const limits = { maxLineBytes: 1000, deadlineMs: 5000, maxConnections: 4 };
  const { directory, controlSocket } = pathsIn(join(site.line.home, ".clawdbot"));
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return systemControlSockets.listen(controlSocket, limits, () =>
    Promise.resolve(JSON.stringify(answer())),
  );
}
