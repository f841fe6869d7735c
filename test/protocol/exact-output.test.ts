// Everything that we send has only keys that the receiver knows, and no nulls: the January 2026
// gateway refuses a request with any other key at any level. The schemas drop unknown keys, so
// what comes out of one unchanged had none.
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  type ClientProfile,
  type Handshake,
  connectRequest,
} from "../../src/client/connect-request.ts";
import { type InvokeHandler, invalid } from "../../src/node/invoke.ts";
import { dispatch } from "../../src/node/dispatch.ts";
import { deniedEvent, finishedEvent } from "../../src/node/exec-events.ts";
import { nodeProfile } from "../../src/node/profile.ts";
import { operatorProfile } from "../../src/operator/operator-profile.ts";
import { connectParams } from "../../src/protocol/connect.ts";
import {
  describeIssue,
  encodeError,
  encodeEvent,
  encodeOk,
  encodeRequest,
  parseFrame,
} from "../../src/protocol/frame.ts";
import { connectMaxFrameBytes } from "../../src/protocol/limits.ts";
import { type InvokeResult, invokeResult, nodeEvent } from "../../src/protocol/node-invoke.ts";
import { CollectedLog } from "../fakes/collected-log.ts";
import { anyText, holds } from "../fakes/property.ts";
import { newDevice } from "../gateway/device.ts";

const device = newDevice();

/** As it is on the line, through JSON; fails when the schema drops anything. */
function exact(schema: any, sent: unknown): any {
  const line: unknown = JSON.parse(JSON.stringify(sent));
  expect(schema.parse(line)).toStrictEqual(line);
  return line;
}

function nulls(value: unknown): boolean {
  return JSON.stringify(value).includes("null");
}

const facts = { nodeId: "n-1", displayName: "box", version: "1.2.3", platform: "linux" };
const node = nodeProfile({ ...facts, path: "/usr/bin:/bin" });
const operator = { version: "1.2.3", platform: "linux", displayName: "ops" };
const least: ClientProfile = {
  client: { id: "cli", version: "1", platform: "linux", mode: "cli" },
  role: "operator",
  scopes: [],
};
const handshake: Handshake = {
  nonce: "n",
  signedAtMs: 1,
  token: undefined,
  password: undefined,
};

describe("a connect request", () => {
  test.each<[string, ClientProfile, Partial<Handshake>, string[]]>([
    ["of a node with a token", node, { token: "T" }, ["caps", "commands", "pathEnv", "auth"]],
    ["of a node with a password", node, { password: "P" }, ["auth"]],
    ["of a node with both", node, { token: "T", password: "P" }, ["auth"]],
    ["of a node with neither", node, {}, []],
    ["of a node that saw no challenge", node, { nonce: undefined }, []],
    ["of an operator", operatorProfile(operator), { token: "T" }, ["auth"]],
    ["with the least that there can be", least, {}, []],
  ])("%s has only known keys and no nulls", (_who, profile, changes, keys) => {
    const sent = exact(
      connectParams,
      connectRequest(profile, device, { ...handshake, ...changes }),
    );
    expect(nulls(sent)).toBe(false);
    expect(Object.keys(sent)).toEqual(expect.arrayContaining(keys));
    expect("auth" in sent).toBe("token" in changes || "password" in changes);
    expect("nonce" in sent.device).toBe(!("nonce" in changes));
  });

  test("offers protocols 3 to 4 and names itself as gateways since January 2026 want it", () => {
    const sent = connectRequest(node, device, handshake);
    expect(sent).toMatchObject({ minProtocol: 3, maxProtocol: 4, role: "node", scopes: [] });
    expect(sent.client).toMatchObject({ id: "node-host", mode: "node", instanceId: "n-1" });
    expect(sent.caps).toEqual(["system"]);
  });

  test("shares no list with the profile that it is made of", () => {
    const sent = connectRequest(node, device, handshake);
    expect(sent.commands).toEqual([...(node.commands ?? [])]);
    expect(sent.commands).not.toBe(node.commands as string[]);
  });

  test("signs the token that it sends, and never the password", () => {
    const texts: string[] = [];
    const signer = { ...device, sign: (text: string) => (texts.push(text), "s") };
    connectRequest(node, signer, { ...handshake, token: "T", password: "hidden" });
    connectRequest(node, signer, { ...handshake, password: "hidden" });
    expect(texts.map((text) => text.split("|").at(-2))).toEqual(["T", ""]);
    expect(texts.join()).not.toContain("hidden");
  });

  /** Size of the frame of a node with this PATH. */
  function frameBytes(path: string): number {
    const profile = nodeProfile({ ...facts, path });
    const params = connectRequest(profile, device, { ...handshake, token: "T" });
    return Buffer.byteLength(encodeRequest(crypto.randomUUID(), "connect", params));
  }

  test.each([
    ["many entries", "/some/directory:".repeat(65_536)],
    ["one endless entry", "x".repeat(1_000_000)],
    ["an endless last entry", `/usr/bin:${"x".repeat(1_000_000)}`],
    ["control characters, which grow sixfold", "\u0001".repeat(100_000)],
    ["short entries that grow", "\u0001:".repeat(100_000)],
    ["three-byte letters", "日:".repeat(100_000)],
  ])(
    "stays below the size that gateways take before the handshake, with a PATH of %s",
    (_what, path) => {
      expect(frameBytes(path)).toBeLessThanOrEqual(connectMaxFrameBytes);
    },
  );
});

/** The results that the node host would put on the line for an invoke. */
async function resultsOf(payload: unknown, handler: InvokeHandler): Promise<InvokeResult[]> {
  const results: InvokeResult[] = [];
  const handlers = { "x.y": handler };
  await dispatch(
    { handlers, log: new CollectedLog(), respond: (result) => results.push(result) },
    payload,
    new AbortController().signal,
  );
  return results;
}

describe("an invoke result", () => {
  const request = { id: "i-1", nodeId: "n-1", command: "x.y", paramsJSON: "{}" };

  test.each<[string, unknown, InvokeHandler, boolean]>([
    ["a success", request, () => ({ ok: true, payload: { a: null } }), true],
    ["a refusal", request, () => invalid("no"), false],
    ["a handler that throws", request, () => Promise.reject(new Error("x")), false],
    ["an unknown command", { ...request, command: "z" }, () => invalid("no"), false],
    [
      "a command named like a method",
      { ...request, command: "toString" },
      () => invalid("no"),
      false,
    ],
    ["parameters that are no JSON", { ...request, paramsJSON: "{" }, () => invalid("no"), false],
    ["parameters of null", { ...request, paramsJSON: null }, () => invalid("no"), false],
    ["a wrong type", { ...request, timeoutMs: "1" }, () => invalid("no"), false],
  ])("of %s has only known keys and no nulls", async (_what, payload, handler, ok) => {
    const [result, ...more] = await resultsOf(payload, handler);
    expect(more).toEqual([]);
    const sent = exact(invokeResult, result);
    expect(sent).toMatchObject({ id: "i-1", nodeId: "n-1", ok });
    const { payloadJSON: _text, ...frame } = sent;
    expect(nulls(frame)).toBe(false);
    expect(Object.keys(sent).toSorted()).toEqual(
      ok ? ["id", "nodeId", "ok", "payloadJSON"] : ["error", "id", "nodeId", "ok"],
    );
  });

  test("carries whatever a handler gives as text inside JSON", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (payload) => {
        const [result] = await resultsOf(request, () => ({ ok: true, payload }));
        const sent = exact(invokeResult, result);
        expect(JSON.parse(sent.payloadJSON)).toEqual(JSON.parse(JSON.stringify(payload)));
      }),
      { seed: 3, numRuns: 100 },
    );
  });
});

describe("an event of a node", () => {
  const common = { sessionKey: "s", runId: "r", host: "node", command: "c" } as const;
  const payload = { timedOut: false, success: true, stdout: "o", stderr: "e", error: null };

  test.each([
    ["a denied run", deniedEvent(common, "allowlist-miss"), "sessionKey runId host command reason"],
    [
      "a finished run",
      finishedEvent(common, { exitCode: 0, ...payload }),
      "sessionKey runId host command exitCode timedOut success output",
    ],
    [
      "a run without an exit code",
      finishedEvent(common, payload),
      "sessionKey runId host command timedOut success output",
    ],
  ])("about %s has the reference's keys in its order", (_what, { event, payload: told }, keys) => {
    exact(nodeEvent, { event, payloadJSON: JSON.stringify(told) });
    expect(Object.keys(told).join(" ")).toBe(keys);
    expect(nulls(told)).toBe(false);
  });
});

describe("an encoded frame", () => {
  test.each([
    [
      "a request",
      encodeRequest("1", "m", { a: 1 }),
      '{"type":"req","id":"1","method":"m","params":{"a":1}}',
    ],
    [
      "a request without parameters",
      encodeRequest("1", "m"),
      '{"type":"req","id":"1","method":"m"}',
    ],
    ["a success", encodeOk("1", 5), '{"type":"res","id":"1","ok":true,"payload":5}'],
    ["a success without payload", encodeOk("1"), '{"type":"res","id":"1","ok":true}'],
    [
      "an error",
      encodeError("1", { code: "C", message: "m" }),
      '{"type":"res","id":"1","ok":false,"error":{"code":"C","message":"m"}}',
    ],
    ["an event", encodeEvent("e", {}), '{"type":"event","event":"e","payload":{}}'],
    ["a broadcast", encodeEvent("e", {}, 4), '{"type":"event","event":"e","payload":{},"seq":4}'],
  ])("of %s has the keys of the wire, in its order", (_what, text, wanted) => {
    expect(text).toBe(wanted);
    expect(parseFrame(text).kind).toBe("frame");
  });

  test("is read again as it was meant, whatever text it carries", () => {
    holds(
      fc.property(anyText, anyText, (method, value) => {
        const text = encodeRequest("1", `m${method}`, { value });
        expect(parseFrame(text)).toEqual({
          kind: "frame",
          frame: { type: "req", id: "1", method: `m${method}`, params: { value } },
        });
        // One line, well-formed: lone surrogates travel as escapes.
        expect(text.isWellFormed() && !text.includes("\n")).toBe(true);
      }),
    );
  });
});

describe("describeIssue", () => {
  test.each<[string, unknown, string]>([
    ["the root", null, "at root: "],
    ["a key", { minProtocol: 0 }, "at /minProtocol: "],
    ["a nested key", { minProtocol: 3, maxProtocol: 4, client: { id: "" } }, "at /client/id: "],
  ])("names %s", (_where, value, start) => {
    const parsed = connectParams.safeParse(value);
    expect(parsed.success).toBe(false);
    if (!parsed.success) expect(describeIssue(parsed.error)).toStartWith(start);
  });
});
