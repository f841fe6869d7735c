import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { dispatch } from "../../src/node/dispatch.ts";
import type { InvokeHandler } from "../../src/node/invoke.ts";
import type { InvokeResult } from "../../src/protocol/node-invoke.ts";
import { invokeResult } from "../../src/protocol/node-invoke.ts";
import { CollectedLog } from "../fakes/collected-log.ts";

const handlers: Record<string, InvokeHandler> = {
  echo: ({ params }) => ({ ok: true, payload: { params } }),
  refuse: () => ({ ok: false, code: "INVALID_REQUEST", message: "no" }),
  throw: () => {
    throw new Error("a defect");
  },
  reject: () => Promise.reject(new TypeError("a later defect")),
  "throw nothing": () => {
    // oxlint-disable-next-line typescript/only-throw-error -- dependencies may throw anything
    throw undefined;
  },
  slow: async () => {
    await Bun.sleep(1);
    return { ok: true, payload: null };
  },
};

const never = new AbortController().signal;

async function send(payload: unknown): Promise<{ results: InvokeResult[]; log: CollectedLog }> {
  const results: InvokeResult[] = [];
  const log = new CollectedLog();
  await dispatch({ handlers, log, respond: (result) => void results.push(result) }, payload, never);
  return { results, log };
}

async function answer(payload: Record<string, unknown>): Promise<InvokeResult> {
  const { results } = await send({ id: "i-1", nodeId: "n-1", ...payload });
  expect(results).toHaveLength(1);
  return results[0] as InvokeResult;
}

const failed = (code: string, message: string) => ({
  id: "i-1",
  nodeId: "n-1",
  ok: false,
  error: { code, message },
});

describe("dispatch", () => {
  test("a success travels as payloadJSON, with no other key", async () => {
    expect(await answer({ command: "echo", paramsJSON: '{"a":[1]}' })).toEqual({
      id: "i-1",
      nodeId: "n-1",
      ok: true,
      payloadJSON: '{"params":{"a":[1]}}',
    });
  });

  test.each<[string, Record<string, unknown>, unknown]>([
    ["a refusal", { command: "refuse", paramsJSON: "{}" }, failed("INVALID_REQUEST", "no")],
    [
      "an unknown command",
      { command: "browser.proxy", paramsJSON: "{}" },
      failed("UNAVAILABLE", "command not supported"),
    ],
    [
      "a command called like a method",
      { command: "constructor", paramsJSON: "{}" },
      failed("UNAVAILABLE", "command not supported"),
    ],
    [
      "a command called like the prototype",
      { command: "__proto__", paramsJSON: "{}" },
      failed("UNAVAILABLE", "command not supported"),
    ],
    [
      "another spelling",
      { command: "ECHO", paramsJSON: "{}" },
      failed("UNAVAILABLE", "command not supported"),
    ],
    [
      "no parameters",
      { command: "echo" },
      failed("INVALID_REQUEST", "Error: INVALID_REQUEST: paramsJSON required"),
    ],
    [
      "null for parameters",
      { command: "echo", paramsJSON: null },
      failed("INVALID_REQUEST", "Error: INVALID_REQUEST: paramsJSON required"),
    ],
    [
      "empty parameters",
      { command: "echo", paramsJSON: "" },
      failed("INVALID_REQUEST", "Error: INVALID_REQUEST: paramsJSON required"),
    ],
    [
      "blank parameters",
      { command: "echo", paramsJSON: " \n" },
      failed("INVALID_REQUEST", "Error: INVALID_REQUEST: paramsJSON required"),
    ],
    [
      "half parameters",
      { command: "echo", paramsJSON: '{"a":' },
      failed("INVALID_REQUEST", "SyntaxError: paramsJSON is not valid JSON"),
    ],
    [
      "a defect",
      { command: "throw", paramsJSON: "{}" },
      failed("UNAVAILABLE", "node host error: a defect"),
    ],
    [
      "a defect later on",
      { command: "reject", paramsJSON: "{}" },
      failed("UNAVAILABLE", "node host error: a later defect"),
    ],
    [
      "a defect of another kind",
      { command: "throw nothing", paramsJSON: "{}" },
      failed("UNAVAILABLE", "node host error: undefined"),
    ],
    [
      "no command",
      {},
      expect.objectContaining({
        ok: false,
        error: expect.objectContaining({ code: "INVALID_REQUEST" }),
      }),
    ],
    ["a blank command", { command: " " }, expect.objectContaining({ ok: false })],
    ["a command that is a list", { command: ["echo"] }, expect.objectContaining({ ok: false })],
    [
      "parameters of another type",
      { command: "echo", paramsJSON: { a: 1 } },
      expect.objectContaining({ ok: false }),
    ],
    [
      "a time limit of another type",
      { command: "echo", paramsJSON: "{}", timeoutMs: "5" },
      expect.objectContaining({ ok: false }),
    ],
  ])("%s is answered", async (_case, payload, wanted) => {
    expect(await answer(payload)).toEqual(wanted as InvokeResult);
  });

  test.each<[string, Record<string, unknown>, unknown]>([
    ["null as JSON", { paramsJSON: "null" }, null],
    ["a number", { paramsJSON: "5" }, 5],
    ["params beside paramsJSON", { paramsJSON: "1", params: 2 }, 1],
    ["params instead of paramsJSON", { params: { a: 1 } }, { a: 1 }],
    ["params beside null", { paramsJSON: null, params: 2 }, 2],
    [
      "keys that we do not know",
      { paramsJSON: "1", later: true, idempotencyKey: null, timeoutMs: null },
      1,
    ],
  ])("%s reaches the handler", async (_case, payload, params) => {
    const { payloadJSON } = await answer({ command: "echo", ...payload });
    expect(JSON.parse(payloadJSON ?? "")).toEqual({ params });
  });

  test("blanks around names are cut, as the reference does", async () => {
    const result = await answer({
      id: " i-1 ",
      nodeId: " n-1",
      command: " echo ",
      paramsJSON: "1",
    });
    expect(result).toMatchObject({ id: "i-1", nodeId: "n-1", ok: true });
  });

  test("the node's id is echoed, not checked", async () => {
    expect((await answer({ nodeId: "another", command: "echo", paramsJSON: "1" })).nodeId).toBe(
      "another",
    );
  });

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a text", "x"],
    ["a list", []],
    ["no id", { nodeId: "n", command: "echo", paramsJSON: "1" }],
    ["an empty id", { id: "", nodeId: "n", command: "echo", paramsJSON: "1" }],
    ["a blank id", { id: " ", nodeId: "n", command: "echo", paramsJSON: "1" }],
    ["an id that is a number", { id: 5, nodeId: "n", command: "echo", paramsJSON: "1" }],
    ["no node", { id: "i", command: "echo", paramsJSON: "1" }],
  ])("%s: nobody can be answered, the log says so", async (_case, payload) => {
    const { results, log } = await send(payload);
    expect(results).toEqual([]);
    expect(log.lines.map(({ level }) => level)).toEqual(["warn"]);
  });

  test("a defect is told to the log", async () => {
    const { log } = await send({ id: "i", nodeId: "n", command: "throw", paramsJSON: "{}" });
    expect(log.lines).toEqual([{ level: "error", message: "throw failed: a defect", fields: {} }]);
  });

  test("whatever comes with an id is answered exactly once, in a form that gateways take", async () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(...Object.keys(handlers), "", " ", "{}", "["),
    );
    const keys = fc.constantFrom(
      "command",
      "paramsJSON",
      "params",
      "timeoutMs",
      "idempotencyKey",
      "x",
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(keys, value), async (payload) => {
        const { results } = await send({ ...payload, id: "i-1", nodeId: "n-1" });
        expect(results).toHaveLength(1);
        const [result] = results;
        expect(invokeResult.safeParse(result).success).toBe(true);
        const known =
          result?.ok === true
            ? ["id", "nodeId", "ok", "payloadJSON"]
            : ["id", "nodeId", "ok", "error"];
        expect(Object.keys(result ?? {})).toEqual(known);
      }),
      { seed: 20_260_124, numRuns: 500 },
    );
  });
});
