import { describe, expect, test } from "bun:test";
import { parseArgs } from "citty";
import { nodeInstallArgs } from "../../../src/cli/commands/node-install-args.ts";
import {
  nodeRunArgs,
  repeatableNodeRunArgs,
  serviceArgs,
} from "../../../src/cli/commands/node-run-args.ts";
import { serviceWords } from "../../../src/cli/service/service-words.ts";
import { strictArgs } from "../../../src/cli/strict-args.ts";

const without = ["token-file", "env-file", "profile"];

function words(...given: string[]): string[] {
  const { normalized, repeated } = strictArgs(given, nodeInstallArgs, {
    repeatable: repeatableNodeRunArgs,
    rest: "none",
  });
  const args = parseArgs([...normalized], nodeInstallArgs);
  return serviceWords({ definitions: nodeRunArgs, args, repeated, without, cwd: "/here" });
}

describe("serviceWords", () => {
  test.each([
    ["nothing said is nothing handed on", [], []],
    ["what is the default anyway is not handed on", ["--log-format", "text"], []],
    ["values", ["--host", "h", "--port=1"], ["--host", "h", "--port", "1"]],
    ["switches", ["--tls", "--verbose"], ["--tls", "--verbose"]],
    ["negated switches", ["--no-tls"], ["--no-tls"]],
    ["files become absolute", ["--tls-ca-file", "ca.pem"], ["--tls-ca-file", "/here/ca.pem"]],
    ["a value with a dash stays a value", ["--display-name=-x"], ["--display-name=-x"]],
    [
      "secrets and files for the installation stay out",
      ["--token-file", "t", "--env-file", "e"],
      [],
    ],
    ["flags of the installation stay out", ["--force", "--user", "--hardening", "basic"], []],
  ])("%s", (_sentence, given, expected) => {
    expect(words(...given)).toEqual(expected);
  });

  test("every flag of `node run` comes back as it was given", () => {
    for (const [name, definition] of Object.entries(serviceArgs)) {
      if (without.includes(name)) continue;
      const isSwitch = definition.type === "boolean";
      const isOn = "default" in definition && definition.default === true;
      const options = definition.type === "enum" ? definition.options : ["/value"];
      const unusual = { ...definition } as { default?: unknown };
      const value = options.find((option) => option !== unusual.default)!;
      const given = isSwitch ? [isOn ? `--no-${name}` : `--${name}`] : [`--${name}`, value];
      expect(words(...given)).toEqual(given);
    }
  });
});
