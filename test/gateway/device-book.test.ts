import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Claim } from "../../src/gateway/connect-check.ts";
import { DeviceBook } from "../../src/gateway/device-book.ts";
import { deviceFiles } from "../../src/gateway/device-files.ts";
import { ConfigError } from "../../src/lib/errors.ts";
import { systemRandom } from "../../src/platform/clock.ts";
import { systemFiles } from "../../src/platform/files.ts";
import type { Files } from "../../src/platform/ports.ts";
import { ManualClock } from "../fakes/manual-clock.ts";
import { newDevice, nodeProfile, signedConnect } from "./device.ts";

const origin = { local: false, remoteIp: "10.0.0.7" };
let clock: ManualClock;
let directory: string;
let files: Files;

beforeEach(() => {
  clock = new ManualClock();
  directory = mkdtempSync(join(tmpdir(), "clawdbot-devices-"));
  files = systemFiles;
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = (): DeviceBook => new DeviceBook(deviceFiles(files, directory), clock, systemRandom);
const path = (name: "pending" | "paired"): string => join(directory, "devices", `${name}.json`);
const stored = (name: "pending" | "paired"): any => JSON.parse(readFileSync(path(name), "utf8"));

function claimOf(change: Partial<Claim> = {}, displayName = "box"): Claim {
  const device = newDevice();
  const profile = { ...nodeProfile, client: { ...nodeProfile.client, displayName } };
  return {
    deviceId: device.deviceId,
    publicKey: device.publicKey,
    role: "node",
    scopes: [],
    token: undefined,
    params: signedConnect(device, { profile }),
    ...change,
  };
}

describe("pairing requests", () => {
  test("are written down, for the owner only, and survive a restart", () => {
    const claim = claimOf();
    const { request } = open().request(claim, origin)!;
    expect(stored("pending")[request.requestId]).toMatchObject({
      deviceId: claim.deviceId,
      displayName: "box",
      remoteIp: "10.0.0.7",
      isRepair: false,
    });
    expect(statSync(path("pending")).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, "devices")).mode & 0o777).toBe(0o700);
    expect(open().findRequest(request.requestId)).toEqual(request);
  });

  test("keep their id while the device tries again", () => {
    const book = open();
    const claim = claimOf();
    const first = book.request(claim, origin)!;
    clock.advance(60_000);
    const second = book.request(claim, origin)!;
    expect(first.created).toBe(true);
    expect(second).toMatchObject({
      created: false,
      request: { requestId: first.request.requestId },
    });
  });

  test("get a new id when the device asks for something else", () => {
    const book = open();
    const claim = claimOf({ role: "operator", scopes: ["operator.read"] });
    const modest = book.request(claim, origin)!;
    const bold = book.request({ ...claim, scopes: ["operator.admin"] }, origin)!;
    expect(bold.created).toBe(true);
    expect(bold.request.requestId).not.toBe(modest.request.requestId);
    expect(book.findRequest(modest.request.requestId)).toBeUndefined();
  });

  test("of one device for two roles stand beside each other", () => {
    const book = open();
    const claim = claimOf();
    book.request(claim, origin);
    book.request({ ...claim, role: "operator" }, origin);
    expect(book.pending()).toHaveLength(2);
  });

  test("vanish after five minutes", () => {
    const book = open();
    const claim = claimOf();
    const { request } = book.request(claim, origin)!;
    clock.advance(300_000);
    expect(book.findRequest(request.requestId)).toBeDefined();
    clock.advance(1);
    expect(book.findRequest(request.requestId)).toBeUndefined();
    expect(book.pending()).toEqual([]);
    expect(book.request(claim, origin)).toMatchObject({ created: true });
  });

  test("have a bound, and expired ones make room", () => {
    const book = open();
    for (let index = 0; index < 64; index += 1)
      expect(book.request(claimOf(), origin)).toBeDefined();
    expect(book.request(claimOf(), origin)).toBeUndefined();
    clock.advance(300_001);
    expect(book.request(claimOf(), origin)).toBeDefined();
  });

  test("are bounded in size, whatever a device calls itself", () => {
    const { request } = open().request(claimOf({}, "x".repeat(50_000)), origin)!;
    expect(request.displayName).toHaveLength(128);
  });
});

describe("approving", () => {
  test("gives a token for the role that was asked for, and that only", () => {
    const book = open();
    const claim = claimOf();
    const device = book.approve(book.request(claim, origin)!.request)!;
    expect(device.roles).toEqual(["node"]);
    expect(Object.keys(device.tokens)).toEqual(["node"]);
    expect(device.tokens.node?.token).toMatch(/^[0-9a-f]{32}$/);
    expect(book.pending()).toEqual([]);
    expect(stored("paired")[claim.deviceId].tokens.node.token).toBe(device.tokens.node!.token);
    expect(statSync(path("paired")).mode & 0o777).toBe(0o600);
    expect(open().find(claim.deviceId)).toEqual(device);
  });

  test("again keeps the first day, merges roles and replaces the role's token", () => {
    const book = open();
    const claim = claimOf();
    const first = book.approve(book.request(claim, origin)!.request)!;
    clock.advance(1000);
    const operator = { ...claim, role: "operator" as const, scopes: ["operator.read"] };
    const second = book.approve(book.request(operator, origin)!.request)!;
    expect(second).toMatchObject({
      roles: ["node", "operator"],
      scopes: ["operator.read"],
      createdAtMs: first.createdAtMs,
    });
    expect(second.tokens.node).toEqual(first.tokens.node);
    const third = book.approve(book.request(claim, origin)!.request)!;
    expect(third.tokens.node!.token).not.toBe(first.tokens.node!.token);
    expect(third.tokens.node!.rotatedAtMs).toBe(clock.now());
  });

  test("at once settles a request that waits", () => {
    const book = open();
    const claim = claimOf();
    const { request } = book.request(claim, origin)!;
    expect(book.approveAtOnce(claim, origin)?.requestId).toBe(request.requestId);
    expect(book.pending()).toEqual([]);
    expect(stored("pending")).toEqual({});
  });

  test("at once writes no pending file", () => {
    open().approveAtOnce(claimOf(), origin);
    expect(existsSync(path("pending"))).toBe(false);
  });
});

describe("a paired device", () => {
  const paired = (book: DeviceBook): Claim => {
    const claim = claimOf();
    book.approveAtOnce(claim, origin);
    return claim;
  };

  test("keeps its token from connection to connection, without a write", () => {
    const book = open();
    const claim = paired(book);
    const before = statSync(path("paired"));
    const first = book.welcome(claim, origin);
    clock.advance(60_000);
    expect(book.welcome(claim, origin)).toEqual(first);
    expect(statSync(path("paired")).ino).toBe(before.ino);
  });

  test("gets a new token after a revocation, when it comes with the shared one", () => {
    const book = open();
    const claim = paired(book);
    const old = book.welcome(claim, origin)!;
    expect(book.revoke(book.find(claim.deviceId)!, "node")?.revokedAtMs).toBe(clock.now());
    const next = book.welcome(claim, origin)!;
    expect(next.token).not.toBe(old.token);
    expect(next.revokedAtMs).toBeUndefined();
  });

  test("is remembered under its newest name and address", () => {
    const book = open();
    const claim = paired(book);
    const client = { ...claim.params.client, displayName: "new name" };
    book.welcome(
      { ...claim, params: { ...claim.params, client } },
      { local: false, remoteIp: "10.0.0.8" },
    );
    expect(open().find(claim.deviceId)).toMatchObject({
      displayName: "new name",
      remoteIp: "10.0.0.8",
    });
  });

  test("that is also an operator's keeps its node's name", () => {
    const book = open();
    const claim = paired(book);
    const client = { ...claim.params.client, displayName: "an operator's" };
    const operator = { ...claim, role: "operator" as const, params: { ...claim.params, client } };
    book.approveAtOnce(
      { ...operator, params: { ...claim.params, client: { ...client, displayName: undefined } } },
      origin,
    );
    book.welcome(operator, origin);
    expect(book.find(claim.deviceId)).toMatchObject({ role: "node", displayName: "box" });
  });

  test("without a token for a role has none to revoke", () => {
    const book = open();
    const claim = paired(book);
    expect(book.revoke(book.find(claim.deviceId)!, "operator")).toBeUndefined();
  });
});

describe("a damaged store", () => {
  const record = { deviceId: "d", publicKey: "k", role: "node", roles: ["node"] };
  const cases: [string, "pending" | "paired", string, string][] = [
    ["half a file", "paired", '{"a":', "not valid JSON"],
    ["an empty file", "paired", "", "not valid JSON"],
    ["a list", "paired", "[]", "not as expected"],
    ["a record without a key", "paired", '{"d":{"deviceId":"d"}}', "not as expected"],
    [
      "a record under another device's id",
      "paired",
      JSON.stringify({ x: { ...record, tokens: {}, createdAtMs: 1, approvedAtMs: 1 } }),
      "holds another deviceId",
    ],
    [
      "a role that does not exist",
      "paired",
      JSON.stringify({
        d: { ...record, role: "root", tokens: {}, createdAtMs: 1, approvedAtMs: 1 },
      }),
      "not as expected",
    ],
    [
      "a token that is no text",
      "paired",
      JSON.stringify({
        d: { ...record, tokens: { node: { token: 1 } }, createdAtMs: 1, approvedAtMs: 1 },
      }),
      "not as expected",
    ],
    [
      "a pending request without a time",
      "pending",
      JSON.stringify({ r: { ...record, requestId: "r", silent: false, isRepair: false } }),
      "not as expected",
    ],
    ["five megabytes", "pending", `"${"x".repeat(5_000_000)}"`, "bytes"],
  ];
  test.each(cases)(
    "with %s refuses the start and is left as it is",
    (_name, name, text, problem) => {
      mkdirSync(join(directory, "devices"));
      writeFileSync(path(name), text);
      expect(open).toThrow(ConfigError);
      expect(open).toThrow(problem);
      expect(open).toThrow(path(name));
      expect(readFileSync(path(name), "utf8")).toBe(text);
    },
  );

  test("that cannot be written changes nothing in memory either", () => {
    let full = false;
    files = {
      ...systemFiles,
      writeAtomic(...file) {
        if (full) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
        systemFiles.writeAtomic(...file);
      },
    };
    const book = open();
    const claim = claimOf();
    book.approveAtOnce(claim, origin);
    const before = book.find(claim.deviceId)!;
    full = true;
    expect(() => book.revoke(before, "node")).toThrow("no space left");
    expect(() => book.request(claimOf(), origin)).toThrow("no space left");
    expect(book.find(claim.deviceId)).toEqual(before);
    expect(book.pending()).toEqual([]);
    full = false;
    expect(book.revoke(before, "node")).toBeDefined();
    expect(stored("paired")[claim.deviceId].tokens.node.revokedAtMs).toBe(clock.now());
  });

  test("keeps keys that a later version wrote", () => {
    const book = open();
    const claim = claimOf();
    book.approveAtOnce(claim, origin);
    const content = stored("paired");
    content[claim.deviceId].later = { x: 1 };
    writeFileSync(path("paired"), JSON.stringify(content));
    chmodSync(path("paired"), 0o600);
    const reopened = open();
    reopened.rename(reopened.find(claim.deviceId)!, "given");
    expect(stored("paired")[claim.deviceId]).toMatchObject({ later: { x: 1 }, givenName: "given" });
  });
});
