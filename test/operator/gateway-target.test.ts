import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemFiles } from "../../src/platform/files.ts";
import { type TargetFlags, gatewayTarget } from "../../src/operator/gateway-target.ts";
import type { GatewaySettings } from "../../src/state/node-config.ts";

const pin = "ab".repeat(32);
const none: TargetFlags = {
  url: undefined,
  tlsFingerprint: undefined,
  tlsCaFile: undefined,
  allowInsecureWs: false,
};
const stored: GatewaySettings = {
  host: "gw.example.com",
  port: 8443,
  tls: true,
  tlsFingerprint: `sha256:${pin}`,
  path: "/claw",
};

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "clawdbot-target-"));
  writeFileSync(join(directory, "ca.pem"), "-----BEGIN CERTIFICATE-----\nx\n");
  writeFileSync(join(directory, "key.pem"), "-----BEGIN PRIVATE KEY-----\nx\n");
});
afterAll(() => rmSync(directory, { recursive: true }));

const target = (
  flags: Partial<TargetFlags>,
  env?: string,
  config?: GatewaySettings,
): ReturnType<typeof gatewayTarget> =>
  gatewayTarget(systemFiles, { ...none, ...flags }, env, config);

describe("gatewayTarget", () => {
  test.each<
    [string, Partial<TargetFlags>, string | undefined, GatewaySettings | undefined, string, number]
  >([
    ["this machine when nothing is said", {}, undefined, undefined, "127.0.0.1", 18_789],
    ["the node's gateway", {}, undefined, stored, "gw.example.com", 8443],
    ["the environment before the node's gateway", {}, "ws://10.0.0.1", stored, "10.0.0.1", 18_789],
    ["an empty environment as none", {}, " ", stored, "gw.example.com", 8443],
    ["--url before both", { url: "ws://[::1]:99" }, "ws://10.0.0.1", stored, "::1", 99],
  ])("takes %s", (_case, flags, env, config, host, port) => {
    expect(target(flags, env, config).endpoint).toMatchObject({ host, port });
  });

  test("the stored pin and path hold for the stored gateway", () => {
    const { endpoint, pin: found } = target({}, undefined, stored);
    expect(endpoint).toEqual({ host: "gw.example.com", port: 8443, tls: true, path: "/claw" });
    expect(found).toBe(pin);
    expect(target({ url: "wss://gw.example.com:8443" }, undefined, stored).pin).toBe(pin);
  });

  test("the stored pin does not hold for another gateway", () => {
    expect(target({ url: "wss://other.example.com:8443" }, undefined, stored).pin).toBeUndefined();
    expect(target({ url: "wss://gw.example.com:443" }, undefined, stored).pin).toBeUndefined();
  });

  test("trust anchors are read", () => {
    const flags = { url: "wss://gw:1", tlsCaFile: join(directory, "ca.pem") };
    expect(target(flags).ca).toStartWith("-----BEGIN CERTIFICATE-----");
  });

  test.each<[string, Partial<TargetFlags>, string | undefined, string]>([
    ["a word", { url: "gateway" }, undefined, 'Cannot use --url "gateway"'],
    ["another protocol", { url: "ftp://x" }, undefined, "it is not a WebSocket address"],
    ["a password in the address", { url: "ws://u:p@h" }, undefined, "must not carry a user name"],
    ["a bad environment", {}, "x", 'Cannot use CLAWDBOT_GATEWAY_URL "x"'],
    ["a pin without TLS", { tlsFingerprint: pin }, undefined, "has no certificate"],
    ["anchors without TLS", { tlsCaFile: "x" }, undefined, "Cannot use --tls-ca-file with"],
    ["a short pin", { url: "wss://h", tlsFingerprint: "abcd" }, undefined, "64 hex digits"],
    ["missing anchors", { url: "wss://h", tlsCaFile: "/no/x" }, undefined, "there is no such file"],
  ])("refuses %s", (_case, flags, env, text) => {
    expect(() => target(flags, env)).toThrow(text);
  });

  test("refuses a key where anchors are wanted", () => {
    const flags = { url: "wss://h", tlsCaFile: join(directory, "key.pem") };
    expect(() => target(flags)).toThrow("it holds no PEM certificate");
  });
});
