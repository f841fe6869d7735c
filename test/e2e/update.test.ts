// The compiled executable replaced by a release that a web server has, and back again.
import { copyFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import manifest from "../../package.json" with { type: "json" };
import { Scratch } from "../fakes/scratch.ts";
import { makeTestRelease, programOf } from "../fakes/update-release.ts";
import { executable } from "./program.ts";

class Copy extends Scratch {
  readonly binary = this.at("bin/clawdbot");
  readonly target: string;

  constructor() {
    super();
    this.directory("bin");
    this.directory("home");
    copyFileSync(executable(), this.binary);
    this.target = /, ([a-z0-9-]+)\)$/.exec(this.call(["--version"]).stdout.trim())?.[1] ?? "";
  }

  call(words: readonly string[], program = this.binary) {
    const { exitCode, stdout, stderr } = Bun.spawnSync([program, ...words], {
      env: { HOME: this.at("home"), PATH: "/usr/bin:/bin" },
    });
    return { code: exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
  }

  async callAside(words: readonly string[]) {
    const child = Bun.spawn([this.binary, ...words], {
      env: { HOME: this.at("home"), PATH: "/usr/bin:/bin" },
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { code, stdout, stderr };
  }
}

describe("the executable", () => {
  test("is replaced while it runs, and comes back", async () => {
    using copy = new Copy();
    makeTestRelease(copy, "release", {
      version: "99.0.0",
      target: copy.target,
      program: programOf("99.0.0", copy.target),
    });
    using server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: ({ url }) => new Response(Bun.file(copy.at("release", new URL(url).pathname))),
    });
    const from = ["--base-url", `http://127.0.0.1:${server.port}`];
    const checked = await copy.callAside(["update", "--check", "--json", ...from]);
    expect(checked.code).toBe(30);
    expect(JSON.parse(checked.stdout)).toMatchObject({ result: "available", to: "99.0.0" });
    const done = await copy.callAside(["update", ...from]);
    expect([done.code, done.stderr]).toEqual([0, ""]);
    expect(done.stdout).toContain(`Updated ${manifest.version} to 99.0.0: ${copy.binary}`);
    expect(copy.call([]).stdout).toContain("clawdbot 99.0.0");
    expect(readdirSync(copy.at("bin")).toSorted()).toEqual(["clawdbot", "clawdbot.previous"]);
    // What was kept is whole. It takes the place of the release that it knows nothing of.
    copy.file("back/clawdbot", "");
    copyFileSync(copy.at("bin/clawdbot.previous"), copy.at("back/clawdbot"));
    copyFileSync(copy.binary, copy.at("back/clawdbot.previous"));
    const back = copy.call(["update", "--rollback"], copy.at("back/clawdbot"));
    expect([back.code, back.stderr]).toEqual([0, ""]);
    expect(copy.call([], copy.at("back/clawdbot")).stdout).toContain("clawdbot 99.0.0");
    expect(copy.call(["--version"], copy.at("back/clawdbot.previous")).code).toBe(0);
  });

  test("stays as it is when the release is not what it should be", async () => {
    using copy = new Copy();
    makeTestRelease(copy, "release", { version: "99.0.0", target: copy.target });
    copy.file(`release/clawdbot-${copy.target}.gz`, "cut");
    const { code, stdout, stderr } = copy.call(["update", "--base-url", copy.at("release")]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("has the checksum");
    expect(readdirSync(copy.at("bin"))).toEqual(["clawdbot"]);
    expect(copy.call(["--version"]).stdout).toContain(`clawdbot ${manifest.version} `);
  });
});
