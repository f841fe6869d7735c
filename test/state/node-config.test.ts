import { describe, expect, test } from "bun:test";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../../src/lib/errors.ts";
import { systemRandom } from "../../src/platform/clock.ts";
import { systemFiles } from "../../src/platform/files.ts";
import { readNodeConfig, writeNodeConfig } from "../../src/state/node-config.ts";
import { pathsIn } from "../../src/state/paths.ts";
import { Scratch } from "../fakes/scratch.ts";

const reference = join(import.meta.dir, "..", "fixtures", "clawdbot-state");
const random = { ...systemRandom, uuid: () => "new-id" };

class StateDirectory extends Scratch {
  config() {
    return readNodeConfig(systemFiles, pathsIn(this.path), random);
  }
}

function from(content: unknown): ReturnType<typeof readNodeConfig> {
  using directory = new StateDirectory();
  directory.file("node.json", typeof content === "string" ? content : JSON.stringify(content));
  return directory.config();
}

describe("readNodeConfig", () => {
  test("a missing file is a new node, which is not written yet", () => {
    using directory = new StateDirectory();
    expect(directory.config()).toEqual({ version: 1, nodeId: "new-id" });
    expect(directory.has("node.json")).toBe(false);
  });

  test("the reference's file is used as it is", () => {
    using directory = new StateDirectory();
    cpSync(reference, directory.path, { recursive: true });
    expect(directory.config()).toEqual(directory.json("node.json"));
  });

  test.each<[string, unknown, string]>([
    ["no id", {}, "new-id"],
    ["an empty id", { nodeId: "" }, "new-id"],
    ["a blank id", { nodeId: " \t" }, "new-id"],
    ["blanks around it", { nodeId: " n-1 " }, "n-1"],
  ])("%s", (_case, keys, nodeId) => {
    expect(from({ version: 1, ...(keys as object) }).nodeId).toBe(nodeId);
  });

  test("keys that this program does not know survive a write, at every level", () => {
    using directory = new StateDirectory();
    const content = {
      version: 1,
      nodeId: "n",
      later: { a: [1] },
      gateway: { host: "h", port: 1, later: true },
    };
    directory.file("node.json", JSON.stringify(content));
    writeNodeConfig(systemFiles, pathsIn(directory.path), { ...directory.config(), token: "t" });
    expect(directory.json("node.json")).toEqual({ ...content, token: "t" });
  });

  test.each<[string, unknown, string]>([
    ["null", null, "the file"],
    ["a list", [], "the file"],
    ["no version", { nodeId: "n" }, '"version"'],
    ["a later version", { version: 2 }, '"version"'],
    ["an id that is a number", { version: 1, nodeId: 5 }, '"nodeId"'],
    ["an id that is null", { version: 1, nodeId: null }, '"nodeId"'],
    ["a token that is an object", { version: 1, token: {} }, '"token"'],
    ["a gateway that is a text", { version: 1, gateway: "h:1" }, '"gateway"'],
    ["a gateway without a host", { version: 1, gateway: { port: 1 } }, '"gateway.host"'],
    ["an empty host", { version: 1, gateway: { host: "", port: 1 } }, '"gateway.host"'],
    ["a port that is a text", { version: 1, gateway: { host: "h", port: "1" } }, '"gateway.port"'],
    ["port 0", { version: 1, gateway: { host: "h", port: 0 } }, '"gateway.port"'],
    ["port 65536", { version: 1, gateway: { host: "h", port: 65_536 } }, '"gateway.port"'],
    ["port 1.5", { version: 1, gateway: { host: "h", port: 1.5 } }, '"gateway.port"'],
    ["tls as a text", { version: 1, gateway: { host: "h", port: 1, tls: "yes" } }, '"gateway.tls"'],
  ])("%s is refused and left as it is", (_case, content, where) => {
    using directory = new StateDirectory();
    const text = JSON.stringify(content);
    const path = directory.file("node.json", text);
    expect(() => directory.config()).toThrow(`Cannot use "${path}": ${where} is not as expected (`);
    expect(() => directory.config()).toThrow(ConfigError);
    expect(directory.read("node.json")).toBe(text);
  });

  test("damaged JSON is refused with its place", () => {
    expect(() => from('{\n  "version": 1,\n  nodeId: 5\n}')).toThrow("at line 3, column 3");
  });
});
