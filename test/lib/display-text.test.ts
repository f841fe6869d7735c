import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { printable, shellQuote, visibleText } from "../../src/lib/display-text.ts";
import { anyText, holds } from "../fakes/property.ts";

describe("printable", () => {
  test.each([
    ["plain text as it is", "gateway closed (1008)", "gateway closed (1008)"],
    ["letters of other scripts", "Größe 日本語 🦞", "Größe 日本語 🦞"],
    ["a line break", "one\ntwo", "one\\ntwo"],
    ["a carriage return, which would hide what came before", "bad\rgood", "bad\\u{d}good"],
    ["a tab", "a\tb", "a\\tb"],
    ["an escape sequence that clears the screen", "\u001b[2Jx", "\\u{1b}[2Jx"],
    ["the one-character form of an escape sequence", "\u009b31mred", "\\u{9b}31mred"],
    ["a terminal title", "\u001b]0;x\u0007", "\\u{1b}]0;x\\u{7}"],
    ["a backspace", "ab\bc", "ab\\u{8}c"],
    ["NUL", "a\0b", "a\\u{0}b"],
    ["DEL", "a\u007fb", "a\\u{7f}b"],
    ["text that runs backwards", "a\u202egnp.exe", "a\\u{202e}gnp.exe"],
    ["isolates", "\u2066a\u2069", "\\u{2066}a\\u{2069}"],
    ["a zero-width blank", "a\u200bb", "a\\u{200b}b"],
    ["a byte order mark", "\ufeffa", "\\u{feff}a"],
    ["Unicode's own line breaks", "a\u2028b\u2029c", "a\\u{2028}b\\u{2029}c"],
    ["invisible tags beyond the 16-bit plane", "a\u{e0041}b", "a\\u{e0041}b"],
    ["nothing", "", ""],
  ])("shows %s", (_what, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test("cuts what is longer and says so", () => {
    expect(printable("x".repeat(501))).toBe(`${"x".repeat(500)}…`);
    expect(printable("x".repeat(500))).toBe("x".repeat(500));
    expect(printable("abcdef", 3)).toBe("abc…");
  });

  test("of any text fits one line and moves no cursor", () => {
    holds(
      fc.property(anyText, fc.integer({ min: 1, max: 30 }), (text, limit) => {
        const shown = printable(text, limit);
        expect(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(shown)).toBe(false);
        expect(shown.length).toBeLessThanOrEqual(limit * "\\u{e0041}".length + 1);
        expect(printable(shown, 1000)).toBe(shown);
      }),
    );
  });
});

describe("visibleText", () => {
  test.each([
    ["plain text as it is", "git -C '/srv/a b' pull", "git -C '/srv/a b' pull"],
    ["a letter that looks like another", "/usr/bin/\u0435cho", "/usr/bin/\\u{435}cho"],
    ["a blank that is none", "a\u00a0b\u2800c\u3164d", "a\\u{a0}b\\u{2800}c\\u{3164}d"],
    ["what has no width", "r\u200bm\u200d\ufe0f", "r\\u{200b}m\\u{200d}\\u{fe0f}"],
    ["text that runs backwards", "a\u202eb", "a\\u{202e}b"],
    ["line breaks and tabs", "a\nb\tc\rd", "a\\u{a}b\\u{9}c\\u{d}d"],
    ["what only looks like a line break", "printf 'a\\nb'", "printf 'a\\nb'"],
    ["what looks like an escape of ours", "a\\u{a}b", "a\\u{5c}u{a}b"],
    ["an escape sequence", "\u001b[2J", "\\u{1b}[2J"],
    ["a character of two halves once, and a lone half", "🦞\ud800", "\\u{1f99e}\\u{d800}"],
    ["all of a long text", "x".repeat(40_000), "x".repeat(40_000)],
  ])("shows %s", (_what, text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });
});

describe("shellQuote", () => {
  test.each([
    ["a plain word as it is", "/usr/bin/env", "/usr/bin/env"],
    ["an address as it is", "ws://[::1]:18789/", "'ws://[::1]:18789/'"],
    ["nothing as an empty word", "", "''"],
    ["a blank", "a b", "'a b'"],
    ["a single quote", "it's", `'it'\\''s'`],
    ["only single quotes", "''", `''\\'''\\'''`],
    ["an expansion", "$(id)", "'$(id)'"],
    ["backticks", "`id`", "'`id`'"],
    ["a second command", "x;id", "'x;id'"],
    ["the home directory", "~root", "'~root'"],
    ["a pattern", "*", "'*'"],
    ["a line break", "a\nb", "'a\nb'"],
    ["a letter of another script", "ä", "'ä'"],
  ])("leaves or quotes %s", (_what, word, quoted) => {
    expect(shellQuote(word)).toBe(quoted);
  });

  test("gives back every word through a real shell", () => {
    // One shell for all words: each comes back behind a NUL, which no word can hold.
    const words = fc.sample(anyText, { seed: 7, numRuns: 400 });
    const fit = [
      ...words.map((word) => word.replaceAll("\0", "").toWellFormed()),
      "-n",
      "--",
      "\\c",
      "%s",
      "$0",
      "!!",
      "a=b",
    ];
    const script = fit.map((word) => `printf '%s\\0' ${shellQuote(word)}`).join("\n");
    const { stdout } = Bun.spawnSync(["/bin/sh", "-c", script]);
    expect(stdout.toString().split("\0").slice(0, -1)).toEqual(fit);
  });

  test("gives one word to a real shell, whatever stands around it", () => {
    const argv = ["a b", "", "'", "$HOME", "*"];
    const script = `for word in ${argv.map(shellQuote).join(" ")}; do printf '<%s>' "$word"; done`;
    expect(Bun.spawnSync(["/bin/sh", "-c", script]).stdout.toString()).toBe(
      argv.map((word) => `<${word}>`).join(""),
    );
  });
});

describe("visibleText", () => {
  test.each([
    ["plain text as it is", "git push 'a b' \\n", "git push 'a b' \\n"],
    ["letters that look like others", "p\u0430yp\u0430l", "p\\u{430}yp\\u{430}l"],
    ["full-width letters", "\uff52\uff4d", "\\u{ff52}\\u{ff4d}"],
    ["every kind of blank but the one", "a\u00a0b\u3000c\td", "a\\u{a0}b\\u{3000}c\\u{9}d"],
    ["a line break", "one\nAgent  two\r", "one\\u{a}Agent  two\\u{d}"],
    ["text that runs backwards", "\u202egnp\u202c", "\\u{202e}gnp\\u{202c}"],
    ["what is beyond the 16-bit plane, as one", "\u{1d42b}m", "\\u{1d42b}m"],
    ["half of a pair", "a\ud800b", "a\\u{d800}b"],
    ["accents that stand alone", "e\u0301", "e\\u{301}"],
    ["text that looks like an escape itself", "\\u{430} \\\\u{a}", "\\u{5c}u{430} \\\\u{5c}u{a}"],
    ["all of a long text", "x".repeat(10_000), "x".repeat(10_000)],
  ])("shows %s", (_what, text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });

  test("of any text is plain ASCII, and of no two texts the same", () => {
    holds(
      fc.property(anyText, (text) => {
        const shown = visibleText(text);
        expect(/^[\x20-\x7e]*$/.test(shown)).toBe(true);
        const back = shown.replace(/\\u\{([0-9a-f]+)\}/g, (_all, code: string) =>
          String.fromCodePoint(Number.parseInt(code, 16)),
        );
        expect(back).toBe(text);
      }),
    );
  });
});
