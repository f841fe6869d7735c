// What becomes of a connection when the gateway changes its mind about this device.
import { describe, expect, test } from "bun:test";
import { createPublicKey, verify } from "node:crypto";
import { signaturePayload } from "../../src/protocol/device-signature.ts";
import { LineGateway, helloOk } from "../fakes/line-gateway.ts";
import { ObservedConnection } from "./observed-connection.ts";

/** Which form of the signed text the signature of a connect request fits. */
function formOf({ device, auth, client }: any): string {
  const x = device.publicKey;
  const key = createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x } });
  const common = {
    deviceId: device.id,
    clientId: client.id,
    clientMode: client.mode,
    role: "node",
    scopes: [],
    signedAtMs: device.signedAt,
    token: auth?.token ?? "",
    nonce: device.nonce,
  };
  const texts = {
    v2: signaturePayload(common),
    v3: signaturePayload({ ...common, machine: client }),
  };
  const signature = Buffer.from(device.signature, "base64url");
  const fitting = Object.entries(texts).find(([, text]) =>
    verify(null, Buffer.from(text), key, signature),
  );
  return fitting?.[0] ?? "neither";
}

describe("a connection", () => {
  test("that is closed with 4001 is made again at once, and with a wait when it happens again", async () => {
    await using gateway = new LineGateway(async (line, number) => {
      await line.welcome();
      if (number < 3) line.close(4001, "gateway auth changed");
    });
    await using node = ObservedConnection.started(gateway.url);
    const { failure } = await node.retry();
    expect(failure).toEqual({ kind: "auth-changed", message: "gateway auth changed (4001)" });
    await node.next("connected");
    const again = "dialing challenge authenticating connected";
    expect(node.path).toBe(`${again} ${again} waiting ${again}`);
    expect(gateway.mostAtOnce).toBe(1);
  });

  test("is renewed on request, one socket at a time", async () => {
    await using gateway = new LineGateway((line) => line.welcome());
    await using node = ObservedConnection.started(gateway.url);
    await node.next("connected");
    node.connection.renew();
    await node.next("connected");
    expect(gateway.lines).toHaveLength(2);
    expect(gateway.mostAtOnce).toBe(1);
  });

  test("signs in the later form once where the first is refused, and goes back to the first", async () => {
    const forms: string[] = [];
    await using gateway = new LineGateway(async (line, number) => {
      line.challenge("the-nonce");
      const connect = await line.request("connect");
      forms.push(formOf(connect.params));
      if (number === 4) return line.answer(connect, helloOk);
      const details = { code: "DEVICE_AUTH_SIGNATURE_INVALID", reason: "device-signature" };
      line.refuse(connect, {
        code: "INVALID_REQUEST",
        message: "device signature invalid",
        details,
      });
    });
    await using node = ObservedConnection.started(gateway.url);
    expect((await node.retry()).failure.kind).toBe("signature");
    await node.next("connected");
    expect(forms).toEqual(["v2", "v3", "v2", "v3"]);
  });
});
