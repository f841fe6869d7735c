// Frames that a real Clawdbot 2026.1.24-3 gateway and its own node host exchanged, as captured on
// the line: whatever they sent must pass our schemas, with nothing lost that we read.
import { describe, expect, test } from "bun:test";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  challengeEvent,
  challengePayload,
  connectParams,
  helloOk,
} from "../../src/protocol/connect.ts";
import { approvalsSetParams, approvalsSnapshot } from "../../src/protocol/exec-approvals.ts";
import { type Frame, encodeRequest, parseFrame } from "../../src/protocol/frame.ts";
import { vouchesForApprovals } from "../../src/protocol/generation.ts";
import {
  invokeRequest,
  invokeRequestEvent,
  invokeResult,
  invokeResultMethod,
  nodeEvent,
  nodeEventMethod,
} from "../../src/protocol/node-invoke.ts";
import { pairingDetails } from "../../src/protocol/pairing.ts";
import {
  systemRunAnswer,
  systemRunParams,
  systemWhichAnswer,
  systemWhichParams,
} from "../../src/protocol/system-run.ts";

interface Captured {
  readonly file: string;
  readonly from: "gateway" | "client";
  readonly frame: any;
}

const folder = join(import.meta.dir, "../fixtures/frames");
const files = readdirSync(folder).toSorted();
const captured: readonly Captured[] = files.flatMap((file) => {
  const { frames = [] } = JSON.parse(readFileSync(join(folder, file), "utf8"));
  return frames
    .filter((entry: any) => "frame" in entry)
    .map(({ from, frame }: any) => ({ file, from, frame }));
});
const events = (name: string): Captured[] =>
  captured.filter(({ frame }) => frame.type === "event" && frame.event === name);
const requests = (method: string): Captured[] =>
  captured.filter(({ frame }) => frame.type === "req" && frame.method === method);
const title = ({ file }: Captured): string => file.replace(/\.json$/, "");

/** What each command is asked with and answers. */
const commands: Readonly<Record<string, { params: any; payload: any }>> = {
  "system.run": { params: systemRunParams, payload: systemRunAnswer },
  "system.which": { params: systemWhichParams, payload: systemWhichAnswer },
  "system.execApprovals.set": { params: approvalsSetParams, payload: approvalsSnapshot },
  "system.execApprovals.get": { params: undefined, payload: approvalsSnapshot },
};

/** Parses and gives the result; a schema that drops or changes a key fails the test. */
function keepsAll(schema: any, value: unknown): unknown {
  const parsed: unknown = schema.parse(value);
  expect(parsed).toStrictEqual(value);
  return parsed;
}

describe("a captured frame", () => {
  test("is there for every kind of exchange", () => {
    expect(files).toHaveLength(21);
    expect(captured.length).toBeGreaterThan(60);
    expect(new Set(captured.map(({ frame }) => frame.type))).toEqual(
      new Set(["req", "res", "event"]),
    );
  });

  test.each(captured.map((one, index) => [`${index + 1} of ${title(one)}`, one] as const))(
    "%s is read as what it is",
    (_name, { frame }) => {
      const parsed = parseFrame(JSON.stringify(frame));
      const { stateVersion: _unread, ...read } = frame;
      expect(parsed).toEqual({ kind: "frame", frame: read as Frame });
    },
  );

  test.each(requests(invokeResultMethod).map((one) => [title(one), one] as const))(
    "%s: we would have sent the result as the reference did",
    (_name, { frame }) => {
      const params = keepsAll(invokeResult, frame.params);
      expect(encodeRequest(frame.id, invokeResultMethod, params)).toBe(JSON.stringify(frame));
    },
  );
});

describe("what a captured frame carries", () => {
  test.each(events(challengeEvent).map((one) => [title(one), one] as const))(
    "%s: the challenge",
    (_name, { frame }) => {
      keepsAll(challengePayload, frame.payload);
    },
  );

  test.each(requests("connect").map((one) => [title(one), one] as const))(
    "%s: the connect request, every key known",
    (_name, { frame }) => {
      keepsAll(connectParams, frame.params);
    },
  );

  const hellos = captured.filter(({ frame }) => frame.payload?.type === "hello-ok");
  test.each(hellos.map((one) => [title(one), one] as const))("%s: hello-ok", (_name, { frame }) => {
    const { type, protocol, server, features, auth, policy } = frame.payload;
    const { events: told } = features;
    const hello = helloOk.parse(frame.payload);
    expect(hello).toEqual({ type, protocol, server, features: { events: told }, auth, policy });
    expect(vouchesForApprovals(hello)).toBe(false);
  });

  test("a refusal names the pairing request", () => {
    const refusals = captured.filter(({ frame }) => frame.error?.code === "NOT_PAIRED");
    expect(refusals).not.toBeEmpty();
    for (const { frame } of refusals) {
      expect(pairingDetails.parse(frame.error.details).requestId).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test.each(events(invokeRequestEvent).map((one) => [title(one), one] as const))(
    "%s: the invoke and its parameters",
    (_name, { frame }) => {
      const invoke: any = keepsAll(invokeRequest, frame.payload);
      const schema = commands[invoke.command]?.params;
      if (schema !== undefined) keepsAll(schema, JSON.parse(invoke.paramsJSON));
    },
  );

  test.each(requests(nodeEventMethod).map((one) => [title(one), one] as const))(
    "%s: the event of a node",
    (_name, { frame }) => {
      const event: any = keepsAll(nodeEvent, frame.params);
      const payload = JSON.parse(event.payloadJSON);
      expect(["exec.denied", "exec.finished"]).toContain(event.event);
      expect(Object.keys(payload).slice(0, 4)).toEqual(["sessionKey", "runId", "host", "command"]);
    },
  );

  test("every answer to an invoke has the payload of its command", () => {
    const commandOf = new Map(
      events(invokeRequestEvent).map(({ frame }) => [frame.payload.id, frame.payload.command]),
    );
    const answered = requests(invokeResultMethod).filter(({ frame }) => frame.params.ok);
    expect(answered.length).toBeGreaterThan(8);
    for (const { frame } of answered) {
      const schema = commands[commandOf.get(frame.params.id) ?? ""]?.payload;
      if (schema !== undefined) keepsAll(schema, JSON.parse(frame.params.payloadJSON));
    }
  });
});
