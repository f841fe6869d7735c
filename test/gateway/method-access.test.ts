import { describe, expect, test } from "bun:test";
import { decideAccess } from "../../src/gateway/method-access.ts";
import type { Session } from "../../src/gateway/session.ts";

const as = (role: "node" | "operator", ...scopes: string[]): Session => ({
  connId: "c",
  deviceId: "d",
  role,
  scopes,
  remoteIp: undefined,
  connectedAtMs: 0,
  params: {
    minProtocol: 3,
    maxProtocol: 3,
    client: { id: "cli", version: "1", platform: "linux", mode: "cli" },
  },
});

describe("decideAccess allows", () => {
  const cases: [string, string, Session][] = [
    ["an administrator everything", "exec.approvals.node.set", as("operator", "operator.admin")],
    ["a reader to list", "node.list", as("operator", "operator.read")],
    ["a writer to list as well", "node.list", as("operator", "operator.write")],
    ["a writer to invoke", "node.invoke", as("operator", "operator.write")],
    ["pairing to who may pair", "device.pair.approve", as("operator", "operator.pairing")],
    ["who approves to answer", "exec.approval.resolve", as("operator", "operator.approvals")],
    ["who approves to ask", "exec.approval.request", as("operator", "operator.approvals")],
    ["a node its result", "node.invoke.result", as("node")],
    ["a node its events", "node.event", as("node")],
    ["a node the skills", "skills.bins", as("node")],
  ];
  test.each(cases)("%s", (_name, method, session) => {
    expect(decideAccess(method, session)).toMatchObject({ allowed: true });
  });
});

describe("decideAccess refuses", () => {
  const cases: [string, string, Session, string][] = [
    ["a node to list nodes", "node.list", as("node"), "unauthorized role: node"],
    ["a node to invoke", "node.invoke", as("node", "operator.admin"), "unauthorized role: node"],
    [
      "a node to approve itself",
      "device.pair.approve",
      as("node", "operator.pairing"),
      "unauthorized role: node",
    ],
    ["a node what nobody knows", "x", as("node"), "unauthorized role: node"],
    [
      "an administrator a node's result",
      "node.invoke.result",
      as("operator", "operator.admin"),
      "unauthorized role: operator",
    ],
    [
      "a reader to invoke",
      "node.invoke",
      as("operator", "operator.read"),
      "missing scope: operator.write",
    ],
    [
      "a writer to pair",
      "device.pair.approve",
      as("operator", "operator.write"),
      "missing scope: operator.pairing",
    ],
    [
      "who pairs to read",
      "node.list",
      as("operator", "operator.pairing"),
      "missing scope: operator.read",
    ],
    [
      "all but the administrator the approvals",
      "exec.approvals.node.get",
      as("operator", "operator.read", "operator.write", "operator.pairing", "operator.approvals"),
      "missing scope: operator.admin",
    ],
    [
      "a writer to answer its own request",
      "exec.approval.resolve",
      as("operator", "operator.read", "operator.write", "operator.pairing"),
      "missing scope: operator.approvals",
    ],
    [
      "a reader to see what waits",
      "exec.approval.list",
      as("operator", "operator.read"),
      "missing scope: operator.approvals",
    ],
    [
      "a node to approve its run",
      "exec.approval.resolve",
      as("node", "operator.approvals"),
      "unauthorized role: node",
    ],
    [
      "a scope that only looks like one",
      "node.list",
      as("operator", "operator.readx", "OPERATOR.READ"),
      "missing scope: operator.read",
    ],
    [
      "an unknown method, and does not say that it is unknown",
      "agent",
      as("operator", "operator.read"),
      "missing scope: operator.admin",
    ],
    [
      "an administrator an unknown method",
      "agent",
      as("operator", "operator.admin"),
      "unknown method: agent",
    ],
    [
      "names of the prototype",
      "toString",
      as("operator", "operator.admin"),
      "unknown method: toString",
    ],
    ["__proto__", "__proto__", as("operator", "operator.admin"), "unknown method: __proto__"],
    [
      "and shows no control characters",
      "a\u001b[31m",
      as("operator", "operator.admin"),
      "unknown method: a\\u{1b}[31m",
    ],
  ];
  test.each(cases)("%s", (_name, method, session, message) => {
    expect(decideAccess(method, session)).toEqual({ allowed: false, message });
  });
});
