// What a gateway, or whatever answers in its place, may put on the line.
import { describe, expect, test } from "bun:test";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { isObject } from "../../src/lib/json.ts";
import { type ParsedFrame, parseFrame } from "../../src/protocol/frame.ts";
import { anyText, holds, seed } from "../fakes/property.ts";

const corpus = join(import.meta.dir, "../fixtures/fuzz-frames");
const saved = readdirSync(corpus)
  .toSorted()
  // As a socket decodes it: wrong UTF-8 becomes U+FFFD, a byte order mark stays.
  .map((file) => ({ file, text: readFileSync(join(corpus, file)).toString("utf8") }));

/** What must be true of the answer for any text whatsoever. */
function sane(text: string): ParsedFrame {
  const parsed = parseFrame(text);
  switch (parsed.kind) {
    case "not-json":
      break;
    case "not-a-frame":
      expect(parsed.id).not.toBe("");
      expect(parsed.problem).toStartWith("at ");
      break;
    case "frame": {
      const { frame } = parsed;
      const known = {
        req: ["type", "id", "method", "params"],
        res: ["type", "id", "ok", "payload", "error"],
        event: ["type", "event", "payload", "seq"],
      };
      expect(known[frame.type]).toEqual(expect.arrayContaining(Object.keys(frame)));
      expect(Object.getPrototypeOf(frame)).toBe(Object.prototype);
      break;
    }
  }
  expect(({} as any).admin).toBeUndefined();
  return parsed;
}

describe("parseFrame of the saved corpus", () => {
  test.each(saved.map(({ file, text }) => [file, text] as const))(
    "calls %s what its name says",
    (file, text) => {
      expect(sane(text).kind).toBe(file.split(".")[0] as ParsedFrame["kind"]);
    },
  );

  test("has all three kinds", () => {
    const kinds = saved.map(({ file }) => file.split(".")[0]);
    expect(new Set(kinds)).toEqual(new Set(["not-json", "not-a-frame", "frame"]));
  });
});

describe("parseFrame", () => {
  test.each([
    ["an id", '{"type":"req","id":"7","method":""}', "7"],
    ["no id", '{"type":"req","method":""}', "invalid"],
    ["an empty id", '{"type":"req","id":"","method":"x"}', "invalid"],
    ["an id that is no text", '{"type":"req","id":7,"method":""}', "invalid"],
    ["a list", "[]", "invalid"],
    ["null", "null", "invalid"],
    ["an inherited id", '{"__proto__":{"id":"7"},"type":"req"}', "invalid"],
  ])("tells whom to answer when there is %s", (_what, text, id) => {
    expect(parseFrame(text)).toMatchObject({ kind: "not-a-frame", id });
  });

  test.each([
    ["lists", "[", "]"],
    ["objects", '{"a":', "1}"],
  ])("survives %s that are nested 100 000 deep", (_what, open, close) => {
    const nested = `${open.repeat(100_000)}${close.repeat(100_000)}`;
    expect(["not-json", "not-a-frame"]).toContain(sane(nested).kind);
    expect(["not-json", "frame"]).toContain(
      sane(`{"type":"event","event":"x","payload":${nested}}`).kind,
    );
    expect(sane(`{"type":${nested}}`).kind).not.toBe("frame");
  });

  test("survives a frame with 100 000 unknown keys, and drops them", () => {
    const keys = Array.from({ length: 100_000 }, (_, index) => `"k${index}":0`).join(",");
    expect(sane(`{"type":"event","event":"x",${keys}}`)).toEqual({
      kind: "frame",
      frame: { type: "event", event: "x" },
    });
  });

  test("survives texts of many megabytes", () => {
    const long = "x".repeat(8 * 1024 * 1024);
    expect(sane(long).kind).toBe("not-json");
    expect(sane(`{"type":"event","event":"${long}"}`).kind).toBe("frame");
    expect(sane(`{"type":"${long}"}`).kind).toBe("not-a-frame");
    expect(sane(`{"type":"res","id":"${long}","ok":1}`).kind).toBe("not-a-frame");
  });

  test("keeps a payload with a key named __proto__ apart from every prototype", () => {
    const parsed = sane('{"type":"event","event":"x","payload":{"__proto__":{"admin":true}}}');
    const payload = parsed.kind === "frame" && "payload" in parsed.frame && parsed.frame.payload;
    expect(isObject(payload) && payload["admin"]).toBeUndefined();
  });
});

describe(`parseFrame of random input (seed ${seed})`, () => {
  const odd = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom<any>("req", "res", "event", null, "", 0, -1, Infinity, true, [], {}),
    anyText,
  );
  const key = fc.oneof(
    fc.constantFrom(
      ..."type id method params ok payload error event seq code __proto__".split(" "),
    ),
    anyText,
  );
  const nearly = fc.array(fc.tuple(key, odd), { maxLength: 8 }).map((entries) => {
    // Written by hand, for JSON.stringify would write no key twice and no `__proto__`.
    const members = entries.map(
      ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
    );
    return `{${members.join(",")}}`;
  });
  const good = fc.oneof(
    fc.record({ type: fc.constant("event"), event: fc.string({ minLength: 1 }), payload: odd }),
    fc.record({ type: fc.constant("req"), id: fc.uuid(), method: fc.string({ minLength: 1 }) }),
    fc.record({ type: fc.constant("res"), id: fc.uuid(), ok: fc.boolean(), payload: odd }),
  );

  test("never throws on any text", () => {
    holds(
      fc.property(anyText, (text) => void sane(text)),
      500,
    );
  });

  test("never throws on any JSON, and calls none of it not-json", () => {
    holds(
      fc.property(fc.json(), (text) => {
        expect(sane(text).kind).not.toBe("not-json");
      }),
    );
  });

  test("never throws on what looks nearly like a frame", () => {
    holds(
      fc.property(nearly, (text) => void sane(text)),
      1500,
    );
  });

  test("reads every good frame, and no strict part of its text", () => {
    holds(
      fc.property(good, fc.nat(), (frame, at) => {
        const text = JSON.stringify(frame);
        expect(sane(text)).toEqual({ kind: "frame", frame: JSON.parse(text) });
        expect(sane(text.slice(0, at % text.length)).kind).toBe("not-json");
      }),
    );
  });

  test("never throws on a captured frame with damage", () => {
    const whole = saved.filter(({ file }) => file.startsWith("frame.")).map(({ text }) => text);
    holds(
      fc.property(fc.constantFrom(...whole), fc.nat(), fc.nat(), anyText, (text, a, b, junk) => {
        const [from, to] = [a % text.length, b % text.length].toSorted((x, y) => x - y);
        sane(text.slice(0, from) + junk + text.slice(to));
        sane(text.slice(from, to));
      }),
      1000,
    );
  });
});
