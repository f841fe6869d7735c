import { describe, expect, test } from "bun:test";
import { commandRefusal, servedCommands } from "../../src/gateway/command-policy.ts";

const linux = { platform: "linux" };

describe("servedCommands", () => {
  const cases: [string, { platform: string; deviceFamily?: string }, string[], string[]][] = [
    [
      "keeps what a Linux host may have, sorted",
      linux,
      ["system.which", "system.run"],
      ["system.run", "system.which"],
    ],
    ["trims and drops repeats", linux, [" system.run ", "system.run", ""], ["system.run"]],
    ["drops what a Linux host may not have", linux, ["camera.snap", "sms.send", "rm"], []],
    [
      "knows a Mac by either name",
      { platform: "darwin" },
      ["camera.snap", "system.run"],
      ["camera.snap", "system.run"],
    ],
    [
      "gives a phone no shell",
      { platform: "iOS 19" },
      ["system.run", "camera.snap"],
      ["camera.snap"],
    ],
    ["gives messages to Android only", { platform: "android" }, ["sms.send"], ["sms.send"]],
    [
      "does not take darwin for Windows",
      { platform: "win32" },
      ["screen.record", "system.run"],
      ["system.run"],
    ],
    [
      "asks the family where the platform says nothing",
      { platform: "x", deviceFamily: "iPhone" },
      ["system.run"],
      [],
    ],
    [
      "lets an unknown platform have all",
      { platform: "plan9" },
      ["sms.send", "system.run"],
      ["sms.send", "system.run"],
    ],
  ];
  test.each(cases)("%s", (_name, claim, declared, served) => {
    expect(servedCommands(claim, declared)).toEqual(served);
  });
});

describe("commandRefusal", () => {
  const cases: [string, string[], string, string | undefined][] = [
    ["lets a declared command through", ["system.run"], "system.run", undefined],
    [
      "refuses one that is not declared",
      ["system.run"],
      "system.which",
      "command not declared by node",
    ],
    [
      "refuses one that is not of this platform",
      ["system.run"],
      "sms.send",
      "command not allowlisted",
    ],
    ["refuses one that nobody knows", ["system.run"], "system.run;id", "command not allowlisted"],
    ["refuses names of the prototype", ["system.run"], "constructor", "command not allowlisted"],
    ["refuses all where nothing is declared", [], "system.run", "node did not declare commands"],
  ];
  test.each(cases)("%s", (_name, served, command, reason) => {
    expect(commandRefusal(linux, served, command)).toBe(reason);
  });
});
