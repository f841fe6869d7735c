import { describe, expect, test } from "bun:test";
import { NoAnswerError, RpcError } from "../../src/client/rpc-error.ts";
import { UserError } from "../../src/lib/errors.ts";
import { invokeError } from "../../src/operator/invoke-error.ts";

const invoked = {
  node: { nodeId: "n-1", displayName: "Build Box" },
  command: "system.run",
  timeoutMs: 15_000,
};
const refused = (message: string, details?: unknown, code = "UNAVAILABLE"): RpcError =>
  new RpcError("node.invoke", { code, message, details });
const nodeError = (message: string, code = "UNAVAILABLE"): RpcError =>
  refused(message, { nodeError: { code, message } });

describe("invokeError", () => {
  test.each<[string, Error, string, number, string | undefined]>([
    [
      "not connected",
      refused("node not connected", { code: "NOT_CONNECTED" }),
      'Cannot invoke system.run on "Build Box": the node is known but not connected',
      1,
      "clawdbot node run",
    ],
    [
      "disconnected midway",
      refused("Error: node disconnected (system.run)"),
      "connection to the gateway broke; whether the node carried it out is unknown",
      1,
      undefined,
    ],
    [
      "too late for the gateway",
      nodeError("node invoke timed out", "TIMEOUT"),
      "no result within 15 s; it may still be running on the node",
      124,
      "more time",
    ],
    [
      "a command that the gateway does not allow",
      refused("node command not allowed", { reason: "command not allowlisted" }, "INVALID_REQUEST"),
      "the gateway does not allow it (command not allowlisted)",
      1,
      "gateway.nodes.allowCommands",
    ],
    [
      "a command that the node does not have",
      refused("node command not allowed", { reason: "command not declared by node" }),
      "the gateway does not allow it (command not declared by node)",
      1,
      "clawdbot nodes describe",
    ],
    [
      "a missing scope",
      refused("missing scope: operator.write", undefined, "INVALID_REQUEST"),
      "this machine lacks the scope operator.write",
      11,
      "devices list",
    ],
    [
      "commands that wait for approval",
      refused("pairing changed", undefined, "PAIRING_CHANGED"),
      "its commands wait for an operator's approval",
      1,
      "clawdbot nodes pending",
    ],
    [
      "an unknown node",
      refused("unknown nodeId", undefined, "INVALID_REQUEST"),
      'Cannot invoke system.run on "Build Box": unknown nodeId',
      1,
      undefined,
    ],
    [
      "the gateway going away",
      new NoAnswerError("node.invoke", "closed", "the connection closed"),
      "the connection to the gateway broke; whether the node carried it out is unknown",
      75,
      undefined,
    ],
    [
      "a silent gateway",
      new NoAnswerError("node.invoke", "timeout", "nothing within 20 s"),
      "the gateway gave no answer in time",
      124,
      undefined,
    ],
    [
      "details of the wrong types",
      refused("odd", { code: 5, reason: [], nodeError: "x" }),
      'on "Build Box": odd',
      1,
      undefined,
    ],
  ])("%s", (_case, error, message, code, hint) => {
    const told = invokeError(error, invoked);
    expect(told).toBeInstanceOf(UserError);
    expect((told as UserError).message).toContain(message);
    expect((told as UserError).exitCode).toBe(code);
    if (hint !== undefined) expect((told as UserError).hint).toContain(hint);
  });

  test("the node's refusal keeps its lines, for it names the remedy", () => {
    const message =
      "SYSTEM_RUN_DENIED: allowlist miss\n/bin/echo is not listed\r\n\tclawdbot approvals …";
    expect((invokeError(nodeError(message), invoked) as UserError).message).toBe(
      'Refused by the node "Build Box": SYSTEM_RUN_DENIED: allowlist miss\n' +
        "  /bin/echo is not listed\n" +
        "  \\tclawdbot approvals …",
    );
  });

  test("a refusal cannot move the cursor or flood the terminal", () => {
    const told = invokeError(nodeError(`a\u001b[2J\n${"x\n".repeat(5000)}`), invoked) as UserError;
    expect(told.message).toContain("a\\u{1b}[2J");
    expect(told.message.split("\n").length).toBeLessThanOrEqual(40);
  });

  test("a defect stays a defect", () => {
    const bug = new TypeError("x is not a function");
    expect(invokeError(bug, invoked)).toBe(bug);
  });
});
