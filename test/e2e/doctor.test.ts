// `clawdbot doctor` of the compiled executable: one broken link at a time.
import { describe, expect, test } from "bun:test";
import { chmodSync } from "node:fs";
import { InvokingGateway, type InvokingOptions } from "../fakes/invoking-gateway.ts";
import { expectGolden } from "../fakes/golden.ts";
import { RawServer, head } from "../fakes/raw-server.ts";
import { TlsServer, fingerprintOf } from "../fakes/tls-server.ts";
import { treeOf } from "../fakes/tree.ts";
import { Person, type StartOptions } from "./program.ts";

async function examined(person: Person, words: readonly string[] = [], options?: StartOptions) {
  const { code, stdout, stderr } = await person.run(["doctor", "--json", ...words], options);
  expect(stderr).toBe("");
  const json = JSON.parse(stdout);
  expect(code).toBe(json.ok ? 0 : 1);
  const found = (id: string) => json.checks.find((check: any) => check.id === id);
  const summary = json.checks.map(({ id, status }: any) => `${id} ${status}`);
  return { json, found, summary, stdout };
}

const order =
  "settings dns tcp proxy tls upgrade protocol auth pairing clock path policy state service linger";

/** Writes what a host that ran before left behind. */
async function ranBefore(person: Person, gateway: InvokingGateway): Promise<void> {
  const program = person.start(["node", "run", "--url", gateway.url]);
  await program.says(/connected to /);
  program.kill("SIGTERM");
  await program.ended;
  await gateway.until(() => !gateway.connected);
}

/** What differs from run to run. */
function plain(text: string, person: Person, gateway: InvokingGateway): string {
  return text
    .replaceAll(person.path, "/tmp/person")
    .replaceAll(String(gateway.port), "18789")
    .replace(/^clawdbot .*$/m, "clawdbot VERSION")
    .replace(/pid \d+/g, "pid 4242")
    .replace(/device [0-9a-f]{12}/g, "device 0123456789ab")
    .replace(/connected for .*/, "connected for 5 s");
}

describe("a good run", () => {
  test("of a running host: asked, and not disturbed", async () => {
    await using person = new Person();
    await using gateway = new InvokingGateway({ version: "2026.1.24-3" });
    const program = person.start(["node", "run", "--url", gateway.url]);
    await program.says(/connected to /);
    await person.appears("home/.clawdbot/node.sock");
    const { code, stdout } = await person.run(["doctor"]);
    expectGolden("doctor/running.txt", plain(stdout, person, gateway));
    expect(code).toBe(0);
    await person.run(["doctor", "--connect"]);
    expect([gateway.connects.length, gateway.closes]).toEqual([1, []]);
    expect(gateway.connected).toBe(true);
  });

  test("without a host: up to the greeting, and nobody is introduced", async () => {
    await using person = new Person();
    await using gateway = new InvokingGateway();
    await ranBefore(person, gateway);
    const before = treeOf(person.home);
    const env = { CLAWDBOT_GATEWAY_TOKEN: "the-test-token" };
    const { code, stdout } = await person.run(["doctor"], { env });
    expectGolden("doctor/probed.txt", plain(stdout, person, gateway));
    expect(code).toBe(0);
    expect(gateway.connects).toHaveLength(1);
    expect(treeOf(person.home)).toEqual(before);
  });

  test("--connect: introduced once as the node, and gone", async () => {
    await using person = new Person();
    await using gateway = new InvokingGateway({ version: "2026.1.24-3" });
    await ranBefore(person, gateway);
    const env = { CLAWDBOT_GATEWAY_TOKEN: "the-test-token" };
    const { found, json } = await examined(person, ["--connect"], { env });
    expect(json.checks.map(({ id }: any) => id).join(" ")).toBe(order);
    expect(json.ok).toBe(true);
    expect(found("auth").fact).toBe("accepted, protocol 3, gateway version 2026.1.24-3");
    expect(found("pairing").status).toBe("pass");
    const [node, again] = gateway.connects;
    expect({ ...again, device: node.device.id, auth: 0 }).toEqual({
      ...node,
      device: again.device.id,
      auth: 0,
    });
    expect(again.auth).toEqual({ token: "the-test-token" });
    await gateway.until(() => !gateway.connected);
    const next = person.start(["node", "run", "--url", gateway.url]);
    await next.says(/connected to /);
  });
});

describe("one broken link", () => {
  test("nothing is configured: what to do first, and nothing is written", async () => {
    await using person = new Person();
    const { found } = await examined(person);
    expect(found("settings")).toMatchObject({
      status: "warn",
      fix: "clawdbot node run --host HOST",
    });
    expect(person.has("home/.clawdbot")).toBe(false);
  });

  test("a wrong port; what lies behind is skipped, what lies beside is not", async () => {
    await using person = new Person();
    await using closed = new InvokingGateway();
    const { port } = closed;
    await closed[Symbol.asyncDispose]();
    person.state("node.json", { version: 1, gateway: { host: "127.0.0.1", port } });
    const { found, summary } = await examined(person);
    expect(summary.join(", ")).toBe(
      "settings pass, dns pass, tcp fail, " +
        "proxy skip, tls skip, upgrade skip, protocol skip, auth skip, pairing skip, clock skip, " +
        "path pass, policy pass, state pass, service skip, linger skip",
    );
    expect(found("tcp").fix).toContain("clawdbot node run --host 127.0.0.1 --port PORT");
    expect(found("auth").fact).toBe("not looked at: TCP has to work first");
  });

  test("a self-signed certificate: its fingerprint, and how to accept it", async () => {
    await using person = new Person();
    await using server = await TlsServer.start("self-signed");
    const { found } = await examined(person, ["--url", `wss://127.0.0.1:${server.port}`]);
    const pin = fingerprintOf("self-signed").toUpperCase().match(/../g)?.join(":");
    expect(found("tls")).toMatchObject({ status: "fail" });
    expect(found("tls").fix).toContain(`clawdbot node run --tls-fingerprint ${pin};`);
    expect(found("upgrade").status).toBe("skip");
    expect(server.bytes).toBe(0);
  });

  test("a wrong pin: both fingerprints, and nothing was sent", async () => {
    await using person = new Person();
    await using server = await TlsServer.start("self-signed");
    const url = `wss://127.0.0.1:${server.port}`;
    const { found } = await examined(person, ["--url", url, "--tls-fingerprint", "ab".repeat(32)]);
    expect(found("tls")).toMatchObject({ status: "fail" });
    expect(found("tls").fact).toContain("ab".repeat(32));
    expect(found("tls").fact).toContain(fingerprintOf("self-signed"));
    expect(found("tls").fix).toStartWith("Only if the Gateway's certificate was renewed");
    expect(server.bytes).toBe(0);
  });

  test("a web server that is no gateway", async () => {
    await using person = new Person();
    await using server = await RawServer.start(async (socket) => {
      await head(socket);
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    });
    const { found } = await examined(person, ["--url", `ws://127.0.0.1:${server.port}`]);
    expect(found("tcp").status).toBe("pass");
    expect(found("upgrade")).toMatchObject({ status: "fail" });
    expect(found("upgrade").fix).toContain("Another program answers there");
  });

  test.each<[string, NonNullable<InvokingOptions["refusal"]>, string, string]>([
    [
      "a wrong token",
      { code: "INVALID_REQUEST", message: "unauthorized: gateway token mismatch" },
      "auth",
      "clawdbot node run --token-file FILE",
    ],
    [
      "no approval",
      { code: "NOT_PAIRED", message: "pairing required", details: { requestId: "r 1" } },
      "pairing",
      "clawdbot nodes approve 'r 1' --url ws://127.0.0.1:",
    ],
  ])("%s, of --connect and of a running host", async (_what, refusal, id, fix) => {
    await using person = new Person();
    await using gateway = new InvokingGateway();
    await ranBefore(person, gateway);
    gateway.options = { refusal };
    const env = { CLAWDBOT_GATEWAY_TOKEN: "s3cret-s3cret" };
    const tried = await examined(person, ["--connect"], { env });
    expect(tried.found(id)).toMatchObject({ status: "fail" });
    expect(tried.found(id).fix).toContain(fix);
    expect(tried.found("protocol").status).toBe("pass");
    expect(tried.stdout).not.toContain("s3cret");
    person.start(["node", "run"]);
    await person.appears("home/.clawdbot/node.sock");
    const asked = await examined(person, []);
    expect(asked.found(id)).toMatchObject({ status: "fail" });
    expect(asked.found("protocol").status).toBe("pass");
  });

  test.each<[string, string, number, string, RegExp, string]>([
    ["damaged", '{"version":1,}', 0o600, "fail", /line 1, column 14/, "mv "],
    ["of another version", '{"version":7}', 0o600, "fail", /"version" is 7/, "mv "],
    ["writable by everybody", '{"version":1}', 0o666, "fail", /may be written/, "chmod 600 "],
    ["writable by its group", '{"version":1}', 0o660, "warn", /its group/, "chmod 600 "],
    ["half understood", '{"version":1,"defaults":{"ask":"no"}}', 0o600, "warn", /ask/, "approvals"],
  ])("a policy that is %s", async (_case, text, mode, status, fact, fix) => {
    await using person = new Person();
    chmodSync(person.state("exec-approvals.json", text), mode);
    const { found } = await examined(person);
    expect(found("policy").status).toBe(status);
    expect(found("policy").fact).toMatch(fact);
    expect(found("policy").fix).toContain(fix);
  });

  test("a stale PATH; the name of the home is not shown", async () => {
    await using person = new Person();
    const gone = `${person.home}/gone/bin`;
    const path = `/usr/bin:${gone}:bin::${person.directory("home/open", 0o777)}`;
    const { found, stdout } = await examined(person, [], { env: { PATH: path } });
    expect(found("path")).toMatchObject({ status: "warn" });
    expect(found("path").fact).toBe(
      'in the PATH of this shell: "~/gone/bin" is not there; "bin" is not absolute; ' +
        'an empty entry means the current directory; "~/open" may be written by everybody',
    );
    expect(stdout).not.toContain(gone);
  });

  test.each<[string, string, string]>([
    ["node.json", "{ broken", "is not valid JSON"],
    ["identity/device.json", '{"version":1}', "is not a device identity"],
  ])("a damaged %s is named and kept", async (name, text, problem) => {
    await using person = new Person();
    const path = person.state(name, text);
    const { found } = await examined(person);
    expect(found("state")).toMatchObject({ status: "fail" });
    expect(found("state").fact).toContain(problem);
    expect(found("state").fix).toContain(`mv ${path} ${path}.broken`);
    expect(person.read(`home/.clawdbot/${name}`)).toBe(text);
  });

  test("an identity that others may read", async () => {
    await using person = new Person();
    await using gateway = new InvokingGateway();
    await ranBefore(person, gateway);
    const path = person.at("home/.clawdbot/identity/device.json");
    chmodSync(path, 0o644);
    const { found } = await examined(person);
    expect(found("state")).toMatchObject({ status: "warn", fix: `chmod 600 ${path}` });
  });
});

test("no secret is shown, wherever it stands", async () => {
  await using person = new Person();
  await using gateway = new InvokingGateway();
  await ranBefore(person, gateway);
  const config = person.json("home/.clawdbot/node.json");
  const token = "stored-device-token-1";
  person.state("node.json", { ...config, token, tokenGateway: `127.0.0.1:${gateway.port}` });
  const message = `unauthorized: ${token} password=fromTheGateway99 env-token-12345`;
  gateway.options = { refusal: { code: "INVALID_REQUEST", message } };
  const env = {
    CLAWDBOT_GATEWAY_TOKEN: "env-token-12345",
    CLAWDBOT_GATEWAY_PASSWORD: "env-password-1",
    PATH: "/usr/bin:/opt/api_key=inThePath123/bin",
    HTTPS_PROXY: "http://me:proxy%2Dpassword@127.0.0.1:1",
  };
  const { stdout: json } = await examined(person, ["--connect"], { env });
  const query = `${gateway.url}/?token=inTheAddress1`;
  const { stdout: text } = await person.run(["doctor", "--connect", "--url", query], { env });
  const proxied = await person.run(["doctor", "--url", "wss://gw.example.com"], { env });
  expect(json).toContain("unauthorized: ");
  for (const shown of [json, text, proxied.stdout + proxied.stderr]) {
    expect(shown).not.toMatch(
      /stored-device|fromTheGateway|env-token|env-password|inThePath|inTheAddress|proxy%2D|proxy-pass/,
    );
  }
});

test.each([
  [["--timeout", "soon"], "--timeout"],
  [["--timeout", "0"], "--timeout"],
  [["--url", "ws://h", "--host", "h"], "they say the same"],
])("%j is wrong, and told", async (words, text) => {
  await using person = new Person();
  const { code, stdout, stderr } = await person.run(["doctor", ...words]);
  expect(code).not.toBe(0);
  expect(stdout + stderr).toContain(text);
});
