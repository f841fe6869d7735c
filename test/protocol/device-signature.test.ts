import { createPublicKey, verify } from "node:crypto";
import { describe, expect, test } from "bun:test";
import { type ClientProfile, connectRequest } from "../../src/client/connect-request.ts";
import { type SignedFields, signaturePayload } from "../../src/protocol/device-signature.ts";
import { identityOf } from "../../src/state/device-identity.ts";
import firstConnect from "../fixtures/frames/01-node-connect-loopback-autoapproved.json";
import vector from "../fixtures/frames/05-signature-test-vector.json";

const device = identityOf(vector.identity.privateKeyPem);
const fields: SignedFields = {
  deviceId: vector.identity.deviceId,
  clientId: "node-host",
  clientMode: "node",
  role: "node",
  scopes: [],
  signedAtMs: 1_795_343_252_053,
  token: "T",
  nonce: "28039c54-658d-4aa8-8670-02662df43aea",
};

describe("the signature of the reference's test vector", () => {
  test("names the device by its key", () => {
    expect(device.deviceId).toBe(vector.identity.deviceId);
    expect(device.publicKey).toBe(vector.publicKeyBase64Url);
  });

  test.each([
    ["v2 with a nonce", fields, vector.payloadV2, vector.signatureV2],
    ["v1 without one", { ...fields, nonce: undefined }, vector.payloadV1, vector.signatureV1],
  ])("is the same as %s", (_form, signed, payload, signature) => {
    expect(signaturePayload(signed)).toBe(payload);
    expect(device.sign(payload)).toBe(signature);
    const key = createPublicKey(vector.identity.publicKeyPem);
    expect(verify(null, Buffer.from(payload), key, Buffer.from(signature, "base64url"))).toBe(true);
  });

  test("makes the very request that the reference's node sent", () => {
    const sent = firstConnect.frames[1]?.frame.params;
    const { client, caps, commands, pathEnv } = sent as unknown as ClientProfile;
    const ours = connectRequest(
      { client, role: "node", scopes: [], caps, commands, pathEnv } as ClientProfile,
      device,
      { nonce: fields.nonce, signedAtMs: fields.signedAtMs, token: "T", password: undefined },
    );
    // We offer the later protocol too; everything else is byte for byte the same.
    expect({ ...ours, maxProtocol: 3 }).toEqual(sent as any);
  });
});

describe("signaturePayload", () => {
  test.each<[string, Partial<SignedFields>, string]>([
    ["no scopes as an empty field", { scopes: [] }, "|node||1|T|N"],
    ["scopes joined by commas", { scopes: ["a", "b"] }, "|node|a,b|1|T|N"],
    ["no token as an empty field", { token: "" }, "|node||1||N"],
    ["nothing escaped", { token: "a|b" }, "|node||1|a|b|N"],
    [
      "a late time in decimal digits",
      { signedAtMs: 9_007_199_254_740_991 },
      "|9007199254740991|T|N",
    ],
    ["an empty nonce as v2 all the same", { nonce: "" }, "|1|T|"],
    [
      "v3 with the machine, trimmed and in lower case",
      { machine: { platform: " LinuX ", deviceFamily: "MÄC" } },
      "|1|T|N|linux|mÄc",
    ],
    ["v3 without a family as an empty field", { machine: { platform: "linux" } }, "|T|N|linux|"],
  ])("writes %s", (_what, changes, end) => {
    const payload = signaturePayload({ ...fields, signedAtMs: 1, nonce: "N", ...changes });
    const form = changes.machine === undefined ? "v2" : "v3";
    expect(payload).toStartWith(`${form}|${fields.deviceId}|node-host|node|`);
    expect(payload).toEndWith(end);
  });
});
