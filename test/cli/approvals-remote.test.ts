// `approvals get --node` and `--gateway`: whose defaults apply where a file says nothing.
import { describe, expect, test } from "bun:test";
import { CommandLine } from "../fakes/command-line.ts";
import { scriptedGateway } from "../fakes/scripted-gateway.ts";

async function get(version: string | undefined, file: unknown): Promise<string> {
  const node = { nodeId: "13d328198dd3", displayName: "box", connected: true, version };
  const snapshot = { path: "/there/exec-approvals.json", exists: true, hash: "h", file };
  await using gateway = scriptedGateway({
    answers: {
      "node.list": { payload: { ts: 1, nodes: [node] } },
      "exec.approvals.node.get": { payload: snapshot },
      "exec.approvals.get": { payload: snapshot },
    },
  });
  using line = new CommandLine({ CLAWDBOT_GATEWAY_URL: gateway.url });
  const target = version === "gateway" ? ["--gateway"] : ["--node", "box"];
  const { code, stdout } = await line.call("approvals", "get", ...target);
  expect(code).toBe(0);
  return stdout;
}

describe("a setting that is in no file", () => {
  test.each<[string, string | undefined]>([
    ["OpenClaw", "2026.9.6"],
    ["Clawdbot", "2026.1.24-3"],
    ["nobody knows whom", undefined],
    ["the gateway itself", "gateway"],
  ])("is that host's own, of %s", async (_whose, version) => {
    const stdout = await get(version, { version: 1, defaults: { ask: "always" } });
    expect(stdout).toMatch(/^security +its own default/m);
    expect(stdout).toMatch(/^ask +always +from defaults/m);
    expect(stdout).not.toContain("built-in");
  });

  test("is known of a host of this program", async () => {
    expect(await get("0.1.0", { version: 1 })).toMatch(/^security +allowlist +from built-in/m);
  });
});
