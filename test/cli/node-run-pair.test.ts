// `node run` with a setup code: in this process, against gateways that say what a test wants.
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandLine, type Ended } from "../fakes/command-line.ts";
import { InvokingGateway, type InvokingOptions } from "../fakes/invoking-gateway.ts";

const token = "m0X1EuR0PQT6FpxJkLBf3gksvisYK6ehxDFn-Zc_QJo";
const issued = "device-token-of-the-gateway";
const later: InvokingOptions = { protocol: 4, version: "2026.9.6", deviceToken: issued };

const codeFor = (value: object): string =>
  Buffer.from(JSON.stringify({ bootstrapToken: token, ...value })).toString("base64url");

/** A person without the gateway's own token. */
function person(env: Record<string, string> = {}): CommandLine {
  return new CommandLine({ CLAWDBOT_GATEWAY_TOKEN: "", ...env });
}

function state(line: CommandLine): any {
  const path = join(line.home, ".clawdbot", "node.json");
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

/** Runs a node until the gateway has it, then stops it. */
async function served(
  line: CommandLine,
  gateway: InvokingGateway,
  ...words: string[]
): Promise<Ended> {
  const before = gateway.frames.length;
  const running = line.call("node", "run", "--verbose", ...words);
  // What a node of these gateways asks first, once it has read their hello.
  await gateway.until(() => gateway.frames.length > before, "the node connects and speaks");
  await line.signal("SIGTERM");
  return running;
}

describe("node run --pair", () => {
  test.each<[string, (line: CommandLine, code: string) => string[]]>([
    ["as an argument", (_line, code) => ["--pair", code]],
    [
      "from a file",
      (line, code) => {
        writeFileSync(join(line.home, "code.txt"), `oc-pair://${code}\n`);
        return ["--pair", `@${join(line.home, "code.txt")}`];
      },
    ],
    [
      "from standard input",
      (line, code) => {
        line.standardInput = `${code}\n`;
        return ["--pair", "-"];
      },
    ],
    ["where it is not needed yet", (_line, code) => ["--pair-if-needed", code]],
  ])("takes a code %s, offers it alone, and keeps what it got", async (_how, words) => {
    await using gateway = new InvokingGateway(later);
    using line = person();
    const code = codeFor({ url: gateway.url, expiresAtMs: Date.now() + 60_000 });
    const { code: exit, stderr } = await served(line, gateway, ...words(line, code));
    expect(exit).toBe(0);
    expect(gateway.connects).toHaveLength(1);
    expect(gateway.connects[0].auth).toEqual({ bootstrapToken: token });
    expect(state(line)).toMatchObject({
      token: issued,
      tokenGateway: `127.0.0.1:${gateway.port}`,
      gateway: { host: "127.0.0.1", port: gateway.port, tls: false },
    });
    // Neither the code nor what is in it is left anywhere.
    const text = stderr + JSON.stringify(state(line));
    for (const secret of [code, token]) expect(text).not.toContain(secret);
  });

  test("CLAWDBOT_PAIR_CODE is used once, and not again by a machine that was let in", async () => {
    await using gateway = new InvokingGateway(later);
    using line = person({ CLAWDBOT_PAIR_CODE: codeFor({ url: gateway.url, expiresAtMs: 99e12 }) });
    await served(line, gateway);
    await gateway.until(() => !gateway.connected);
    await served(line, gateway);
    expect(gateway.connects.map(({ auth }) => auth)).toEqual([
      { bootstrapToken: token },
      { token: issued },
    ]);
  });

  test("--pair prefers the code to the token that is there", async () => {
    await using gateway = new InvokingGateway(later);
    using line = person();
    const code = codeFor({ url: gateway.url });
    await served(line, gateway, "--pair", code);
    await gateway.until(() => !gateway.connected);
    await served(line, gateway, "--pair", code);
    expect(gateway.connects.map(({ auth }) => auth)).toEqual([
      { bootstrapToken: token },
      { bootstrapToken: token },
    ]);
  });

  test("after a lost connection the issued token goes, not the code again", async () => {
    await using gateway = new InvokingGateway(later);
    using line = person();
    const running = line.call("node", "run", "--pair", codeFor({ url: gateway.url }));
    await gateway.until(() => gateway.connected);
    gateway.close(1012, "service restart");
    await gateway.until(() => gateway.connects.length === 2 && gateway.connected);
    await line.signal("SIGTERM");
    await running;
    expect(gateway.connects[1].auth).toEqual({ token: issued });
  });

  test("what is meant for another gateway is not offered to the one of a code, ever", async () => {
    // A gateway that issues nothing: the next connection has no token of its own.
    await using gateway = new InvokingGateway({ protocol: 4, version: "2026.9.6" });
    using line = person({
      CLAWDBOT_GATEWAY_TOKEN: "shared-secret",
      CLAWDBOT_GATEWAY_PASSWORD: "p",
    });
    const running = line.call("node", "run", "--pair", codeFor({ url: gateway.url }));
    await gateway.until(() => gateway.connected);
    gateway.close(1012, "service restart");
    await gateway.until(() => gateway.connects.length === 2 && gateway.connected);
    await line.signal("SIGTERM");
    await running;
    expect(gateway.connects.map(({ auth }) => auth)).toEqual([
      { bootstrapToken: token },
      undefined,
    ]);
  });

  test("of several addresses the first that answers is taken and kept", async () => {
    await using gateway = new InvokingGateway(later);
    using line = person();
    // Port 9 of this machine: nothing listens there.
    const urls = ["ws://127.0.0.1:9", gateway.url];
    await served(line, gateway, "--pair", codeFor({ url: urls[0], urls }));
    expect(state(line).gateway.port).toBe(gateway.port);
  });

  test.each<[string, NonNullable<InvokingOptions["refusal"]>, RegExp]>([
    [
      "a code that was used",
      {
        code: "INVALID_REQUEST",
        message: "unauthorized: setup code invalid",
        details: { code: "AUTH_BOOTSTRAP_TOKEN_INVALID" },
      },
      /not accepted: unauthorized: setup code invalid attempt=1\n.*works once/,
    ],
    [
      "a gateway that knows no codes",
      {
        code: "INVALID_REQUEST",
        message: "invalid connect params: at /auth: unexpected property 'bootstrapToken'",
      },
      /not accepted: invalid connect params.*\n.*may not know setup codes/,
    ],
  ])("%s ends the host, which keeps nothing of it", async (_what, refusal, text) => {
    await using gateway = new InvokingGateway({ refusal });
    using line = person();
    const { code, stderr } = await line.call(
      "node",
      "run",
      "--pair",
      codeFor({ url: gateway.url }),
    );
    expect(code).toBe(10);
    expect(stderr).toMatch(text);
    expect(gateway.connects).toHaveLength(1);
    expect(state(line).gateway).toBeUndefined();
  });

  test("an older gateway is kept when a code for another one is refused", async () => {
    await using home = new InvokingGateway({ ...later, deviceToken: "of-home" });
    const refusal = { code: "INVALID_REQUEST", message: "unauthorized" };
    await using other = new InvokingGateway({ refusal });
    using line = person({ CLAWDBOT_GATEWAY_TOKEN: "secret-of-home" });
    await served(line, home, "--url", home.url);
    expect((await line.call("node", "run", "--pair", codeFor({ url: other.url }))).code).toBe(10);
    expect(state(line)).toMatchObject({ token: "of-home", gateway: { port: home.port } });
    // Neither the token of the first gateway nor the shared one went to the other.
    expect(other.connects.map(({ auth }) => auth)).toEqual([{ bootstrapToken: token }]);
  });

  test.each<[string, string[], number, string]>([
    ["an expired code", ["--pair", codeFor({ url: "ws://h", expiresAtMs: 5 })], 10, "expired at"],
    ["a garbled code", ["--pair", "oc-pair://%%%"], 2, "a code consists of"],
    ["a file that is not there", ["--pair", "@/nowhere"], 3, "no such file"],
    ["two codes", ["--pair", "a", "--pair-if-needed", "b"], 2, "one code is wanted"],
    ["a code and an address", ["--pair", codeFor({ url: "ws://h" }), "--host", "h"], 2, "--host"],
    ["two texts from one input", ["--pair", "-", "--token-file", "-"], 2, "one is wanted"],
    ["plain ws to the world", ["--pair", codeFor({ url: "ws://8.8.8.8" })], 2, "unencrypted"],
  ])("%s is refused before anything is dialled", async (_what, words, exit, text) => {
    using line = person();
    const { code, stderr } = await line.call("node", "run", ...words);
    expect([code, stderr]).toEqual([exit, expect.stringContaining(text)]);
  });
});

describe("a join address", () => {
  test("is asked once, and what it answers is used", async () => {
    await using gateway = new InvokingGateway(later);
    let asked = 0;
    using server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: ({ url }) =>
        url.endsWith("/j/abcdef-0123456789") && (asked += 1) === 1
          ? Response.json({ url: gateway.url, bootstrapToken: token })
          : Response.json({ error: "not_found" }, { status: 404 }),
    });
    const address = `http://127.0.0.1:${server.port}/j/abcdef-0123456789`;
    using line = person();
    await served(line, gateway, "--pair", address);
    expect(gateway.connects[0].auth).toEqual({ bootstrapToken: token });
    const again = await line.call("node", "run", "--pair", address);
    expect([again.code, asked]).toEqual([10, 2]);
    expect(again.stderr).toContain("was used, has expired or was mistyped");
    expect(again.stderr).not.toContain("abcdef-0123456789");
  });

  test("is not asked while another host holds the state directory", async () => {
    await using gateway = new InvokingGateway(later);
    let asked = 0;
    using server = Bun.serve({ port: 0, fetch: () => new Response(String((asked += 1))) });
    using line = person();
    const running = line.call("node", "run", "--url", gateway.url);
    await gateway.until(() => gateway.connected);
    const address = `http://127.0.0.1:${server.port}/j/abc`;
    const second = await line.call("node", "run", "--pair", address);
    await line.signal("SIGTERM");
    await running;
    expect([second.code, asked]).toEqual([14, 0]);
  });

  test.each<[string, () => Response, string]>([
    ["answers without end", () => new Response("x".repeat(200_000)), "more than 24576 bytes"],
    ["leads elsewhere", () => Response.redirect("http://10.0.0.1/"), "HTTP status 302"],
  ])("that %s is told", async (_what, respond, text) => {
    using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: respond });
    using line = person();
    const address = `http://127.0.0.1:${server.port}/j/abc`;
    const { code, stderr } = await line.call("node", "run", "--pair", address);
    expect([code, stderr]).toEqual([75, expect.stringContaining(text)]);
  });

  test("where nothing listens is told without the address itself", async () => {
    using line = person();
    const { code, stderr } = await line.call(
      "node",
      "run",
      "--pair",
      "http://127.0.0.1:9/j/secret",
    );
    expect(code).toBe(75);
    expect(stderr).toContain("127.0.0.1:9");
    expect(stderr).not.toContain("/j/secret");
  });
});
