// Tasks of Windows: golden files, well-formedness, and the command line taken apart again.
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { windowsArgument } from "../../../src/service/render/escape.ts";
import { taskXml } from "../../../src/service/render/task-scheduler.ts";
import { expectGolden } from "../../fakes/golden.ts";
import { anyText, holds } from "../../fakes/property.ts";
import { hostileWords, userSpec } from "../../fakes/service-specs.ts";

const facts = { user: "BÜRO\\alice & bob", consoleHost: "C:\\Windows\\System32\\conhost.exe" };
const spec = {
  ...userSpec,
  argv: ["C:\\Program Files\\clawdbot\\clawdbot.exe", ...userSpec.argv.slice(1)],
  workingDirectory: "C:\\Users\\alice",
};

/** CommandLineToArgvW, from its documentation, for everything behind the program. */
function windowsWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const slashes = /^\\*/.exec(line.slice(at))![0].length;
    if (slashes > 0 && line[at + slashes] === '"') {
      word = (word ?? "") + "\\".repeat(Math.floor(slashes / 2));
      at += slashes;
      if (slashes % 2 === 1) word += '"';
      else quoted = !quoted;
    } else if (slashes > 0) {
      word = (word ?? "") + "\\".repeat(slashes);
      at += slashes - 1;
    } else if (line[at] === '"') {
      quoted = !quoted;
      word ??= "";
    } else if (!quoted && /[ \t]/.test(line[at]!)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + line[at];
  }
  if (word !== undefined) words.push(word);
  return words;
}

describe("taskXml", () => {
  test.each([
    ["boot.xml", spec, "boot"],
    ["logon.xml", spec, "logon"],
    ["hostile.xml", { ...spec, argv: [...spec.argv, ...hostileWords] }, "boot"],
  ] as const)("writes %s", (name, service, start) => {
    const text = taskXml(service, { ...facts, start });
    expectGolden(`service/windows/${name}`, text);
    expect(() => Bun.XML.parse(text)).not.toThrow();
    expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  });

  test("it runs as long as it likes, once at a time, and again when it failed", () => {
    const text = taskXml(spec, { ...facts, start: "boot" });
    expect(text).toContain("<ExecutionTimeLimit>PT0S</ExecutionTimeLimit>");
    expect(text).toContain("<MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>");
    expect(text).toContain("<RestartOnFailure>");
    expect(text).toContain("<Interval>PT1M</Interval>");
    expect(text).toContain("<LogonType>S4U</LogonType>");
  });

  test("without administrator rights no window opens", () => {
    const text = taskXml(spec, { ...facts, start: "logon" });
    expect(text).toContain("conhost.exe</Command>");
    expect(text).toContain("<Arguments>--headless &quot;C:\\Program Files");
    expect(text).not.toContain("BootTrigger");
  });
});

test("every Windows argument comes back as it went in", () => {
  holds(
    fc.property(fc.array(anyText, { maxLength: 6 }), (words) => {
      expect(windowsWords(words.map(windowsArgument).join(" "))).toEqual(words);
    }),
  );
});
