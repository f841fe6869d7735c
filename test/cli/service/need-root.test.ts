import { expect, test } from "bun:test";
import type { CliContext } from "../../../src/cli/context.ts";
import { type ServiceTarget, needRoot } from "../../../src/cli/service/service-target.ts";
import { UserError } from "../../../src/lib/errors.ts";

const self = ["/opt/my tools/clawdbot"];

/** The line for root, as far as `needRoot` looks at a command's context and target. */
function hint(
  action: string,
  words: readonly string[],
  env: Record<string, string> = {},
  uid = 1000,
  scope = "system",
): string | undefined {
  const context = { env, machine: { uid, self } } as unknown as CliContext;
  const place = { scope, userName: "alice" };
  const target = { place, manager: { label: "systemd" } } as unknown as ServiceTarget;
  try {
    needRoot(context, target, action, words);
    return undefined;
  } catch (error) {
    return error instanceof UserError ? error.hint : String(error);
  }
}

test.each([
  [
    "a node of one's own stays one's own",
    "install",
    ["--host", "h"],
    "install --system --account alice --host h",
  ],
  [
    "an account that was named counts",
    "install",
    ["--account", "bob"],
    "install --system --account bob",
  ],
  [
    "words are quoted",
    "install",
    ["--display-name", "it's"],
    `install --system --account alice --display-name 'it'\\''s'`,
  ],
  ["other actions need no account", "stop", [], "stop --system"],
])("%s", (_sentence, action, words, expected) => {
  expect(hint(action, words)).toBe(`sudo '/opt/my tools/clawdbot' node ${expected}`);
});

test("sudo forgets variables: the secret ones are handed on by name", () => {
  expect(hint("install", [], { CLAWDBOT_GATEWAY_TOKEN: "s3cret" })).toStartWith(
    "sudo --preserve-env=CLAWDBOT_GATEWAY_TOKEN '/opt",
  );
  expect(hint("stop", [], { CLAWDBOT_GATEWAY_TOKEN: "s3cret" })).not.toContain("preserve");
});

test("root, and services of one's own, need nothing", () => {
  expect(hint("install", [], {}, 0)).toBeUndefined();
  expect(hint("install", [], {}, 1000, "user")).toBeUndefined();
});
