import { describe, expect, test } from "bun:test";
import { decoderFor, nameOfCodePage } from "../../src/exec/code-pages.ts";
import { render } from "../../src/exec/captured-text.ts";
import { OutputCapture } from "../../src/exec/output-capture.ts";
import { parseEncoding } from "../../src/exec/output-encoding.ts";

function decoded(encoding: string, bytes: readonly number[], limit?: number, machine = "cp850") {
  const chosen = parseEncoding(encoding, machine);
  if (chosen === undefined) throw new Error(`unknown: ${encoding}`);
  const capture = new OutputCapture(limit);
  // In pieces of one byte: nothing may depend on where they are cut.
  for (const byte of bytes) capture.push(new Uint8Array([byte]));
  return capture.text(chosen);
}

const utf16 = (text: string): number[] => [...Buffer.from(text, "utf16le")];

describe("an encoding", () => {
  test.each<[string, string, readonly number[], string]>([
    ["UTF-8", "utf-8", [0xe2, 0x82, 0xac], "€"],
    ["UTF-8 by another spelling", "UTF8", [0xe2, 0x82, 0xac], "€"],
    ["Chinese", "gbk", [0xc4, 0xe3, 0xba, 0xc3], "你好"],
    ["Chinese by its page", "936", [0xc4, 0xe3], "你"],
    ["Japanese", "cp932", [0x83, 0x65], "テ"],
    ["Korean", "949", [0xb0, 0xa1], "가"],
    ["Russian", "cp866", [0x8f, 0xe0], "Пр"],
    ["western DOS", "cp850", [0x81, 0x84, 0x41], "üäA"],
    ["American DOS", "437", [0x81, 0xe1, 0xc4], "üß─"],
    ["Polish DOS", "cp852", [0xbe, 0xa2, 0x88, 0x77], "żółw"],
    ["Turkish DOS", "cp857", [0x8d, 0xa7, 0x9e], "ığŞ"],
    ["Greek DOS", "cp737", [0x97, 0xa3, 0xe2], "Ωμέ"],
    ["Baltic DOS", "cp775", [0xd5, 0xec, 0xd7], "šņū"],
    ["Serbian DOS", "cp855", [0x93, 0xf5, 0x80], "Њшђ"],
    ["western DOS with the euro", "cp858", [0xd5, 0x84], "€ä"],
    ["a byte that Turkish DOS leaves free", "cp857", [0xd5], "\ufffd"],
    ["western Windows", "windows-1252", [0x80, 0xe4], "€ä"],
    ["UTF-16", "utf-16le", utf16("é€"), "é€"],
    ["auto: it is UTF-8", "auto", [0xc3, 0xa4], "ä"],
    ["auto: it is plain", "auto", [0x61], "a"],
    ["auto: nothing at all", "auto", [], ""],
    ["auto: it is not UTF-8", "auto", [0x84], "ä"],
    ["auto: UTF-16 behind its mark", "auto", [0xff, 0xfe, ...utf16("é")], "é"],
  ])("%s", (_case, encoding, bytes, text) => {
    expect(render(decoded(encoding, bytes))).toBe(text);
  });

  test.each(["", "nonsense", "cp1", "12345", "__proto__", "constructor"])("%p is none", (name) => {
    expect(parseEncoding(name, "utf-8")).toBeUndefined();
  });

  test("auto on a machine whose code page is unknown is UTF-8", () => {
    expect(decoded("auto", [0x84], 100, "cp9999").head).toBe("\ufffd");
  });

  test("cut in the middle: no half character at the end of the head", () => {
    const { head, tail, missingBytes } = decoded("gbk", [0x61, 0xc4, 0xe3, 0xc4, 0xe3, 0x62], 2);
    expect({ head, tail, missingBytes }).toEqual({ head: "a", tail: "鉨", missingBytes: 2 });
  });

  test("UTF-16 that is cut stays aligned", () => {
    const { head, tail } = decoded("utf-16le", utf16("abcdefgh"), 5);
    expect([head, tail]).toEqual(["ab", "gh"]);
  });

  test("auto judges by whole characters where the output was cut", () => {
    const bytes = [...Buffer.from("€".repeat(10))];
    expect(decoded("auto", bytes, 4)).toEqual({ head: "€", tail: "€", missingBytes: 24 });
  });
});

test("every code page that has a name has a decoder", () => {
  for (let page = 0; page < 66_000; page += 1) {
    const name = nameOfCodePage(String(page));
    if (name !== undefined) expect(decoderFor(name)).toBeFunction();
  }
});
