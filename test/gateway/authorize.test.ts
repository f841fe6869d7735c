import { describe, expect, test } from "bun:test";
import { authorize } from "../../src/gateway/authorize.ts";
import type { Claim } from "../../src/gateway/connect-check.ts";
import type { DeviceToken } from "../../src/gateway/device-records.ts";
import { newDevice, signedConnect } from "./device.ts";

const device = newDevice();
const issued: DeviceToken = { token: "device-token", role: "node", scopes: [], createdAtMs: 1 };
const forPairing: DeviceToken = { ...issued, role: "operator", scopes: ["operator.pairing"] };

const claim = (token: string | undefined, scopes: string[] = []): Claim => ({
  deviceId: device.deviceId,
  publicKey: device.publicKey,
  role: "node",
  scopes,
  token,
  params: signedConnect(device),
});

const missing = "unauthorized: gateway token missing (provide gateway auth token)";
const mismatch = "unauthorized: gateway token mismatch (provide gateway auth token)";

describe("authorize lets in", () => {
  const cases: [string, Claim, DeviceToken | undefined, string][] = [
    ["the shared token", claim("shared"), undefined, "shared token"],
    [
      "the shared token beside a revoked one",
      claim("shared"),
      { ...issued, revokedAtMs: 1 },
      "shared token",
    ],
    ["the device's own token", claim("device-token"), issued, "device token"],
    [
      "the device's own token within its scopes",
      claim("device-token", ["operator.pairing"]),
      forPairing,
      "device token",
    ],
  ];
  test.each(cases)("%s", (_name, asked, token, by) => {
    expect(authorize(asked, "shared", token)).toEqual({ ok: true, by: by as "shared token" });
  });
});

describe("authorize refuses", () => {
  const cases: [string, Claim, DeviceToken | undefined, string][] = [
    ["no token", claim(undefined), issued, missing],
    ["a wrong token", claim("sharex"), undefined, mismatch],
    ["a part of the token", claim("share"), undefined, mismatch],
    ["a longer token", claim("shared "), undefined, mismatch],
    ["a token of no device", claim("device-token"), undefined, mismatch],
    ["a revoked token", claim("device-token"), { ...issued, revokedAtMs: 1 }, mismatch],
    [
      "a device token for more scopes than it has",
      claim("device-token", ["operator.admin"]),
      forPairing,
      mismatch,
    ],
    [
      "a device token without scopes for any",
      claim("device-token", ["operator.read"]),
      issued,
      mismatch,
    ],
  ];
  test.each(cases)("%s", (_name, asked, token, message) => {
    expect(authorize(asked, "shared", token)).toEqual({ ok: false, message });
  });
});
