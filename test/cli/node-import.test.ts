// `node import`, on real files: what is taken, what stays, and that nothing changes at the source.
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { identityOf } from "../../src/state/device-identity.ts";
import { CommandLine } from "../fakes/command-line.ts";
import { InvokingGateway } from "../fakes/invoking-gateway.ts";
import { OpenClawHost, theirNode } from "../fakes/openclaw-state.ts";

class Machine extends CommandLine {
  readonly #hosts: OpenClawHost[] = [];

  at(...parts: string[]): string {
    return join(this.home, ...parts);
  }

  write(name: string, content: unknown): void {
    mkdirSync(dirname(this.at(name)), { recursive: true });
    writeFileSync(this.at(name), typeof content === "string" ? content : JSON.stringify(content));
  }

  read(name: string): any {
    return existsSync(this.at(name)) ? JSON.parse(readFileSync(this.at(name), "utf8")) : undefined;
  }

  openClaw(state?: ConstructorParameters<typeof OpenClawHost>[1]): OpenClawHost {
    const host = new OpenClawHost(this.at(".openclaw"), state);
    this.#hosts.push(host);
    return host;
  }

  override [Symbol.dispose](): void {
    for (const host of this.#hosts) host[Symbol.dispose]();
    super[Symbol.dispose]();
  }

  /** Every file below a directory with what it contains and when it changed. */
  marks(directory: string): string[] {
    return readdirSync(this.at(directory), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => {
        const path = join(parentPath, name);
        const hash = createHash("sha256").update(readFileSync(path)).digest("hex");
        return `${path} ${statSync(path).mtimeMs} ${hash}`;
      })
      .toSorted();
  }

  imports(...words: string[]) {
    return this.call("node", "import", ...words);
  }
}

const january = generatedKey();

function generatedKey() {
  using machine = new Machine();
  const host = machine.openClaw();
  return { pem: host.privateKeyPem, deviceId: host.deviceId };
}

/** The files of a Clawdbot or Moltbot of January. */
function januaryState(machine: Machine, directory: string, approvals?: unknown): void {
  const { pem, deviceId } = january;
  machine.write(`${directory}/identity/device.json`, {
    version: 1,
    deviceId,
    publicKeyPem: "pem",
    privateKeyPem: pem,
    createdAtMs: 7,
  });
  const tokens = { node: { token: "january-token", role: "node", scopes: [], updatedAtMs: 1 } };
  machine.write(`${directory}/identity/device-auth.json`, { version: 1, deviceId, tokens });
  machine.write(`${directory}/node.json`, {
    version: 1,
    nodeId: "january-node",
    displayName: "January",
    gateway: { host: "GW.example.com", port: 443, tls: true, tlsFingerprint: "ab".repeat(32) },
  });
  if (approvals !== undefined) machine.write(`${directory}/exec-approvals.json`, approvals);
}

describe("node import from OpenClaw", () => {
  test("takes what a running host has, and leaves no trace there", async () => {
    using machine = new Machine();
    const host = machine.openClaw({ token: "their-token" });
    const before = machine.marks(".openclaw");
    const { code, stdout, stderr } = await machine.imports();
    expect(code).toBe(0);
    expect(machine.marks(".openclaw")).toEqual(before);
    expect(machine.read(".clawdbot/node.json")).toEqual({
      version: 1,
      nodeId: theirNode.nodeId,
      displayName: "Real OC",
      gateway: { host: "127.0.0.1", port: 18_999, tls: false },
      token: "their-token",
      tokenGateway: "127.0.0.1:18999",
    });
    const identity = machine.read(".clawdbot/identity/device.json");
    expect(identity).toMatchObject({ version: 1, deviceId: host.deviceId, createdAtMs: 5 });
    expect(identityOf(identity.privateKeyPem).deviceId).toBe(host.deviceId);
    expect(statSync(machine.at(".clawdbot/identity/device.json")).mode & 0o777).toBe(0o600);
    expect(stdout).toContain(host.deviceId);
    expect(stdout).toContain("token        yes, for this gateway");
    expect(stdout + stderr).not.toContain("their-token");
    expect(stderr).toContain("stop the node host of OpenClaw");
  });

  test("the host that it makes is the same device, with the same token", async () => {
    await using gateway = new InvokingGateway({ protocol: 4, version: "2026.9.6" });
    using machine = new Machine({ CLAWDBOT_GATEWAY_TOKEN: "" });
    const node = { ...theirNode, gateway: { host: "127.0.0.1", port: gateway.port } };
    const host = machine.openClaw({ token: "their-token", node });
    await machine.imports();
    const running = machine.call("node", "run");
    await gateway.until(() => gateway.connected);
    await machine.signal("SIGTERM");
    await running;
    const [connect] = gateway.connects;
    expect(connect.device.id).toBe(host.deviceId);
    expect(connect.auth).toEqual({ token: "their-token" });
    expect(connect.client).toMatchObject({ instanceId: theirNode.nodeId, displayName: "Real OC" });
  });

  test("--dry-run says the same and writes nothing at all", async () => {
    using machine = new Machine();
    const host = machine.openClaw({ approvals: { version: 1, defaults: { security: "full" } } });
    const { code, stdout } = await machine.imports("--dry-run");
    expect(code).toBe(0);
    expect(stdout).toStartWith("Would take from OpenClaw");
    expect(stdout).toContain(host.deviceId);
    expect(readdirSync(machine.home)).toEqual([".openclaw"]);
  });

  test.each<[string, object, object | undefined, object | undefined, RegExp]>([
    [
      "nothing",
      { version: 1, socket: { token: "s" }, defaults: {}, agents: {} },
      undefined,
      undefined,
      /lets every command run then; here, programs on the allowlist/,
    ],
    [
      "everything",
      { version: 1, defaults: { security: "full", ask: "off" } },
      undefined,
      { security: "full", ask: "off" },
      /every command of the gateway runs here, as it did/,
    ],
    [
      "agents, and no security",
      { version: 1, agents: { main: {} } },
      undefined,
      { security: "allowlist", ask: "on-miss" },
      /it was not opened here/,
    ],
    [
      "everything, and its configuration less",
      { version: 1, defaults: { security: "full" } },
      { tools: { exec: { security: "allowlist" } } },
      { security: "allowlist" },
      /security allowlist/,
    ],
    ["what nobody can read", { version: 9 }, undefined, undefined, /was not taken: "version" is 9/],
  ])("a policy that allows %s", async (_what, approvals, configuration, defaults, note) => {
    using machine = new Machine();
    machine.openClaw({ approvals });
    if (configuration !== undefined) machine.write(".openclaw/openclaw.json", configuration);
    const { code, stdout } = await machine.imports();
    expect([code, stdout]).toEqual([0, expect.stringMatching(note)]);
    const written = machine.read(".clawdbot/exec-approvals.json");
    if (defaults === undefined) expect(written).toBeUndefined();
    else expect(written.defaults).toMatchObject(defaults);
    expect(JSON.stringify(written ?? {})).not.toContain("socket");
  });

  test.each<[string, string, string]>([
    ["comments", '{ /* mine */ tools: { exec: { security: "deny" } }, }', "deny"],
    ["other files", '{ "$include": "./more.json" }', "allowlist"],
    ["nonsense", "{{{", "allowlist"],
  ])("a configuration with %s is read, or trusted with nothing", async (_what, text, security) => {
    using machine = new Machine();
    machine.openClaw({ approvals: { version: 1, defaults: { security: "full" } } });
    machine.write(".openclaw/openclaw.json", text);
    await machine.imports();
    expect(machine.read(".clawdbot/exec-approvals.json").defaults.security).toBe(security);
  });

  test("a token of another device is not taken", async () => {
    using machine = new Machine();
    const host = machine.openClaw({ token: "their-token" });
    host.run("update device_auth_tokens set device_id = 'somebody' where token = 'their-token'");
    const { stdout } = await machine.imports();
    expect(machine.read(".clawdbot/node.json").token).toBeUndefined();
    expect(stdout).toContain("it holds no token");
  });

  test.each<[string, (host: OpenClawHost) => void, string]>([
    ["no key", (host) => host.run("delete from device_identities"), "no device key is in it"],
    [
      "a key that is none",
      (host) => host.run("update device_identities set private_key_pem = 'x'"),
      "its device key cannot be used",
    ],
    ["no such table", (host) => host.run("drop table device_auth_tokens"), "no such table"],
    [
      "settings that are no JSON",
      (host) => host.run("update config_machine_state set value_json = '{'"),
      "JSON that cannot be read",
    ],
    [
      "settings of another kind",
      (host) => host.run(`update config_machine_state set value_json = '{"gateway":{"port":0}}'`),
      "not as expected",
    ],
  ])("a database with %s is refused, and nothing is written", async (_what, spoil, text) => {
    using machine = new Machine();
    const host = machine.openClaw();
    spoil(host);
    const { code, stderr } = await machine.imports();
    expect([code, stderr]).toEqual([3, expect.stringContaining(text)]);
    expect(existsSync(machine.at(".clawdbot"))).toBe(false);
  });

  test("a file that is no database is refused", async () => {
    using machine = new Machine();
    machine.write(
      ".openclaw/state/openclaw.sqlite",
      "not a database, but long enough for a header".repeat(20),
    );
    const { code, stderr } = await machine.imports();
    expect([code, stderr]).toEqual([3, expect.stringContaining("Cannot read the database")]);
  });
});

describe("node import from the files of January", () => {
  test.each<[string, string]>([
    [".moltbot", "Moltbot"],
    [".openclaw", "OpenClaw"],
  ])("takes them from ~/%s", async (directory, product) => {
    using machine = new Machine();
    januaryState(machine, directory);
    const { code, stdout } = await machine.imports();
    expect([code, stdout]).toEqual([0, expect.stringContaining(`Took from ${product}`)]);
    expect(machine.read(".clawdbot/node.json")).toMatchObject({
      nodeId: "january-node",
      token: "january-token",
      tokenGateway: "gw.example.com:443",
      gateway: { host: "GW.example.com", tls: true, tlsFingerprint: "ab".repeat(32) },
    });
  });

  test("a policy that names no security denied everything there, and does here", async () => {
    using machine = new Machine();
    const agents = { main: { allowlist: [{ pattern: "*" }] } };
    januaryState(machine, ".moltbot", { version: 1, agents });
    await machine.imports();
    expect(machine.read(".clawdbot/exec-approvals.json")).toMatchObject({
      defaults: { security: "deny" },
      agents,
    });
  });

  test("its own directory goes into a profile", async () => {
    using machine = new Machine();
    januaryState(machine, ".clawdbot");
    const refused = await machine.imports("--from", machine.at(".clawdbot"));
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining("this program's own state directory"),
    ]);
    const { code } = await machine.imports("--profile", "work");
    expect(code).toBe(0);
    expect(machine.read(".clawdbot-work/node.json").nodeId).toBe("january-node");
  });
});

describe("what is here already", () => {
  test("the same identity again is no conflict, and keeps what was set here", async () => {
    using machine = new Machine();
    machine.openClaw({ token: "t-1" });
    await machine.imports();
    const config = machine.read(".clawdbot/node.json");
    machine.write(".clawdbot/node.json", { ...config, trustGatewayApprovals: true });
    expect((await machine.imports()).code).toBe(0);
    expect(machine.read(".clawdbot/node.json")).toMatchObject({ trustGatewayApprovals: true });
  });

  test("another identity stops it, until --force, which keeps copies", async () => {
    using machine = new Machine();
    januaryState(machine, ".clawdbot", { version: 1, defaults: { security: "deny" } });
    const host = machine.openClaw({ approvals: { version: 1, defaults: { security: "full" } } });
    const before = machine.marks(".clawdbot").filter((line) => !line.includes("node.lock"));
    const refused = await machine.imports();
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(
        /would replace the device key of this host \([0-9a-f]{12}\).*\n.*--force/,
      ),
    ]);
    expect(machine.marks(".clawdbot").filter((line) => !line.includes("node.lock"))).toEqual(
      before,
    );
    const { backups } = await machine.json("node", "import", "--force");
    expect(machine.read(".clawdbot/identity/device.json").deviceId).toBe(host.deviceId);
    expect(machine.read(".clawdbot/exec-approvals.json").defaults.security).toBe("full");
    expect(backups).toHaveLength(3);
    const copies = backups.map((path: string) => readFileSync(path, "utf8")).join("");
    for (const old of [january.deviceId, "january-node", "deny"]) expect(copies).toContain(old);
    // The token of January's device is not offered for this one.
    expect(machine.read(".clawdbot/node.json").token).toBeUndefined();
  });

  test("a policy here stays without --force", async () => {
    using machine = new Machine();
    machine.write(".clawdbot/exec-approvals.json", { version: 1, defaults: { security: "deny" } });
    machine.openClaw({ approvals: { version: 1, defaults: { security: "full" } } });
    const { code, stdout } = await machine.imports();
    expect([code, stdout]).toEqual([0, expect.stringContaining("--force replaces it")]);
    expect(machine.read(".clawdbot/exec-approvals.json").defaults.security).toBe("deny");
  });

  test("a host that runs stops it", async () => {
    await using gateway = new InvokingGateway();
    using machine = new Machine();
    machine.openClaw();
    const running = machine.call("node", "run", "--url", gateway.url);
    await gateway.until(() => gateway.connected);
    const { code, stderr } = await machine.imports("--force");
    await machine.signal("SIGTERM");
    await running;
    expect([code, stderr]).toEqual([14, expect.stringContaining("uses this state directory")]);
  });
});

describe("where to import from", () => {
  test("two hosts are a choice for a person", async () => {
    using machine = new Machine();
    januaryState(machine, ".moltbot");
    machine.openClaw();
    const { code, stderr } = await machine.imports();
    expect(code).toBe(1);
    expect(stderr).toMatch(/there are .*\.openclaw and .*\.moltbot\n.*--from/);
    expect((await machine.imports("--from", "~/.moltbot")).code).toBe(0);
  });

  test("none is told with the places", async () => {
    using machine = new Machine();
    const { code, stderr } = await machine.imports();
    expect([code, stderr]).toEqual([3, expect.stringContaining(".moltbot")]);
    const empty = await machine.imports("--from", machine.home);
    expect([empty.code, empty.stderr]).toEqual([3, expect.stringContaining("no state of a node")]);
  });

  test("OPENCLAW_STATE_DIR is looked at", async () => {
    using other = new Machine();
    const host = other.openClaw();
    using machine = new Machine({ OPENCLAW_STATE_DIR: other.at(".openclaw") });
    const { taken } = await machine.json("node", "import", "--dry-run");
    expect(taken.deviceId).toBe(host.deviceId);
  });
});
