// install.sh with the real executable, as a release has it.
import { readFileSync } from "node:fs";
import { expect, test } from "bun:test";
import manifest from "../../package.json" with { type: "json" };
import { Installation } from "../install/installation.ts";
import { serveRelease } from "../install/release-server.ts";
import { executable } from "./program.ts";

test("install.sh installs the executable from a web server, and it can be a service", async () => {
  using home = new Installation();
  using release = serveRelease(home.at("release"), readFileSync(executable()));
  const run = await home.run(["--base-url", release.url, "--target", "test-target"]);
  expect(run).toMatchObject({ code: 0, stdout: "" });
  expect(run.stderr).toContain(`Installed clawdbot ${manifest.version}`);
  expect(home.says()).toMatch(new RegExp(`^clawdbot ${manifest.version} \\(`));
  const printed = Bun.spawnSync(
    [home.binary, "node", "install", "--print", "--user", "--host", "gateway.local"],
    { env: { HOME: home.home, PATH: "/usr/bin:/bin", CLAWDBOT_GATEWAY_TOKEN: "s3cret" } },
  );
  // In a container a recipe for its host is printed instead, and that is no success.
  expect([0, 1]).toContain(printed.exitCode);
  expect(printed.stderr.toString()).toBe("");
  expect(printed.stdout.toString()).toContain(home.binary);
  expect(printed.stdout.toString()).not.toContain("s3cret");
});
