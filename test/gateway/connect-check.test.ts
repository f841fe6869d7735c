import { describe, expect, test } from "bun:test";
import { checkConnect } from "../../src/gateway/connect-check.ts";
import captured from "../fixtures/clawdbot-node-connect.json" with { type: "json" };
import { newDevice, operatorProfile, signedConnect } from "./device.ts";

const nowMs = 1_795_000_000_000;
const nonce = "the-nonce";
const device = newDevice();
const other = newDevice();

const remote = { nowMs, nonce, local: false };
const local = { nowMs, nonce, local: true };
const right = signedConnect(device, { nonce, signedAtMs: nowMs });

const bytes = (text: string): Buffer => Buffer.from(text, "base64url");
const withDevice = (change: object): unknown => ({
  ...right,
  device: { ...right.device, ...change },
});

describe("checkConnect lets in", () => {
  const cases: [string, unknown, typeof remote][] = [
    ["a request that is signed with the nonce", right, remote],
    [
      "keys that it does not know, at any level",
      { ...right, new: 1, client: { ...right.client, new: 1 } },
      remote,
    ],
    ["a client that speaks up to protocol 4", { ...right, minProtocol: 3, maxProtocol: 4 }, remote],
    ["a client that speaks everything", { ...right, minProtocol: 1, maxProtocol: 9 }, remote],
    [
      "a signature in standard base64 with padding",
      withDevice({ signature: bytes(right.device!.signature).toString("base64") }),
      remote,
    ],
    ["a key as PEM", withDevice({ publicKey: pemOf(right.device!.publicKey) }), remote],
    ["a nonce with blanks around it", withDevice({ nonce: ` ${nonce} ` }), remote],
    ["v1 without a nonce from this machine", signedConnect(device, { signedAtMs: nowMs }), local],
    [
      "a clock that is ten minutes slow",
      signedConnect(device, { nonce, signedAtMs: nowMs - 600_000 }),
      remote,
    ],
    [
      "a clock that is ten minutes fast",
      signedConnect(device, { nonce, signedAtMs: nowMs + 600_000 }),
      remote,
    ],
    [
      "no token at all: that is another check",
      signedConnect(device, { nonce, signedAtMs: nowMs, token: undefined }),
      remote,
    ],
  ];
  test.each(cases)("%s", (_name, params, facts) => {
    const checked = checkConnect(params, facts);
    expect(checked).toMatchObject({
      ok: true,
      claim: { deviceId: device.deviceId, publicKey: device.publicKey },
    });
  });
});

describe("checkConnect refuses", () => {
  const v1 = signedConnect(device, { signedAtMs: nowMs });
  const cases: [string, unknown, typeof remote, string, number][] = [
    ["nothing", undefined, remote, "invalid connect params: at root: must be object", 1008],
    ["null", null, remote, "invalid connect params: at root: must be object", 1008],
    ["a list", [], remote, "invalid connect params: at root: must be object", 1008],
    [
      "an empty object",
      {},
      remote,
      "invalid connect params: must have required property 'minProtocol'",
      1008,
    ],
    [
      "a version that is no integer",
      { ...right, minProtocol: 2.5 },
      remote,
      "invalid connect params: at /minProtocol: must be integer",
      1008,
    ],
    [
      "a client without an id",
      { ...right, client: {} },
      remote,
      "invalid connect params: at /client: must have required property 'id'",
      1008,
    ],
    [
      "an empty platform",
      { ...right, client: { ...right.client, platform: "" } },
      remote,
      "invalid connect params: at /client/platform: must NOT have fewer than 1 characters",
      1008,
    ],
    [
      "commands that are no texts",
      { ...right, commands: [1] },
      remote,
      "invalid connect params: at /commands/0: must be string",
      1008,
    ],
    [
      "an older client",
      { ...right, minProtocol: 1, maxProtocol: 2 },
      remote,
      "protocol mismatch",
      1002,
    ],
    [
      "a newer client",
      { ...right, minProtocol: 4, maxProtocol: 9 },
      remote,
      "protocol mismatch",
      1002,
    ],
    ["an unknown role", { ...right, role: "admin" }, remote, "invalid role", 1008],
    ["a role of the prototype", { ...right, role: "constructor" }, remote, "invalid role", 1008],
    [
      "too many scopes",
      { ...right, scopes: Array.from({ length: 17 }, String) },
      remote,
      "invalid connect params: at /scopes: at most 16 of 64 characters",
      1008,
    ],
    [
      "a scope that is too long",
      { ...right, scopes: ["x".repeat(65)] },
      remote,
      "invalid connect params: at /scopes: at most 16 of 64 characters",
      1008,
    ],
    [
      "no device, token or not",
      { ...right, device: undefined },
      remote,
      "device identity required",
      1008,
    ],
    [
      "a key that is no key",
      withDevice({ publicKey: "AAAA" }),
      remote,
      "device public key invalid",
      1008,
    ],
    [
      "a key of 31 bytes",
      withDevice({ publicKey: Buffer.alloc(31, 7).toString("base64url") }),
      remote,
      "device public key invalid",
      1008,
    ],
    [
      "a broken PEM",
      withDevice({ publicKey: "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----" }),
      remote,
      "device public key invalid",
      1008,
    ],
    [
      "another device's id",
      withDevice({ id: other.deviceId }),
      remote,
      "device identity mismatch",
      1008,
    ],
    [
      "the id in capitals",
      withDevice({ id: device.deviceId.toUpperCase() }),
      remote,
      "device identity mismatch",
      1008,
    ],
    [
      "another device's key",
      withDevice({ publicKey: other.publicKey }),
      remote,
      "device identity mismatch",
      1008,
    ],
    [
      "a signature that is too old",
      signedConnect(device, { nonce, signedAtMs: nowMs - 600_001 }),
      remote,
      "device signature expired",
      1008,
    ],
    [
      "a signature from the future",
      signedConnect(device, { nonce, signedAtMs: nowMs + 600_001 }),
      remote,
      "device signature expired",
      1008,
    ],
    ["no nonce from elsewhere", v1, remote, "device nonce required", 1008],
    [
      "a blank nonce from elsewhere",
      { ...v1, device: { ...v1.device, nonce: "  " } },
      remote,
      "device nonce required",
      1008,
    ],
    [
      "the nonce of another connection",
      signedConnect(device, { nonce: "other", signedAtMs: nowMs }),
      remote,
      "device nonce mismatch",
      1008,
    ],
    [
      "a wrong nonce from this machine too",
      signedConnect(device, { nonce: "other", signedAtMs: nowMs }),
      local,
      "device nonce mismatch",
      1008,
    ],
    [
      "v1 with a nonce put beside it",
      { ...v1, device: { ...v1.device, nonce } },
      remote,
      "device signature invalid",
      1008,
    ],
    [
      "a v2 signature whose nonce is taken away",
      withDevice({ nonce: undefined }),
      local,
      "device signature invalid",
      1008,
    ],
    [
      "a role that was not signed",
      { ...right, role: "operator" },
      remote,
      "device signature invalid",
      1008,
    ],
    [
      "scopes that were not signed",
      { ...right, scopes: ["operator.admin"] },
      remote,
      "device signature invalid",
      1008,
    ],
    [
      "a token that was not signed",
      { ...right, auth: { token: "other" } },
      remote,
      "device signature invalid",
      1008,
    ],
    [
      "a client id that was not signed",
      { ...right, client: { ...right.client, id: "cli" } },
      remote,
      "device signature invalid",
      1008,
    ],
    [
      "a signature of another device",
      withDevice({
        signature: signedConnect(other, { nonce, signedAtMs: nowMs }).device!.signature,
      }),
      remote,
      "device signature invalid",
      1008,
    ],
    [
      "a signature that is cut",
      withDevice({ signature: right.device!.signature.slice(0, -4) }),
      remote,
      "device signature invalid",
      1008,
    ],
    [
      "a signature that is no base64",
      withDevice({ signature: "!" }),
      remote,
      "device signature invalid",
      1008,
    ],
  ];
  test.each(cases)("%s", (_name, params, facts, message, closeCode) => {
    const checked = checkConnect(params, facts);
    expect(checked).toMatchObject({ ok: false, refusal: { error: { message }, closeCode } });
  });
});

test("checkConnect says which protocol it wants", () => {
  const checked = checkConnect({ ...right, maxProtocol: 2, minProtocol: 1 }, remote);
  expect(checked).toMatchObject({ refusal: { error: { details: { expectedProtocol: 3 } } } });
});

test("a missing device is a matter of pairing", () => {
  const checked = checkConnect({ ...right, device: undefined }, remote);
  expect(checked).toMatchObject({ refusal: { error: { code: "NOT_PAIRED" } } });
});

test("an operator that names no scopes asks for all, a node for none", () => {
  const profile = { ...operatorProfile, scopes: [] };
  const operator = checkConnect(
    signedConnect(device, { profile, nonce, signedAtMs: nowMs }),
    remote,
  );
  expect(operator).toMatchObject({ claim: { role: "operator", scopes: ["operator.admin"] } });
  expect(checkConnect(right, remote)).toMatchObject({ claim: { role: "node", scopes: [] } });
});

test("a frame that the reference's node host sent is let in", () => {
  const { signedAt, nonce: sent } = captured.params.device;
  const facts = { nowMs: signedAt + 5, nonce: sent, local: false };
  expect(checkConnect(captured.params, facts)).toMatchObject({ ok: true, claim: { role: "node" } });
});

function pemOf(publicKey: string): string {
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), bytes(publicKey)]);
  return `-----BEGIN PUBLIC KEY-----\n${der.toString("base64")}\n-----END PUBLIC KEY-----\n`;
}
