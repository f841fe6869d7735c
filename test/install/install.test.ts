import { chmodSync, existsSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";

import { Installation, type RunOptions, wholeScript } from "./installation.ts";
import { asset, program, serveRelease } from "./release-server.ts";

const ofTarget = ["--target", "test-target"];

function scene(content: string | Uint8Array = program("1.2.3")) {
  const home = new Installation();
  const release = serveRelease(home.at("release"), content);
  const stack = new DisposableStack();
  stack.use(home);
  stack.use(release);
  return {
    home,
    release,
    install: (args: readonly string[] = [], options: RunOptions = {}) =>
      home.run(["--base-url", release.url, ...ofTarget, ...args], options),
    [Symbol.dispose]: () => stack.dispose(),
  };
}

const shells: readonly (readonly string[])[] = [
  ["dash"],
  ["busybox", "ash"],
  ["mksh"],
  ["bash"],
  ["bash", "--posix"],
  ["zsh"],
];
const present = shells.filter(([name = ""]) => Bun.which(name) !== null);
const fetchers: readonly (readonly string[])[] = [
  ["curl", "sha256sum"],
  ["wget", "sha256sum"],
  ["busybox"],
  ["curl", "openssl"],
  ["curl", "shasum"],
];
const usable = fetchers.filter((names) => names.every((name) => Bun.which(name) !== null));

describe("install.sh", () => {
  test.each(present.map((shell) => [shell.join(" "), shell] as const))(
    "installs under %s, twice without a change, and removes all it made",
    async (_name, shell) => {
      using s = scene();
      const first = await s.install([], { shell });
      expect(first).toMatchObject({ code: 0, stdout: "" });
      expect(first.stderr).toContain("Installed clawdbot 1.2.3");
      expect(s.home.says()).toStartWith("clawdbot 1.2.3");
      const files = s.home.files();
      const profile = s.home.read("home/.profile");
      expect((await s.install([], { shell })).code).toBe(0);
      expect(s.home.files()).toEqual(files);
      expect(s.home.read("home/.profile")).toBe(profile);
      const removed = await s.install(["--uninstall"], { shell });
      expect(removed.code).toBe(0);
      expect(s.home.read("home/called")).toBe("node uninstall\n");
      expect(s.home.files().filter((name) => !/^(called|\.\w+)$/.test(name))).toEqual([]);
      for (const name of s.home.files().filter((file) => file !== "called")) {
        expect(s.home.read(`home/${name}`)).toBe("");
      }
    },
  );

  test.each(usable.map((names) => [names.join(" and "), names] as const))(
    "needs no more than %s",
    async (_name, names) => {
      using s = scene();
      expect(await s.install([], { with: names })).toMatchObject({ code: 0 });
      expect(s.home.says()).toStartWith("clawdbot 1.2.3");
    },
  );

  test("does nothing at all when it is cut off, wherever that is", async () => {
    using s = scene();
    const cuts = Array.from({ length: 40 }, (_, index) =>
      Math.floor(((index + 0.5) * wholeScript.length) / 40),
    );
    const last = wholeScript.lastIndexOf("main ");
    for (const at of [...cuts, 0, 1, last, last + 3]) {
      await s.install([], { text: wholeScript.slice(0, at) });
    }
    expect(s.home.files()).toEqual([]);
    expect(s.release.requests).toEqual([]);
  });
});

describe("install.sh refuses, and leaves nothing behind:", () => {
  type Scene = ReturnType<typeof scene>;
  const rows: readonly [
    name: string,
    says: string,
    args: readonly string[],
    prepare?: ((s: Scene) => void) | undefined,
    options?: RunOptions,
  ][] = [
    ["an unknown option", 'unknown option "--verison"', ["--verison", "1"]],
    ["an option without its value", "--bin-dir wants a value", ["--bin-dir"]],
    ["an empty value", "--bin-dir wants a value", ["--bin-dir", ""]],
    ["flags of a service without the service", "only --service takes", ["--", "--host", "x"]],
    ["a target that is a path", "no name of a target", ["--target", "../x"]],
    ["an address of another kind", "no address of a release", ["--base-url", "ftp://x"]],
    ["an unencrypted address far away", "is not encrypted", ["--base-url", "http://192.0.2.1/x"]],
    ["a release that is not there", "cannot be fetched", ["--version", "9.9.9"]],
    [
      "a file that was changed on the way",
      "is wanted",
      [],
      ({ release }) => release.put(asset, Bun.gzipSync(Buffer.from(program("6.6.6")))),
    ],
    [
      "a file that was cut off",
      "is wanted",
      [],
      ({ release }) =>
        release.put(asset, readFileSync(join(release.folder, asset)).subarray(0, 60)),
    ],
    [
      "no list of checksums",
      "SHA256SUMS cannot be fetched",
      [],
      ({ release }) => rmSync(join(release.folder, "SHA256SUMS")),
    ],
    [
      "a list without this file",
      "does not name",
      [],
      ({ release }) => release.put("SHA256SUMS", `${"0".repeat(64)}  x${asset}\n`),
    ],
    [
      "a list whose name only looks like it",
      "does not name",
      [],
      ({ release }) => release.put("SHA256SUMS", `${release.sum}  ${asset.replace(".", "x")}\n`),
    ],
    ["another checksum than the one given", "--sha256 says", ["--sha256", "a".repeat(64)]],
    ["no tool for checksums", "no tool for SHA-256", [], undefined, { with: ["curl"] }],
    ["no tool to fetch with", "neither curl nor wget", [], undefined, { with: ["sha256sum"] }],
    [
      "a program that does not start",
      "does not start here",
      [],
      ({ release }) => pack(release, "#!/bin/sh\necho 'no such library' >&2\nexit 127\n"),
    ],
    [
      "a program that is another one",
      "does not say that it is clawdbot",
      [],
      ({ release }) => pack(release, "#!/bin/sh\necho busybox 1.2.3\n"),
    ],
    [
      "a file that is not compressed",
      "cannot be unpacked",
      [],
      ({ release }) => {
        release.put(asset, "plain");
        release.put("SHA256SUMS", `${sha256("plain")}  ${asset}\n`);
      },
    ],
    [
      "a directory in the program's place",
      "is a directory",
      [],
      ({ home }) => void home.directory("home/.local/bin/clawdbot"),
    ],
  ];
  for (const [name, says, args, prepare, options] of rows) {
    test(name, async () => {
      using s = scene();
      prepare?.(s);
      const { code, stdout, stderr } = await s.install(args, options);
      expect(stderr).toContain(says);
      expect(code).toBeGreaterThan(0);
      expect(stdout).toBe("");
      expect(s.home.files()).toEqual([]);
    });
  }

  test("a release of another version than the one asked for", async () => {
    using s = scene();
    const folder = join(s.release.folder, "v2.0.0");
    s.home.directory("release/v2.0.0");
    for (const name of [asset, "SHA256SUMS"]) symlinkSync(`../${name}`, join(folder, name));
    const { code, stderr } = await s.install(["--version", "v2.0.0"]);
    expect(stderr).toContain("the release of v2.0.0 holds clawdbot 1.2.3");
    expect(code).toBe(1);
    expect(s.home.files()).toEqual([]);
  });

  test("and keeps the old program when the new one is broken", async () => {
    using s = scene();
    await s.install();
    pack(s.release, "#!/bin/sh\nexit 1\n");
    expect((await s.install()).code).toBe(1);
    expect(s.home.says()).toStartWith("clawdbot 1.2.3");
    expect(s.home.files().filter((name) => name.startsWith(".local"))).toEqual([
      ".local/bin/clawdbot",
    ]);
  });

  test("a directory that may not be written", async () => {
    using s = scene();
    const locked = s.home.directory("home/locked");
    chmodSync(locked, 0o555);
    chmodSync(s.home.path, 0o755);
    chmodSync(s.home.home, 0o755);
    const other =
      process.getuid?.() === 0
        ? [Bun.which("setpriv") ?? "", "--reuid", "65534", "--clear-groups"]
        : [];
    const { code, stderr } = await s.install(["--bin-dir", locked], { launcher: other });
    expect(stderr).toContain("cannot be written");
    expect(code).toBe(1);
  });
});

describe("install.sh", () => {
  test("replaces a program that is running", async () => {
    using s = scene();
    const sleeping = await Bun.file(Bun.which("sleep") ?? "").bytes();
    s.home.directory("home/.local/bin");
    await Bun.write(s.home.binary, sleeping);
    chmodSync(s.home.binary, 0o755);
    const old = Bun.spawn([s.home.binary, "60"]);
    try {
      expect((await s.install()).code).toBe(0);
      expect(s.home.says()).toStartWith("clawdbot 1.2.3");
      expect(old.exitCode).toBeNull();
    } finally {
      old.kill();
    }
  });

  test("takes a folder for a release, as on a machine without a network", async () => {
    using s = scene();
    for (const url of [s.release.folder, `file://${s.release.folder}`]) {
      const run = await s.home.run(["--base-url", url, ...ofTarget], { with: ["sha256sum"] });
      expect(run).toMatchObject({ code: 0 });
    }
    expect(s.release.requests).toEqual([]);
  });

  test("does without a checksum only when told so, and says so", async () => {
    using s = scene();
    const { code, stderr } = await s.install(["--insecure-skip-checksum"], { with: ["curl"] });
    expect(stderr).toContain("the checksum was not checked");
    expect(code).toBe(0);
  });

  test("changes nothing with --dry-run", async () => {
    using s = scene();
    const { code, stderr } = await s.install(["--dry-run", "--service", "--", "--host", "gw"]);
    expect(code).toBe(0);
    expect(stderr).toContain("node install --host gw");
    expect(s.home.files()).toEqual([]);
    expect(s.release.requests).toEqual([]);
  });

  test("ends with a service when asked to, its flags as they were given", async () => {
    using s = scene();
    const flags = ["--host", "gw", "--display-name", "Build Node"];
    expect((await s.install(["--service", "--", ...flags])).code).toBe(0);
    expect(s.home.read("home/called")).toBe("node install --host gw --display-name Build Node\n");
  });

  test("finds a home without HOME", async () => {
    using s = scene();
    const env = { HOME: undefined, CLAWDBOT_INSTALL_BIN_DIR: s.home.at("home/bin") };
    const run = await s.install(["--no-modify-path"], { env });
    expect(run).toMatchObject({ code: 0 });
    expect(existsSync(s.home.at("home/bin/clawdbot"))).toBe(true);
  });

  test("leaves start-up files alone with --no-modify-path, and says what to do", async () => {
    using s = scene();
    const { stderr } = await s.install(["--no-modify-path"]);
    expect(stderr).toContain("export PATH=");
    expect(s.home.files()).toEqual([".local/bin/clawdbot"]);
  });

  test.each([["a b"], ["it's"], ['say "hi"'], ["$HOME"], ["`id`"]])(
    "writes a PATH line that means exactly the directory %j",
    async (name) => {
      using s = scene();
      const bin = s.home.at("home", name);
      await s.install(["--bin-dir", bin]);
      const read = Bun.spawnSync(
        ["sh", "-c", '. "$1"; command -v clawdbot', "sh", s.home.at("home/.profile")],
        {
          env: { HOME: s.home.home, PATH: "/usr/bin:/bin" },
        },
      );
      expect(read.stdout.toString()).toBe(`${bin}/clawdbot\n`);
    },
  );

  test("removes the program that an update has kept", async () => {
    using s = scene();
    await s.install(["--no-modify-path"]);
    s.home.program("home/.local/bin/clawdbot.previous");
    const dry = await s.install(["--uninstall", "--dry-run"]);
    expect(dry.stderr).toContain(`would remove   ${s.home.binary}.previous\n`);
    await s.install(["--uninstall"]);
    expect(s.home.files()).toEqual(["called"]);
  });

  test("removes only its own lines", async () => {
    using s = scene();
    const mine = "export A=1\n\n# no newline at the end";
    s.home.file("home/.profile", mine);
    await s.install();
    expect(s.home.read("home/.profile")).toContain("clawdbot PATH");
    await s.install(["--uninstall"]);
    expect(s.home.read("home/.profile").trimEnd()).toBe(mine);
  });

  test("keeps the state of the node unless told otherwise", async () => {
    using s = scene();
    await s.install();
    s.home.file("home/.clawdbot/node.json", "{}");
    await s.install(["--uninstall"]);
    expect(s.home.has("home/.clawdbot/node.json")).toBe(true);
    await s.install(["--uninstall", "--purge"]);
    expect(s.home.has("home/.clawdbot")).toBe(false);
  });
});

function sha256(content: string | Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(content).digest("hex");
}

function pack(
  release: { put(name: string, content: string | Uint8Array): void },
  text: string,
): void {
  const packed = Bun.gzipSync(Buffer.from(text));
  release.put(asset, packed);
  release.put("SHA256SUMS", `${sha256(packed)}  ${asset}\n`);
}
