import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { chmodSync, cpSync } from "node:fs";
import { join } from "node:path";
import { systemFiles } from "../../src/platform/files.ts";
import type { FileFacts, Files } from "../../src/platform/ports.ts";
import { approvalsStore } from "../../src/state/approvals-file.ts";
import { Scratch } from "../fakes/scratch.ts";

const reference = join(import.meta.dir, "..", "fixtures", "clawdbot-state", "exec-approvals.json");
const open = JSON.stringify({ version: 1, defaults: { security: "full", ask: "off" } });
const ownUid = process.getuid?.();

class StateDirectory extends Scratch {
  readonly home = this.directory("home");

  store(files: Files = systemFiles) {
    return approvalsStore(files, this.at("home/exec-approvals.json"), ownUid);
  }

  policy(text: string | Uint8Array, mode = 0o600): string {
    return this.file("home/exec-approvals.json", text, mode);
  }
}

/** Files that report something else about the policy. */
function reporting(facts: Partial<FileFacts>): Files {
  return {
    ...systemFiles,
    stat(path, follow) {
      const found = systemFiles.stat(path, follow);
      return found && path.endsWith(".json") ? { ...found, ...facts } : found;
    },
  };
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("read", () => {
  test("a missing file is said to be missing, and is not made", () => {
    using directory = new StateDirectory();
    expect(directory.store().read()).toEqual({ kind: "missing" });
    expect(directory.has("home/exec-approvals.json")).toBe(false);
  });

  test("gives text and value, and writes nothing", () => {
    using directory = new StateDirectory();
    directory.policy(open);
    expect(directory.store().read()).toEqual({ kind: "file", text: open, value: JSON.parse(open) });
    expect(directory.read("home/exec-approvals.json")).toBe(open);
  });

  test("a link to a file beside it is fine, as some editors make them", () => {
    using directory = new StateDirectory();
    directory.file("home/real.json", open);
    directory.link("home/exec-approvals.json", "real.json");
    expect(directory.store().read().kind).toBe("file");
  });

  test.each<[string, (directory: StateDirectory) => unknown, string]>([
    [
      "half a file",
      (directory) => directory.policy('{"version": 1,'),
      "it ends too early, at line 1, column 15",
    ],
    [
      "an empty file",
      (directory) => directory.policy(""),
      "it ends too early, at line 1, column 1",
    ],
    ["bytes", (directory) => directory.policy(Uint8Array.of(0xff, 0xfe, 0)), "at line 1, column 1"],
    ["10 MB", (directory) => directory.policy(" ".repeat(10_000_000)), "it has 10000000 bytes"],
    [
      "a directory",
      (directory) => directory.directory("home/exec-approvals.json"),
      "it is a directory",
    ],
    [
      "a file that everybody may write",
      (directory) => directory.policy(open, 0o606),
      "may be written by everybody",
    ],
    [
      "a link out of the directory",
      (directory) => {
        directory.file("elsewhere.json", open);
        directory.link("home/exec-approvals.json", "../elsewhere.json");
      },
      "leads out of its directory",
    ],
    [
      "a link to nowhere",
      (directory) => directory.link("home/exec-approvals.json", "gone.json"),
      "leads out of",
    ],
    [
      "a link to itself",
      (directory) => directory.link("home/exec-approvals.json", "exec-approvals.json"),
      "ELOOP",
    ],
    [
      "a link to a file that everybody may write",
      (directory) => {
        directory.file("home/real.json", open, 0o666);
        directory.link("home/exec-approvals.json", "real.json");
      },
      "may be written by everybody",
    ],
  ])("%s cannot be used and is left as it is", (_case, make, problem) => {
    using directory = new StateDirectory();
    make(directory);
    const read = directory.store().read();
    expect(read.kind).toBe("unusable");
    if (read.kind === "unusable") expect(read.problem).toContain(problem);
    expect(directory.store().read()).toEqual(read);
  });

  test("another user's file cannot be used, root's can", () => {
    using directory = new StateDirectory();
    directory.policy(open);
    const other = (ownUid ?? 0) + 12_345;
    expect(directory.store(reporting({ uid: other })).read()).toMatchObject({
      kind: "unusable",
      problem: expect.stringContaining(
        `belongs to user ${other}, wanted is user ${ownUid} or root`,
      ),
    });
    expect(directory.store(reporting({ uid: 0 })).read().kind).toBe("file");
  });

  test("where users have no number, their rules do not count", () => {
    using directory = new StateDirectory();
    const path = directory.policy(open, 0o666);
    expect(approvalsStore(systemFiles, path, undefined).read().kind).toBe("file");
  });

  test("an error of the system is a reason to deny, never an exception", () => {
    using directory = new StateDirectory();
    directory.policy(open);
    const broken: Files = {
      ...systemFiles,
      readText() {
        throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
      },
    };
    expect(directory.store(broken).read()).toMatchObject({
      kind: "unusable",
      problem: expect.stringContaining("EIO"),
    });
  });

  test("an edit counts at once", () => {
    using directory = new StateDirectory();
    const path = directory.policy(open);
    const store = directory.store();
    expect(store.read().kind).toBe("file");
    chmodSync(path, 0o602);
    expect(store.read().kind).toBe("unusable");
  });
});

describe("snapshot", () => {
  test("of a missing file: the hash of nothing, and an empty policy", () => {
    using directory = new StateDirectory();
    expect(directory.store().snapshot()).toEqual({
      path: directory.at("home/exec-approvals.json"),
      exists: false,
      hash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      file: { version: 1, defaults: {}, agents: {} },
    });
  });

  test("of the reference's file: the hash of its raw text, the socket without its secret", () => {
    using directory = new StateDirectory();
    cpSync(reference, directory.at("home/exec-approvals.json"));
    const text = directory.read("home/exec-approvals.json");
    const { socket, ...rest } = JSON.parse(text);
    expect(directory.store().snapshot()).toEqual({
      path: directory.at("home/exec-approvals.json"),
      exists: true,
      hash: sha256(text),
      file: { ...rest, socket: { path: socket.path } },
    });
    expect(JSON.stringify(directory.store().snapshot())).not.toContain(socket.token);
  });

  test.each<[string, unknown, unknown]>([
    ["a socket without a path", { token: "t" }, {}],
    ["a socket with more", { path: "/p", token: "t", other: 1 }, { path: "/p" }],
  ])("%s", (_case, socket, shown) => {
    using directory = new StateDirectory();
    directory.policy(JSON.stringify({ version: 1, socket }));
    expect(directory.store().snapshot().file as unknown).toEqual({ version: 1, socket: shown });
  });

  test("of a damaged file: it exists, its hash is known, its content is not made up", () => {
    using directory = new StateDirectory();
    directory.policy("{");
    expect(directory.store().snapshot()).toMatchObject({ exists: true, hash: sha256("{") });
    expect(directory.read("home/exec-approvals.json")).toBe("{");
  });
});
