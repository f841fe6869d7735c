import { describe, expect, test } from "bun:test";
import { gatewayKey } from "../../src/client/endpoint.ts";
import { systemFiles } from "../../src/platform/files.ts";
import { deviceTokenFor, readReferenceToken } from "../../src/state/device-token.ts";
import type { NodeConfig } from "../../src/state/node-config.ts";
import { pathsIn } from "../../src/state/paths.ts";
import { Scratch } from "../fakes/scratch.ts";

const at = (host: string, port = 18_789) => ({ host, port });
const config = (keys: Partial<NodeConfig>): NodeConfig => ({ version: 1, nodeId: "n", ...keys });

describe("deviceTokenFor", () => {
  test.each<
    [
      sentence: string,
      stored: Partial<NodeConfig>,
      reference: string | undefined,
      gateway: ReturnType<typeof at>,
      token: string | undefined,
    ]
  >([
    ["nothing is known", {}, undefined, at("a"), undefined],
    [
      "the gateway that issued it",
      { token: "t", tokenGateway: "a:18789" },
      undefined,
      at("a"),
      "t",
    ],
    [
      "the same one in other letters",
      { token: "t", tokenGateway: "a:18789" },
      undefined,
      at("A"),
      "t",
    ],
    ["another host", { token: "t", tokenGateway: "a:18789" }, undefined, at("b"), undefined],
    ["another port", { token: "t", tokenGateway: "a:18789" }, undefined, at("a", 1), undefined],
    [
      "its host as the end of another",
      { token: "t", tokenGateway: "a:18789" },
      undefined,
      at("x.a"),
      undefined,
    ],
    ["IPv6", { token: "t", tokenGateway: "[::1]:18789" }, undefined, at("::1"), "t"],
    [
      "no issuer is noted: the stored gateway",
      { token: "t", gateway: at("a") },
      undefined,
      at("a"),
      "t",
    ],
    [
      "no issuer is noted: another one",
      { token: "t", gateway: at("a") },
      undefined,
      at("b"),
      undefined,
    ],
    ["no issuer is noted: no gateway either", { token: "t" }, undefined, at("a"), undefined],
    ["no issuer is noted: IPv6", { token: "t", gateway: at("::1") }, undefined, at("::1"), "t"],
    [
      "the issuer goes before the stored gateway",
      { token: "t", tokenGateway: "b:1", gateway: at("a") },
      undefined,
      at("a"),
      undefined,
    ],
    ["a reference's token for its gateway", { gateway: at("a") }, "r", at("a"), "r"],
    [
      "a reference's token for its gateway, in capitals",
      { gateway: at("GW.Local") },
      "r",
      at("gw.local"),
      "r",
    ],
    [
      "a reference's token for its gateway by IPv6",
      { gateway: at("fd00::1") },
      "r",
      at("fd00::1"),
      "r",
    ],
    ["a reference's token for another gateway", { gateway: at("a") }, "r", at("b"), undefined],
    ["a reference's token without a gateway", {}, "r", at("a"), undefined],
    [
      "our own goes before the reference's",
      { token: "t", tokenGateway: "a:18789", gateway: at("a") },
      "r",
      at("a"),
      "t",
    ],
    ["an empty one is none", { token: "", gateway: at("a") }, "r", at("a"), "r"],
  ])("%s", (_sentence, stored, reference, gateway, token) => {
    expect(deviceTokenFor(gatewayKey(gateway), config(stored), reference)).toBe(token as string);
  });
});

describe("readReferenceToken", () => {
  const good = {
    version: 1,
    deviceId: "d",
    tokens: { node: { token: "t", role: "node", scopes: [], updatedAtMs: 1 } },
  };

  function read(content: unknown, deviceId = "d"): string | undefined {
    using scratch = new Scratch();
    const text = typeof content === "string" ? content : JSON.stringify(content);
    const path = scratch.file("identity/device-auth.json", text);
    const token = readReferenceToken(systemFiles, pathsIn(scratch.path), deviceId);
    expect(scratch.read("identity/device-auth.json")).toBe(text);
    expect(path).toEndWith("device-auth.json");
    return token;
  }

  test("gives the node's token", () => {
    expect(read(good)).toBe("t");
  });

  test.each<[string, unknown, string]>([
    ["another device's", good, "other"],
    ["another version", { ...good, version: 2 }, "d"],
    ["an operator's token only", { ...good, tokens: { operator: { token: "t" } } }, "d"],
    ["no tokens", { ...good, tokens: {} }, "d"],
    ["an empty token", { ...good, tokens: { node: { token: "" } } }, "d"],
    ["tokens that are a list", { ...good, tokens: ["t"] }, "d"],
    ["half a file", '{"version": 1, "devi', "d"],
    ["an empty file", "", "d"],
  ])("%s counts as none: it is only a cache", (_case, content, deviceId) => {
    expect(read(content, deviceId)).toBeUndefined();
  });

  test("a missing or unreadable one counts as none", () => {
    using scratch = new Scratch();
    const paths = pathsIn(scratch.path);
    expect(readReferenceToken(systemFiles, paths, "d")).toBeUndefined();
    scratch.directory("identity/device-auth.json");
    expect(readReferenceToken(systemFiles, paths, "d")).toBeUndefined();
  });
});
