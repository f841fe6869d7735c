import { describe, expect, test } from "bun:test";
import { ConfigError, UsageError } from "../../src/lib/errors.ts";
import { type GatewayFlags, chooseGateway, toStored } from "../../src/node/gateway-settings.ts";
import type { GatewaySettings } from "../../src/state/node-config.ts";

const pin = "ab".repeat(32);
const otherPin = "cd".repeat(32);

function choose(flags: Partial<GatewayFlags>, stored?: GatewaySettings) {
  const none = {
    url: undefined,
    host: undefined,
    port: undefined,
    tls: undefined,
    tlsFingerprint: undefined,
    tlsCaFile: undefined,
  };
  return chooseGateway({ ...none, ...flags }, stored);
}

/** A choice in short: scheme, host, port, path, and what it trusts. */
function shown(flags: Partial<GatewayFlags>, stored?: GatewaySettings): string {
  const { endpoint, pin: pinned, caFile } = choose(flags, stored);
  const scheme = endpoint.tls ? "wss" : "ws";
  const trust = [
    pinned === undefined ? "" : ` pin ${pinned.slice(0, 2)}`,
    caFile === undefined ? "" : ` ca ${caFile}`,
  ];
  return `${scheme} ${endpoint.host} ${endpoint.port} ${endpoint.path}${trust.join("")}`;
}

const plain: GatewaySettings = { host: "gw", port: 4000, tls: false };
const encrypted: GatewaySettings = { host: "gw", port: 4000, tls: true, path: "/p" };
const pinned: GatewaySettings = { ...encrypted, tlsFingerprint: pin };
const withCa: GatewaySettings = { ...encrypted, tlsCaFile: "/ca.pem" };

describe("chooseGateway", () => {
  test.each<
    [
      sentence: string,
      flags: Partial<GatewayFlags>,
      stored: GatewaySettings | undefined,
      wanted: string,
    ]
  >([
    ["nothing is said: this machine", {}, undefined, "ws 127.0.0.1 18789 /"],
    ["nothing is said: as last time", {}, plain, "ws gw 4000 /"],
    ["as last time, encrypted, with its path", {}, encrypted, "wss gw 4000 /p"],
    ["a path alone, on the last gateway", { contextPath: "/new" }, plain, "ws gw 4000 /new"],
    [
      "a path goes before the stored one",
      { contextPath: "new/x" },
      encrypted,
      "wss gw 4000 /new/x",
    ],
    ["a host and a path", { host: "h", contextPath: "/oc" }, plain, "ws h 4000 /oc"],
    ["an address and its path", { url: "wss://h", contextPath: "/oc" }, plain, "wss h 443 /oc"],
    ["as last time, with its pin", {}, pinned, "wss gw 4000 /p pin ab"],
    ["as last time, with its authority", {}, withCa, "wss gw 4000 /p ca /ca.pem"],
    [
      "a pin that was stored without tls encrypts",
      {},
      { host: "gw", port: 1, tlsFingerprint: pin },
      "wss gw 1 / pin ab",
    ],
    [
      "the reference's own spelling of a pin",
      {},
      { ...encrypted, tlsFingerprint: `SHA256:${"AB:".repeat(31)}AB` },
      "wss gw 4000 /p pin ab",
    ],
    ["a host", { host: "other" }, undefined, "ws other 18789 /"],
    ["a host, with the stored port", { host: "other" }, plain, "ws other 4000 /"],
    ["a port", { port: "5000" }, undefined, "ws 127.0.0.1 5000 /"],
    ["IPv6 in brackets", { host: "[::1]", port: "1" }, undefined, "ws ::1 1 /"],
    ["IPv6 without", { host: "::1" }, undefined, "ws ::1 18789 /"],
    ["the same host said again keeps its TLS", { host: "gw" }, pinned, "wss gw 4000 /p pin ab"],
    ["in other letters too", { host: "GW" }, pinned, "wss gw 4000 /p pin ab"],
    ["another host gets none of it", { host: "other" }, pinned, "ws other 4000 /"],
    ["another port gets none of it", { port: "5000" }, withCa, "ws gw 5000 /"],
    ["tls", { tls: true }, undefined, "wss 127.0.0.1 18789 /"],
    ["no tls for an encrypted gateway", { tls: false }, encrypted, "ws gw 4000 /p"],
    ["no tls forgets the pin", { tls: false }, pinned, "ws gw 4000 /p"],
    ["a pin encrypts", { tlsFingerprint: pin }, undefined, "wss 127.0.0.1 18789 / pin ab"],
    [
      "a new pin replaces the stored one",
      { tlsFingerprint: otherPin },
      pinned,
      "wss gw 4000 /p pin cd",
    ],
    ["an authority encrypts", { tlsCaFile: "/x.pem" }, plain, "wss gw 4000 / ca /x.pem"],
    ["an address", { url: "wss://other/ws?x=1" }, plain, "wss other 443 /ws?x=1"],
    [
      "an address of plain text means the gateway's port",
      { url: "ws://other" },
      plain,
      "ws other 18789 /",
    ],
    [
      "an address in the words of the web",
      { url: "https://other:8443" },
      undefined,
      "wss other 8443 /",
    ],
    [
      "the stored gateway's address keeps its pin",
      { url: "wss://gw:4000/p" },
      pinned,
      "wss gw 4000 /p pin ab",
    ],
    [
      "with an address its path counts, not the stored one",
      { url: "wss://gw:4000" },
      encrypted,
      "wss gw 4000 /",
    ],
    [
      "tls beside an address that says so",
      { url: "wss://other:1", tls: true },
      undefined,
      "wss other 1 /",
    ],
    [
      "an unencrypted address with no tls forgets",
      { url: "ws://gw:4000", tls: false },
      pinned,
      "ws gw 4000 /",
    ],
    [
      "an unencrypted address of an unencrypted gateway",
      { url: "ws://gw:4000" },
      plain,
      "ws gw 4000 /",
    ],
    ["an unencrypted address of another gateway", { url: "ws://gw:4001" }, pinned, "ws gw 4001 /"],
  ])("%s", (_sentence, flags, stored, wanted) => {
    expect(shown(flags, stored)).toBe(wanted);
  });

  test.each<[string, Partial<GatewayFlags>, GatewaySettings | undefined, string]>([
    [
      "an address and a host",
      { url: "ws://a", host: "b" },
      undefined,
      "--url together with --host or --port",
    ],
    [
      "an address and a port",
      { url: "ws://a", port: "1" },
      undefined,
      "--url together with --host or --port",
    ],
    [
      "an unencrypted address and tls",
      { url: "ws://a", tls: true },
      undefined,
      `--tls with --url "ws://a"`,
    ],
    [
      "an encrypted address and no tls",
      { url: "wss://a", tls: false },
      undefined,
      `--no-tls with --url "wss://a"`,
    ],
    ["a pin and no tls", { tlsFingerprint: pin, tls: false }, undefined, "--tls-fingerprint with"],
    [
      "a pin and an unencrypted address",
      { tlsFingerprint: pin, url: "ws://a" },
      undefined,
      "--tls-fingerprint with",
    ],
    ["an authority and no tls", { tlsCaFile: "/x", tls: false }, undefined, "--tls-ca-file with"],
    [
      "an unencrypted address of an encrypted gateway",
      { url: "ws://gw:4000" },
      encrypted,
      "used with TLS so far",
    ],
    [
      "an unencrypted address of a pinned gateway",
      { url: "ws://gw:4000/" },
      pinned,
      "used with TLS so far",
    ],
    ["a pin that is none", { tlsFingerprint: "xyz" }, undefined, '--tls-fingerprint "xyz"'],
    ["a pin that is too short", { tlsFingerprint: "ab".repeat(31) }, undefined, "64 hex digits"],
    ["a SHA-1", { tlsFingerprint: "ab".repeat(20) }, undefined, "64 hex digits"],
    ["port 0", { port: "0" }, undefined, "1 to 65535"],
    ["port 65536", { port: "65536" }, undefined, "1 to 65535"],
    ["port 1e3", { port: "1e3" }, undefined, "1 to 65535"],
    ["port 80x", { port: "80x" }, undefined, "1 to 65535"],
    ["port -1", { port: "-1" }, undefined, "1 to 65535"],
    [
      "two paths",
      { url: "wss://h/a", contextPath: "/b" },
      undefined,
      '--context-path "/b" with an address that has a path',
    ],
    ["a path with a query", { contextPath: "/a?token=1" }, undefined, "a path is wanted"],
    ["a path that names a host", { contextPath: "\\\\evil/x" }, undefined, "a path is wanted"],
    ["a host with a path", { host: "a/b" }, undefined, '--host "a/b"'],
    ["a host with a port", { host: "a:1" }, undefined, '--host "a:1"'],
    ["a host with a user", { host: "u@a" }, undefined, '--host "u@a"'],
    [
      "an address with a password",
      { url: "ws://u:secret@a" },
      undefined,
      "must not carry a user name",
    ],
    ["an address of another kind", { url: "ftp://a" }, undefined, "not a WebSocket address"],
    ["an address that is none", { url: "gateway" }, undefined, "not a WebSocket address"],
  ])("%s contradict each other, or mean nothing", (_case, flags, stored, problem) => {
    expect(() => choose(flags, stored)).toThrow(UsageError);
    expect(() => choose(flags, stored)).toThrow(problem);
  });

  test("a stored pin that is damaged is the file's fault, and never dropped", () => {
    for (const tlsFingerprint of ["", "zz", pin.slice(1)]) {
      const run = (): unknown => choose({}, { ...encrypted, tlsFingerprint });
      expect(run).toThrow(ConfigError);
      expect(run).toThrow("gateway.tlsFingerprint of node.json");
    }
    expect(shown({ tls: false }, { ...encrypted, tlsFingerprint: "zz" })).toBe("ws gw 4000 /p");
  });
});

describe("toStored", () => {
  test("remembers what was chosen, and the next start chooses the same", () => {
    for (const flags of [
      { host: "a", port: "1" },
      { url: "wss://a:8443/ws?x" },
      { host: "::1", tlsFingerprint: pin },
      { tlsCaFile: "/x.pem" },
    ]) {
      const choice = choose(flags);
      expect(choose({}, toStored(choice, undefined))).toEqual(choice);
    }
  });

  test("leaves out what was not chosen", () => {
    expect(toStored(choose({ host: "a" }), undefined)).toEqual({
      host: "a",
      port: 18_789,
      tls: false,
    });
    expect(toStored(choose({ tls: false }, pinned), pinned)).toEqual({
      host: "gw",
      port: 4000,
      tls: false,
      path: "/p",
    });
  });

  test("another program's keys go with their gateway", () => {
    const stored = { ...plain, later: { a: 1 } };
    expect(toStored(choose({}, stored), stored)).toEqual(stored);
    expect(toStored(choose({ host: "other" }, stored), stored)).toEqual({
      host: "other",
      port: 4000,
      tls: false,
    });
  });
});
