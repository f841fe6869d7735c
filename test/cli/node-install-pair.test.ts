// `node install` with a setup code: a node first, then a service, and the code in no file.
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { CommandLine } from "../fakes/command-line.ts";
import { InvokingGateway, type InvokingOptions } from "../fakes/invoking-gateway.ts";
import { Scratch } from "../fakes/scratch.ts";
import { systemctl } from "../fakes/systemctl.ts";

const bootstrapToken = "m0X1EuR0PQT6FpxJkLBf3gksvisYK6ehxDFn-Zc_QJo";
const issued = "device-token-of-the-gateway";
const later: InvokingOptions = { protocol: 4, version: "2026.9.6", deviceToken: issued };

const codeFor = (url: string): string =>
  Buffer.from(JSON.stringify({ bootstrapToken, url })).toString("base64url");

class Machine extends Scratch {
  readonly line: CommandLine;

  constructor(env: Record<string, string> = {}) {
    super();
    this.program("bin/systemctl", systemctl);
    this.program("bin/loginctl");
    this.line = new CommandLine({
      PATH: `${this.at("bin")}:/usr/bin:/bin`,
      XDG_RUNTIME_DIR: this.directory("run"),
      CLAWDBOT_GATEWAY_TOKEN: "",
      ...env,
    });
  }

  install(...words: string[]) {
    return this.line.call("node", "install", "--user", ...words);
  }

  get unit(): string {
    const path = join(this.line.home, ".config/systemd/user/clawdbot-node.service");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  get config(): any {
    const path = join(this.line.home, ".clawdbot/node.json");
    return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
  }

  /** Everything that was written, as one text. */
  get written(): string {
    return readdirSync(this.line.home, { recursive: true })
      .map((name) => join(this.line.home, String(name)))
      .filter((path) => statSync(path).isFile())
      .map((path) => readFileSync(path, "latin1"))
      .join("\n");
  }

  override [Symbol.dispose](): void {
    this.line[Symbol.dispose]();
    super[Symbol.dispose]();
  }
}

describe("node install --pair", () => {
  test.each<[string, (machine: Machine, code: string) => string[]]>([
    ["as an argument", (_machine, code) => ["--pair", code]],
    [
      "from standard input",
      (machine, code) => {
        machine.line.standardInput = code;
        return ["--pair", "-"];
      },
    ],
    ["where it is needed", (_machine, code) => ["--pair-if-needed", code]],
  ])("pairs with a code %s, then installs, and keeps no code", async (_how, words) => {
    await using gateway = new InvokingGateway(later);
    using machine = new Machine();
    const code = codeFor(gateway.url);
    await machine.install(...words(machine, code), "--display-name", "box");
    expect(gateway.connects).toHaveLength(1);
    expect(gateway.connects[0].auth).toEqual({ bootstrapToken });
    expect(gateway.connects[0].commands).toHaveLength(5);
    expect(machine.config).toMatchObject({
      displayName: "box",
      token: issued,
      gateway: { host: "127.0.0.1", port: gateway.port },
    });
    expect(machine.unit).toContain('"node" "run" "--display-name" "box"\n');
    expect(machine.unit).not.toContain("pair");
    expect(machine.written).not.toContain(bootstrapToken);
    expect(machine.written).not.toContain(code);
  });

  test("a node that has a token needs none, and its service may be running", async () => {
    await using gateway = new InvokingGateway(later);
    using machine = new Machine();
    const code = codeFor(gateway.url);
    await machine.install("--pair", code);
    await machine.install("--pair-if-needed", code);
    expect(gateway.connects).toHaveLength(1);
  });

  test("a code that is refused installs nothing", async () => {
    const details = { code: "AUTH_BOOTSTRAP_TOKEN_INVALID" };
    const refusal = { code: "INVALID_REQUEST", message: "unauthorized", details };
    await using gateway = new InvokingGateway({ ...later, refusal });
    using machine = new Machine();
    const ended = await machine.install("--pair", codeFor(gateway.url), "--json");
    expect(ended.code).toBe(10);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      ok: false,
      error: expect.stringContaining("Cannot pair with"),
      hints: [expect.stringContaining("clawdbot devices setup-code")],
    });
    expect(machine.unit).toBe("");
    expect(gateway.connects).toHaveLength(1);
  });

  test("a gateway that issues no token is told apart", async () => {
    await using gateway = new InvokingGateway({ protocol: 4, version: "2026.9.6" });
    using machine = new Machine();
    const ended = await machine.install("--pair", codeFor(gateway.url));
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain("gave it no token for later");
    expect(machine.unit).toBe("");
  });

  test.each<[string, string[], string]>([
    ["--print", ["--print"], "it would be used up"],
    ["another address", ["--host", "gateway.local"], "the code says where the Gateway is"],
    ["both kinds of code", ["--pair-if-needed", "x"], "one code is wanted"],
  ])("is not combined with %s", async (_what, words, why) => {
    await using gateway = new InvokingGateway(later);
    using machine = new Machine();
    const ended = await machine.install("--pair", codeFor(gateway.url), ...words);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(why);
    expect(gateway.connects).toEqual([]);
    expect(machine.unit).toBe("");
  });

  test("no code, no pairing", async () => {
    await using gateway = new InvokingGateway(later);
    using machine = new Machine({ CLAWDBOT_PAIR_CODE: " " });
    await machine.install("--url", gateway.url);
    expect(gateway.connects).toEqual([]);
    expect(machine.unit).toContain(gateway.url);
  });
});
