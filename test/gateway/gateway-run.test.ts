// `clawdbot gateway run` as a program of its own.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newDevice } from "./device.ts";
import { RawClient } from "./raw-client.ts";

const main = join(import.meta.dir, "..", "..", "src", "main.ts");
const tls = join(import.meta.dir, "..", "fixtures", "gateway-tls");

let home: string;
const running: Program[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "clawdbot-gateway-run-"));
});
afterEach(async () => {
  for (const program of running.splice(0)) await program.kill();
  rmSync(home, { recursive: true, force: true });
});

class Program {
  readonly #process: Bun.Subprocess<"pipe", "pipe", "pipe">;
  stderr = "";

  constructor(args: readonly string[], env: Record<string, string> = {}, stdin = "") {
    this.#process = Bun.spawn([process.execPath, main, ...args], {
      env: { HOME: home, PATH: process.env["PATH"]!, NO_COLOR: "1", ...env },
      cwd: home,
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
    void this.#process.stdin.write(stdin);
    void this.#process.stdin.end();
    void this.#collect();
  }

  /** The address that it says it listens on. */
  async url(): Promise<string> {
    for (;;) {
      const url = /"url":"([^"]+)"/.exec(this.stderr)?.[1] ?? /url=(\S+)/.exec(this.stderr)?.[1];
      if (url !== undefined) return url;
      if (this.#process.exitCode !== null) throw new Error(`it ended: ${this.stderr}`);
      await Bun.sleep(5);
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  async ended(): Promise<number> {
    const code = await this.#process.exited;
    await Bun.sleep(10);
    return code;
  }

  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
  }

  async #collect(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#process.stderr) this.stderr += decoder.decode(chunk);
  }
}

function gatewayRun(
  args: readonly string[],
  env?: Record<string, string>,
  stdin?: string,
): Program {
  const program = new Program(["gateway", "run", ...args], env, stdin);
  running.push(program);
  return program;
}

const run = (...args: string[]): Program => gatewayRun(["--port", "0", ...args]);
const keptToken = (): string => readFileSync(join(home, ".clawdbot/gateway/token"), "utf8").trim();

describe("gateway run", () => {
  test("makes a token, serves with it, and says good-bye on SIGTERM", async () => {
    const program = run();
    const url = await program.url();
    expect(url).toStartWith("ws://127.0.0.1:");
    expect(statSync(join(home, ".clawdbot/gateway/token")).mode & 0o777).toBe(0o600);
    expect(program.stderr).toContain(join(home, ".clawdbot/gateway/token"));
    expect(program.stderr).not.toContain(keptToken());
    using node = await RawClient.node(url, { token: keptToken() });
    program.signal("SIGTERM");
    expect((await node.event("shutdown")).payload.reason).toBe("gateway stopping");
    expect(await node.closed).toEqual({ code: 1012, reason: "service restart" });
    expect(await program.ended()).toBe(0);
  });

  test("knows its token and its devices again", async () => {
    const first = run();
    const device = newDevice();
    using node = await RawClient.node(await first.url(), { device, token: keptToken() });
    const token = keptToken();
    first.signal("SIGINT");
    expect(await first.ended()).toBe(0);
    expect((await node.closed).code).toBe(1012);
    using operator = await RawClient.operator(await run().url(), { token });
    const { paired } = await operator.payload("device.pair.list");
    expect(paired.map(({ deviceId }: { deviceId: string }) => deviceId)).toContain(device.deviceId);
  });

  const sources: [string, string[], Record<string, string>, string][] = [
    ["a file", ["--token-file", "token"], {}, ""],
    ["standard input", ["--token-file", "-"], {}, "given\n"],
    ["the environment", [], { CLAWDBOT_GATEWAY_TOKEN: "given" }, ""],
    [
      "a file before the environment",
      ["--token-file", "token"],
      { CLAWDBOT_GATEWAY_TOKEN: "x" },
      "",
    ],
  ];
  test.each(sources)("takes the token from %s and keeps none", async (_name, flags, env, stdin) => {
    writeFileSync(join(home, "token"), "given\n");
    const url = await gatewayRun(["--port", "0", ...flags], env, stdin).url();
    using node = await RawClient.node(url, { token: "given" });
    expect(await node.payload("skills.bins")).toEqual({ bins: [] });
    expect(keptToken).toThrow("ENOENT");
  });

  test("logs one JSON object a line when asked to", async () => {
    const program = run("--log-format", "json");
    await program.url();
    const [first] = program.stderr.split("\n");
    expect(JSON.parse(first!)).toMatchObject({ level: "info", message: "gateway is listening" });
  });

  test("encrypts with a certificate", async () => {
    const program = run("--tls-cert", join(tls, "cert.pem"), "--tls-key", join(tls, "key.pem"));
    const url = await program.url();
    expect(url).toStartWith("wss://");
    const ca = readFileSync(join(tls, "cert.pem"), "utf8");
    using node = await RawClient.node(url, { token: keptToken(), ca });
    expect(await node.payload("skills.bins")).toEqual({ bins: [] });
  });

  test("warns about an open network without encryption", async () => {
    const program = run("--bind", "lan");
    expect(await program.url()).toStartWith("ws://0.0.0.0:");
    await Bun.sleep(20);
    expect(program.stderr).toContain("not encrypted");
  });

  test("passes --require-pairing on", async () => {
    const url = await run("--require-pairing").url();
    using node = new RawClient(url);
    const { error } = await node.connect({ token: keptToken() });
    expect(error).toMatchObject({ code: "NOT_PAIRED", message: "pairing required" });
  });
});

describe("gateway run refuses", () => {
  const cases: [string, string[], number, string][] = [
    ["a token on the command line", ["--token", "topsecret"], 2, "--token-file"],
    ["the same with an equals sign", ["--token=topsecret"], 2, "--token-file"],
    ["a port that is none", ["--port", "http"], 2, '--port "http"'],
    ["a port that is too large", ["--port", "65536"], 2, "0 to 65535"],
    ["an address that is none", ["--bind", "a b"], 2, '--bind "a b"'],
    ["an address of another machine", ["--bind", "192.0.2.1"], 1, "does not have this address"],
    ["a certificate without its key", ["--tls-cert", "x"], 2, "--tls-key"],
    ["a key without its certificate", ["--tls-key", "x"], 2, "--tls-cert"],
    [
      "a certificate that is not there",
      ["--tls-cert", "x", "--tls-key", "y"],
      3,
      "there is no such file",
    ],
    [
      "a certificate that is none",
      ["--tls-cert", main, "--tls-key", main],
      3,
      "no PEM certificate",
    ],
    [
      "a key that is none",
      ["--tls-cert", join(tls, "cert.pem"), "--tls-key", main],
      3,
      "--tls-key",
    ],
    [
      "a key of another certificate",
      ["--tls-cert", join(tls, "cert.pem"), "--tls-key", join(tls, "other-key.pem")],
      3,
      "is not the key of",
    ],
    ["a token file that is not there", ["--token-file", "nowhere"], 3, "there is no such file"],
    ["an unknown flag", ["--prot", "1"], 2, "--port"],
    ["a word too many", ["now"], 2, "now"],
  ];
  test.each(cases)("%s", async (_name, args, code, text) => {
    const program = gatewayRun(args);
    expect(await program.ended()).toBe(code);
    expect(program.stderr).toContain(text);
    expect(program.stderr).toStartWith("Error: ");
    expect(program.stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
    expect(program.stderr).not.toContain("topsecret");
  });

  test("a port that is taken, with one line and a hint", async () => {
    const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
    const program = gatewayRun(["--port", String(taken.port)]);
    expect(await program.ended()).toBe(1);
    expect(program.stderr).toContain(`127.0.0.1:${taken.port}: another program uses this port`);
    taken.stop();
  });

  test("a second gateway on one state directory", async () => {
    await run().url();
    const second = run();
    expect(await second.ended()).toBe(14);
    expect(second.stderr).toContain(join(home, ".clawdbot/gateway"));
  });

  test("damaged pairing files, and leaves them", async () => {
    const file = join(home, ".clawdbot/gateway/devices/paired.json");
    mkdirSync(join(home, ".clawdbot/gateway/devices"), { recursive: true });
    writeFileSync(file, "{");
    const program = run();
    expect(await program.ended()).toBe(3);
    expect(program.stderr).toContain(file);
    expect(readFileSync(file, "utf8")).toBe("{");
  });
});

test("gateway run --help says what is needed", async () => {
  const done = Bun.spawnSync([process.execPath, main, "gateway", "run", "--help"], {
    env: { HOME: home },
  });
  const text = done.stdout.toString();
  expect(done.exitCode).toBe(0);
  for (const word of [
    "--token-file",
    "--require-pairing",
    "--bind",
    "CLAWDBOT_GATEWAY_TOKEN",
    "Exit codes",
    "Examples",
  ]) {
    expect(text).toContain(word);
  }
});
