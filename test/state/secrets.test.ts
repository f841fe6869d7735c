import { describe, expect, test } from "bun:test";
import { ConfigError } from "../../src/lib/errors.ts";
import { systemFiles } from "../../src/platform/files.ts";
import { type SecretSources, readSecrets } from "../../src/state/secrets.ts";
import { Scratch } from "../fakes/scratch.ts";

/** Files `flag`, `credentials/gateway-token` and `credentials/gateway-password`. */
class Sources extends Scratch {
  secrets(sources: Partial<SecretSources> = {}) {
    return readSecrets(systemFiles, {
      env: {},
      tokenFile: undefined,
      standardInput: undefined,
      ...sources,
    });
  }
}

describe("readSecrets", () => {
  test("nothing is given", () => {
    using sources = new Sources();
    expect(sources.secrets()).toEqual({ token: undefined, password: undefined });
  });

  test("the flag goes before the environment, that before systemd's credentials", () => {
    using sources = new Sources();
    sources.file("credentials/gateway-token", "from-credentials");
    sources.file("credentials/gateway-password", "password-from-credentials");
    const credentials = { CREDENTIALS_DIRECTORY: sources.at("credentials") };
    const env = {
      ...credentials,
      CLAWDBOT_GATEWAY_TOKEN: "from-env",
      CLAWDBOT_GATEWAY_PASSWORD: "p",
    };
    const tokenFile = sources.file("flag", "from-flag\n");
    expect(sources.secrets({ env, tokenFile })).toEqual({ token: "from-flag", password: "p" });
    expect(sources.secrets({ env })).toEqual({ token: "from-env", password: "p" });
    expect(sources.secrets({ env: credentials })).toEqual({
      token: "from-credentials",
      password: "password-from-credentials",
    });
  });

  test.each<[string, string, string | undefined]>([
    ["a line break at the end", "secret\n", "secret"],
    ["a Windows line break", "secret\r\n", "secret"],
    ["blanks around", "  secret\t", "secret"],
    ["blanks inside stay", "a b", "a b"],
    ["empty", "", undefined],
    ["blank", " \n", undefined],
  ])("%s", (_case, text, token) => {
    using sources = new Sources();
    expect(sources.secrets({ env: { CLAWDBOT_GATEWAY_TOKEN: text } }).token).toBe(token as string);
    sources.file("credentials/gateway-token", text);
    const env = { CREDENTIALS_DIRECTORY: sources.at("credentials") };
    expect(sources.secrets({ env }).token).toBe(token as string);
  });

  test("the names of OpenClaw count where ours are not set", () => {
    using sources = new Sources();
    const theirs = { OPENCLAW_GATEWAY_TOKEN: "their-token", OPENCLAW_GATEWAY_PASSWORD: "their-p" };
    expect(sources.secrets({ env: theirs })).toEqual({ token: "their-token", password: "their-p" });
    const both = { ...theirs, CLAWDBOT_GATEWAY_TOKEN: "ours", CLAWDBOT_GATEWAY_PASSWORD: " " };
    expect(sources.secrets({ env: both })).toEqual({ token: "ours", password: "their-p" });
  });

  test("a blank variable does not hide the credentials", () => {
    using sources = new Sources();
    sources.file("credentials/gateway-token", "from-credentials");
    const env = { CLAWDBOT_GATEWAY_TOKEN: " ", CREDENTIALS_DIRECTORY: sources.at("credentials") };
    expect(sources.secrets({ env }).token).toBe("from-credentials");
  });

  test("standard input is read for -", () => {
    using sources = new Sources();
    expect(sources.secrets({ tokenFile: "-", standardInput: "secret\n" }).token).toBe("secret");
    expect(() => sources.secrets({ tokenFile: "-", standardInput: "" })).toThrow(
      'Cannot read the gateway token from "-": it is empty',
    );
  });

  test("a credentials directory without our files, or that is gone, gives nothing", () => {
    using sources = new Sources();
    for (const directory of [sources.directory("credentials"), sources.at("gone")]) {
      const env = { CREDENTIALS_DIRECTORY: directory };
      expect(sources.secrets({ env })).toEqual({ token: undefined, password: undefined });
    }
  });

  test.each<[string, (sources: Sources) => string, string]>([
    ["is not there", (sources) => sources.at("gone"), "there is no such file"],
    ["is empty", (sources) => sources.file("flag", ""), "it is empty"],
    ["is blank", (sources) => sources.file("flag", " \n"), "it is empty"],
    ["is a directory", (sources) => sources.directory("flag"), "it is a directory"],
    ["is huge", (sources) => sources.file("flag", "x".repeat(5_000_000)), "at most"],
  ])(
    "a token file that %s is never passed over in favour of another token",
    (_case, make, problem) => {
      using sources = new Sources();
      const tokenFile = make(sources);
      const env = { CLAWDBOT_GATEWAY_TOKEN: "from-env" };
      expect(() => sources.secrets({ env, tokenFile })).toThrow(problem);
      expect(() => sources.secrets({ env, tokenFile })).toThrow(tokenFile);
      expect(() => sources.secrets({ env, tokenFile })).toThrow(ConfigError);
    },
  );

  test("every attempt reads anew: a rotated token needs no restart", () => {
    using sources = new Sources();
    const tokenFile = sources.file("flag", "old-token");
    expect(sources.secrets({ tokenFile }).token).toBe("old-token");
    sources.file("flag", "new-token");
    expect(sources.secrets({ tokenFile }).token).toBe("new-token");
  });
});
