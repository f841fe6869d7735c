// The way to a gateway, link by link, against real servers.
import { describe, expect, test } from "bun:test";
import { networkInterfaces } from "node:os";
import { type Check, runSteps } from "../../../src/cli/doctor/check.ts";
import { doctorGateway } from "../../../src/cli/doctor/doctor-gateway.ts";
import { probeSteps } from "../../../src/cli/doctor/probe-steps.ts";
import { systemNetworkProbe } from "../../../src/platform/network-probe.ts";
import { pathsIn } from "../../../src/state/paths.ts";
import { CommandLine } from "../../fakes/command-line.ts";
import { ConnectProxy } from "../../fakes/connect-proxy.ts";
import { InvokingGateway } from "../../fakes/invoking-gateway.ts";
import { RawServer, frame, text, upgrade } from "../../fakes/raw-server.ts";
import {
  type CertificateName,
  TlsServer,
  authority,
  fingerprintOf,
} from "../../fakes/tls-server.ts";

interface Wanted {
  readonly args: Readonly<Record<string, unknown>>;
  readonly env?: Record<string, string>;
  readonly timeoutMs?: number;
}

/** Every link but the settings. */
async function probe({ args, env = {}, timeoutMs = 10_000 }: Wanted) {
  using line = new CommandLine(env);
  const paths = pathsIn(`${line.home}/.clawdbot`);
  let checks: Check[] = [];
  const { stderr } = await line.run(async (context) => {
    const wanted = { args, paths, start: "clawdbot node run" };
    const nothing = { credentialsDirectory: undefined, standardInput: undefined };
    const gateway = doctorGateway(context, { ...wanted, ...nothing });
    const ports = { ...context, probe: systemNetworkProbe, platform: "linux" };
    checks = await runSteps(probeSteps(ports, gateway, timeoutMs), (finding) => finding);
    return 0;
  });
  expect(stderr).toBe("");
  const found = (id: Check["id"]): Check | undefined => checks.find((check) => check.id === id);
  return { found, statuses: checks.map(({ id, status }) => `${id} ${status}`) };
}

const upTo = (last: string, status: string, tls = "skip"): string[] => {
  const ids = ["dns", "tcp", "proxy", "tls", "upgrade", "protocol", "clock"];
  const at = ids.indexOf(last);
  return ids.map((id, index) => {
    if (index > at) return `${id} skip`;
    if (index === at) return `${id} ${status}`;
    return id === "tls" ? `tls ${tls}` : `${id} pass`;
  });
};

describe("unencrypted", () => {
  test("a gateway, by name: all the way, and it hears of no node", async () => {
    await using gateway = new InvokingGateway();
    const { found, statuses } = await probe({ args: { url: `ws://localhost:${gateway.port}` } });
    expect(statuses).toEqual(upTo("clock", "pass"));
    expect(found("dns")?.fact).toMatch(/^localhost is .*127\.0\.0\.1/);
    expect(gateway.connects).toEqual([]);
    // The socket is gone when the last finding is there.
    await gateway.until(() => gateway.closes.length === 1);
  });

  test("a name that there is not", async () => {
    const { found, statuses } = await probe({
      args: { url: "ws://no-such-host.invalid-name.local" },
    });
    expect(statuses).toEqual(upTo("dns", "fail"));
    expect(found("dns")?.fix).toContain("getent hosts no-such-host.invalid-name.local");
  });

  test.each<[string, string, (socket: any) => unknown]>([
    ["ends every connection", "upgrade", (socket) => socket.end()],
    ["resets every connection", "upgrade", (socket) => socket.resetAndDestroy()],
    ["speaks another protocol", "upgrade", (socket) => socket.end("SSH-2.0-OpenSSH_9\r\n")],
    ["is a WebSocket server and closes", "protocol", (s) => upgrade(s).then(() => s.end())],
    [
      "greets with nonsense",
      "protocol",
      async (socket) => {
        await upgrade(socket);
        socket.write(frame(text, "\u0000{]"));
        socket.end(frame(text, '{"type":"event","event":"connect.challenge","payload":{}}'));
      },
    ],
  ])("a server that %s fails at %s", async (_what, last, handle) => {
    await using server = await RawServer.start(handle);
    const { found, statuses } = await probe({ args: { url: `ws://127.0.0.1:${server.port}` } });
    expect(statuses).toEqual(upTo(last, "fail"));
    expect(found(last as "upgrade")?.fix).toMatch(/\w/);
  });

  test.each<[string, string, (socket: any) => unknown]>([
    ["never answers", "upgrade", () => {}],
    ["opens and never greets", "protocol", upgrade],
  ])("a server that %s is given up", async (_what, last, handle) => {
    await using server = await RawServer.start(handle);
    const args = { url: `ws://127.0.0.1:${server.port}` };
    const { found, statuses } = await probe({ args, timeoutMs: 300 });
    expect(statuses).toEqual(upTo(last, "fail"));
    expect(found(last as "upgrade")?.fact).toContain("no answer came in time");
  });

  test("a clock that differs", async () => {
    await using server = await RawServer.start(async (socket) => {
      await upgrade(socket);
      const payload = { nonce: "n", ts: Date.now() - 3_600_000 };
      const event = { type: "event", event: "connect.challenge", payload };
      socket.write(frame(text, JSON.stringify(event)));
    });
    const { found } = await probe({ args: { url: `ws://127.0.0.1:${server.port}` } });
    expect(found("clock")?.status).toBe("warn");
    expect(found("clock")?.fact).toContain("1 h ahead of the gateway");
  });
});

describe("encrypted", () => {
  test.each<[string, CertificateName, object, string, RegExp]>([
    ["self-signed", "self-signed", {}, "fail", /SELF_SIGNED|self.signed/],
    ["issued by nobody known", "issued", {}, "fail", /UNABLE_TO|unable to/],
    ["expired", "expired", {}, "fail", /EXPIRED|expired|SELF_SIGNED|self.signed/],
    [
      "another one than the pinned",
      "issued",
      { "tls-fingerprint": "0".repeat(64) },
      "fail",
      /0{64}/,
    ],
    [
      "the pinned one",
      "self-signed",
      { "tls-fingerprint": fingerprintOf("self-signed") },
      "pass",
      /the pinned one: [0-9A-F]{2}:/,
    ],
  ])("a certificate that is %s", async (_what, name, args, status, fact) => {
    await using server = await TlsServer.start(name);
    const url = `wss://127.0.0.1:${server.port}`;
    const { found } = await probe({ args: { url, ...args }, timeoutMs: 500 });
    expect(found("tls")).toMatchObject({ status });
    expect(found("tls")?.fact).toMatch(fact);
    if (status === "pass") return expect(found("tls")?.fix).toBeUndefined();
    expect(found("tls")?.fix).toContain("clawdbot node run --tls-fingerprint ");
    expect(server.bytes).toBe(0);
  });

  test("a certificate of an authority that is trusted", async () => {
    await using server = await TlsServer.start("issued");
    using line = new CommandLine();
    const file = `${line.home}/ca.pem`;
    await Bun.write(file, authority);
    const args = { url: `wss://localhost:${server.port}`, "tls-ca-file": file };
    const { found } = await probe({ args, timeoutMs: 500 });
    expect(found("tls")).toMatchObject({ status: "pass" });
    expect(found("tls")?.fact).toContain("issued by test authority");
  });

  test("a server without TLS", async () => {
    await using gateway = new InvokingGateway();
    const { found } = await probe({ args: { url: `wss://127.0.0.1:${gateway.port}` } });
    expect(found("tls")).toMatchObject({ status: "fail" });
    expect(found("tls")?.fix).toContain("Nothing speaks TLS there");
  });
});

describe("through a proxy", () => {
  /** Loopback is never proxied. */
  const address = Object.values(networkInterfaces())
    .flat()
    .find((entry) => entry?.family === "IPv4" && !entry.internal)?.address;
  const gatewayHost = address ?? "192.0.2.1";

  test("that lets nobody through: its status, and no password", async () => {
    await using proxy = await ConnectProxy.start("me:right-password");
    const { found, statuses } = await probe({
      args: { url: `wss://${gatewayHost}:1` },
      env: { HTTPS_PROXY: `http://me:wrong-password@127.0.0.1:${proxy.port}` },
    });
    expect(statuses).toEqual(upTo("proxy", "fail"));
    expect(found("tcp")?.fact).toContain(
      `the proxy http://127.0.0.1:${proxy.port} (with a password)`,
    );
    expect(found("proxy")?.fix).toContain("HTTPS_PROXY");
    expect(JSON.stringify([found("dns"), found("tcp"), found("proxy")])).not.toContain(
      "wrong-pass",
    );
  });

  test("that is not there", async () => {
    const { found, statuses } = await probe({
      args: { url: "wss://gateway.example.com" },
      env: { HTTPS_PROXY: "http://127.0.0.1:1" },
    });
    expect(statuses).toEqual(upTo("tcp", "fail"));
    expect(found("tcp")?.fix).toContain("HTTPS_PROXY");
  });

  test("of a kind that cannot be used: nothing is dialled", async () => {
    const { found, statuses } = await probe({
      args: { url: "wss://gateway.example.com" },
      env: { HTTPS_PROXY: "socks5://127.0.0.1:1" },
    });
    const behind = ["tls", "upgrade", "protocol", "clock"].map((id) => `${id} skip`);
    expect(statuses).toEqual(["dns skip", "tcp skip", "proxy fail", ...behind]);
    expect(found("proxy")?.fact).toContain("socks5");
  });
});
