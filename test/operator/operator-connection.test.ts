// The connection of an operator against gateways that behave, and that do not.
import { describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import * as z from "zod/mini";
import { ask } from "../../src/operator/answer.ts";
import { type Operator, connectOperator } from "../../src/operator/operator-connection.ts";
import { systemClock, systemRandom } from "../../src/platform/clock.ts";
import { systemSockets } from "../../src/platform/websocket-client.ts";
import { identityOf } from "../../src/state/device-identity.ts";
import { type Script, type Scripted, scriptedGateway } from "../fakes/scripted-gateway.ts";

const { privateKey } = generateKeyPairSync("ed25519");
const signer = identityOf(privateKey.export({ type: "pkcs8", format: "pem" }));
const silent = () => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };

function connect(
  url: string,
  options: { token?: string; timeoutMs?: number } = {},
): Promise<Operator> {
  return connectOperator(
    { clock: systemClock, random: systemRandom, sockets: systemSockets, log },
    {
      route: { url },
      secrets: { token: options.token, password: undefined },
      signer,
      client: { version: "1.2.3", platform: "linux", displayName: "desk" },
      timeoutMs: options.timeoutMs ?? 2000,
    },
  );
}

async function refusedBy(url: string, options?: Parameters<typeof connect>[1]): Promise<any> {
  return connect(url, options).then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );
}

async function failure(script: Script, options?: Parameters<typeof connect>[1]): Promise<any> {
  await using gateway = scriptedGateway(script);
  return await refusedBy(gateway.url, options);
}

const refusal = (code: string, message: string, details?: unknown): Scripted => ({
  error: { code, message, details },
});

describe("connectOperator", () => {
  test("connects as the reference's own command line does", async () => {
    await using gateway = scriptedGateway();
    const operator = await connect(gateway.url, { token: "t" });
    await operator.close();
    expect(gateway.connects).toEqual([
      {
        minProtocol: 3,
        maxProtocol: 4,
        client: {
          id: "cli",
          mode: "cli",
          version: "1.2.3",
          platform: "linux",
          displayName: "desk",
        },
        role: "operator",
        scopes: ["operator.admin", "operator.approvals", "operator.pairing"],
        device: {
          id: signer.deviceId,
          publicKey: signer.publicKey,
          signature: expect.any(String),
          signedAt: expect.any(Number),
          nonce: expect.any(String),
        },
        auth: { token: "t" },
      },
    ]);
  });

  test.each<[string, Scripted, number, string, string]>([
    [
      "a missing token",
      refusal("INVALID_REQUEST", "unauthorized: gateway token missing"),
      10,
      "unauthorized: gateway token missing",
      "--token-file FILE",
    ],
    [
      "a device that is not approved",
      refusal("NOT_PAIRED", "pairing required", { requestId: "r-1" }),
      11,
      `has to be approved as an operator first (request r-1, device ${signer.deviceId})`,
      "clawdbot devices approve r-1",
    ],
    [
      "the same on a later gateway",
      refusal("NOT_PAIRED", "x", { requestId: "r-1", code: "PAIRING_REQUIRED" }),
      11,
      "request r-1",
      "openclaw devices approve r-1",
    ],
    [
      "a request id that is no id",
      refusal("NOT_PAIRED", "x", { requestId: { a: 1 } }),
      11,
      "has to be approved as an operator first",
      "REQUEST_ID",
    ],
    [
      "another protocol",
      refusal("INVALID_REQUEST", "protocol mismatch"),
      13,
      "mismatch",
      "upgrade",
    ],
    ["a start-up", refusal("UNAVAILABLE", "gateway starting"), 75, "gateway starting", "Try again"],
    ["a hello that cannot be read", { payload: { type: "hello" } }, 13, "hello cannot be read", ""],
    ["a close in the middle", "close", 75, "the gateway restarts", "Try again"],
  ])("tells %s", async (_case, answer, code, message, hint) => {
    const error = await failure({ connect: answer });
    expect(error).toMatchObject({ exitCode: code });
    expect(error.message).toStartWith('Cannot connect to "ws://127.0.0.1:');
    expect(error.message).toContain(message);
    expect(error.hint ?? "").toContain(hint);
  });

  test("a wrong token is not called a missing one", async () => {
    const answer = refusal("INVALID_REQUEST", "unauthorized: gateway token mismatch");
    const error = await failure({ connect: answer }, { token: "wrong" });
    expect(error.hint).toStartWith("The token or password is not this gateway's");
  });

  test("a gateway that never answers is waited for as long as was asked", async () => {
    const error = await failure({ connect: "silence" }, { timeoutMs: 200 });
    expect(error).toMatchObject({ exitCode: 75 });
    expect(error.message).toEndWith("no answer in 200 ms");
  });

  test("one refusal is one attempt: nothing is tried again", async () => {
    await using gateway = scriptedGateway({
      connect: refusal("INVALID_REQUEST", "unauthorized: x"),
    });
    expect(await refusedBy(gateway.url)).toMatchObject({ exitCode: 10 });
    await Bun.sleep(50);
    expect(gateway.connects.length).toBe(1);
  });

  test("a port where nothing listens", async () => {
    const gateway = scriptedGateway();
    await gateway[Symbol.asyncDispose]();
    expect(await refusedBy(gateway.url)).toMatchObject({
      exitCode: 75,
      hint: expect.stringContaining("Nothing listens there"),
    });
  });

  test("a web server that is no gateway", async () => {
    using server = Bun.serve({ port: 0, fetch: () => new Response("hello") });
    expect(await refusedBy(`ws://127.0.0.1:${server.port}`)).toMatchObject({
      exitCode: 13,
      hint: expect.stringContaining("Another program answers there"),
    });
  });
});

describe("an operator's call", () => {
  const numbers = z.object({ n: z.number() });

  async function asked(script: Script): Promise<unknown> {
    await using gateway = scriptedGateway(script);
    const operator = await connect(gateway.url, { timeoutMs: 300 });
    try {
      return await ask(operator, "count", { method: "count", params: {} }, numbers);
    } catch (error) {
      return error;
    } finally {
      await operator.close();
    }
  }

  test.each<[string, Scripted]>([
    ["the answer", { payload: { n: 1 } }],
    ["unknown keys", { payload: { n: 1, more: [] } }],
  ])("reads %s", async (_case, answer) => {
    expect(await asked({ answers: { count: answer } })).toEqual({ n: 1 });
  });

  test.each<[string, Scripted, string, number]>([
    ["a null for a number", { payload: { n: null } }, "Cannot read the answer to count: at /n", 13],
    ["no payload", { payload: undefined }, "Cannot read the answer to count: at root", 13],
    ["another type", { payload: "x" }, "Cannot read the answer to count: at root", 13],
    ["a refusal", refusal("INVALID_REQUEST", "no\u001b[2J"), "Cannot count: no\\u{1b}[2J", 1],
    [
      "a missing scope",
      refusal("INVALID_REQUEST", "missing scope: operator.read"),
      "operator.read",
      11,
    ],
    ["silence", "silence", "Cannot count: No answer to count: nothing within 300 ms", 75],
    ["text that is no frame", { text: "{" }, "nothing within 300 ms", 75],
    [
      "an answer to another question",
      { text: '{"type":"res","id":"x","ok":true}' },
      "nothing within",
      75,
    ],
    ["a close", "close", "Cannot count: the connection to the gateway broke", 75],
  ])("tells %s", async (_case, answer, message, code) => {
    const error = (await asked({ answers: { count: answer } })) as Error;
    expect(error).toMatchObject({ exitCode: code });
    expect(error.message).toContain(message);
  });

  test("nesting without end does not end the program", async () => {
    const deep = `${"[".repeat(5000)}${"]".repeat(5000)}`;
    const answer = { payload: { n: 1, deep: JSON.parse(deep) } };
    expect(await asked({ answers: { count: answer } })).toEqual({ n: 1 });
  });

  test("a request that the gateway would close the line for is not sent", async () => {
    await using gateway = scriptedGateway({ maxPayload: 10_000, answers: {} });
    const operator = await connect(gateway.url);
    const send = (): Promise<unknown> => operator.call("x", { text: "é".repeat(5000) });
    expect(send).toThrow("the gateway accepts at most 10000");
    expect(gateway.calls).toEqual([]);
    await operator.close();
  });
});
