import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keptToken } from "../../src/gateway/gateway-token.ts";
import { ConfigError } from "../../src/lib/errors.ts";
import { systemRandom } from "../../src/platform/clock.ts";
import { systemFiles } from "../../src/platform/files.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "clawdbot-token-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const kept = (directory = join(root, "gateway")) => keptToken(systemFiles, systemRandom, directory);

test("keptToken makes a token once, for the owner only", () => {
  const made = kept();
  expect(made).toMatchObject({ isNew: true, path: join(root, "gateway", "token") });
  expect(made.token).toMatch(/^[0-9a-f]{64}$/);
  expect(statSync(made.path).mode & 0o777).toBe(0o600);
  expect(kept()).toEqual({ ...made, isNew: false });
});

test("keptToken takes a token that a person put there, blanks around it or not", () => {
  mkdirSync(join(root, "gateway"));
  writeFileSync(join(root, "gateway", "token"), "  mine \n");
  expect(kept()).toMatchObject({ token: "mine", isNew: false });
  expect(readFileSync(join(root, "gateway", "token"), "utf8")).toBe("  mine \n");
});

test("keptToken refuses an empty file: a gateway without a token would be open", () => {
  mkdirSync(join(root, "gateway"));
  writeFileSync(join(root, "gateway", "token"), "\n");
  expect(() => kept()).toThrow(ConfigError);
});

test("keptToken refuses a directory that cannot be made", () => {
  writeFileSync(join(root, "file"), "");
  expect(() => kept(join(root, "file", "gateway"))).toThrow(ConfigError);
});
