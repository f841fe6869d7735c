import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  joinAddress,
  parseJoinAnswer,
  parseSetupCode,
  parseSetupPayload,
  refuseExpired,
} from "../../src/client/setup-code.ts";
import { UserError } from "../../src/lib/errors.ts";
import { anyText, holds, seed } from "../fakes/property.ts";

const token = "m0X1EuR0PQT6FpxJkLBf3gksvisYK6ehxDFn-Zc_QJo";
const least = { url: "ws://10.0.0.5:18789", bootstrapToken: token };
const coded = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

function problem(act: () => unknown): UserError {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("parseSetupCode", () => {
  test.each<[string, string]>([
    ["bare", coded(least)],
    ["with its prefix", `oc-pair://${coded(least)}`],
    ["with its prefix in other letters", `OC-Pair://${coded(least)}`],
    ["with a line break around", `\n ${coded(least)}\r\n`],
    ["with padding", `${coded(least)}==`],
  ])("reads a code %s", (_how, text) => {
    expect(parseSetupCode(text)).toEqual({
      endpoints: [{ host: "10.0.0.5", port: 18_789, tls: false, path: "/" }],
      bootstrapToken: token,
      expiresAtMs: undefined,
      pin: undefined,
    });
  });

  test("reads what the real gateway of 2026.9.6 printed", () => {
    const text =
      "eyJ1cmwiOiJ3czovLzEyNy4wLjAuMToxODk5OSIsImJvb3RzdHJhcFRva2VuIjoiRU53NnRwTTRJd281T2YyVXlLbEQzQVRPMjlIU3g4RWxUNk54VjUzeVg3OCIsImV4cGlyZXNBdE1zIjoxNzk1NDAzNjc2ODcxfQ";
    expect(parseSetupCode(text)).toMatchObject({
      endpoints: [{ host: "127.0.0.1", port: 18_999, tls: false }],
      bootstrapToken: "ENw6tpM4Iwo5Of2UyKlD3ATO29HSx8ElT6NxV53yX78",
      expiresAtMs: 1_795_403_676_871,
    });
  });

  test("keeps the order of several addresses, each once, with the ports of their schemes", () => {
    const pin = "AB".repeat(32);
    const urls = ["wss://gw.example.com/x", "wss://gw.example.com", "wss://[fd00::1]:444"];
    const text = coded({ ...least, url: urls[1], urls, tlsFingerprint: `sha256:${pin}` });
    expect(parseSetupCode(text)).toMatchObject({
      endpoints: [
        { host: "gw.example.com", port: 443, tls: true, path: "/" },
        { host: "gw.example.com", port: 443, tls: true, path: "/x" },
        { host: "fd00::1", port: 444, tls: true, path: "/" },
      ],
      pin: pin.toLowerCase(),
    });
    expect(parseSetupCode(coded({ ...least, url: "ws://h" })).endpoints[0]?.port).toBe(80);
  });

  test.each<[string, unknown]>([
    ["nothing", ""],
    ["a prefix alone", "oc-pair://"],
    ["JSON itself", JSON.stringify(least)],
    ["a part of a code", coded(least).slice(0, 40)],
    ["two codes", `${coded(least)} ${coded(least)}`],
    ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x00]).toString("base64url")],
    ["a very long one", "A".repeat(100_000)],
    ["another object", coded({ hello: 1 })],
    ["null", coded("null")],
    ["a list", coded([least])],
    ["an empty token", coded({ ...least, bootstrapToken: "" })],
    ["a token that could break a line", coded({ ...least, bootstrapToken: "a\nb" })],
    ["a token that is an object", coded({ ...least, bootstrapToken: { toString: 1 } })],
    ["a time that is a text", coded({ ...least, expiresAtMs: "soon" })],
    ["no address", coded({ bootstrapToken: token })],
    ["an address of http", coded({ ...least, url: "http://gw" })],
    ["an address with a user", coded({ ...least, url: "ws://user:secret@gw" })],
    ["an address with a query", coded({ ...least, url: "ws://gw/?a=1" })],
    ["an address without a host", coded({ ...least, url: "ws://" })],
    ["port 0", coded({ ...least, url: "ws://gw:0" })],
    ["one bad address among good ones", coded({ ...least, urls: ["wss://a", "file:///etc"] })],
    [
      "nine addresses",
      coded({ ...least, urls: Array.from({ length: 9 }, (_, n) => `ws://h${n}`) }),
    ],
    ["no address in the list", coded({ ...least, urls: [] })],
    ["a certificate without TLS", coded({ ...least, tlsFingerprint: "ab".repeat(32) })],
    ["a fingerprint that is none", coded({ ...least, url: "wss://a", tlsFingerprint: "zz" })],
  ])("refuses %s, and does not repeat it", (_what, text) => {
    const { message, hint, exitCode } = problem(() => parseSetupCode(String(text)));
    expect(message).toStartWith("Cannot use the setup code: ");
    expect(exitCode).toBe(2);
    expect(hint).toContain("setup-code");
    for (const secret of [token, coded(least).slice(0, 20), "user:secret"]) {
      expect(message + hint).not.toContain(secret);
    }
  });

  test(`throws only what a person can read, whatever the text is (seed ${seed})`, () => {
    const code = fc.oneof(anyText, anyText.map(coded), fc.json().map(coded), {
      weight: 5,
      arbitrary: fc
        .record(
          {
            url: fc.oneof(anyText, fc.webUrl({ validSchemes: ["ws", "wss"] })),
            urls: fc.array(fc.webUrl({ validSchemes: ["ws", "wss", "http"] }), { maxLength: 3 }),
            bootstrapToken: fc.oneof(anyText, fc.constant(token)),
            expiresAtMs: fc.oneof(fc.double(), fc.maxSafeInteger()),
            tlsFingerprint: fc.oneof(anyText, fc.constant("ab".repeat(32))),
          },
          { noNullPrototype: true, requiredKeys: ["url", "bootstrapToken"] },
        )
        .map(coded),
    });
    let accepted = 0;
    holds(
      fc.property(code, (text) => {
        try {
          const { endpoints, bootstrapToken, pin } = parseSetupCode(text);
          accepted += 1;
          expect(endpoints.length).toBeGreaterThan(0);
          expect(bootstrapToken).toMatch(/^[!-~]+$/);
          for (const { port, tls } of endpoints) {
            expect(port).toBeGreaterThan(0);
            if (pin !== undefined) expect(tls).toBe(true);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      3000,
    );
    // Else the property would say nothing of codes that are right.
    expect(accepted).toBeGreaterThan(20);
  });
});

describe("refuseExpired", () => {
  const code = parseSetupPayload(JSON.stringify({ ...least, expiresAtMs: 1000 }));

  test("lets a code pass until its time is over", () => {
    expect(() => refuseExpired(code, 999)).not.toThrow();
    expect(() => refuseExpired({ ...code, expiresAtMs: undefined }, 1e15)).not.toThrow();
    const { message, exitCode } = problem(() => refuseExpired(code, 1000));
    expect(message).toContain("it expired at 1970-01-01T00:00:01.000Z");
    expect(exitCode).toBe(10);
  });

  test("a time that no calendar has breaks nothing", () => {
    const far = { ...code, expiresAtMs: -8.64e15 - 1 };
    expect(problem(() => refuseExpired(far, 0)).message).toContain("an impossible time");
  });
});

describe("joinAddress", () => {
  test.each<[string, string | undefined]>([
    ["https://gw.example.com/j/abc", "https://gw.example.com/j/abc"],
    [" https://gw/j/abc#x\n", "https://gw/j/abc"],
    ["http://127.0.0.1:18789/j/abc", "http://127.0.0.1:18789/j/abc"],
    ["http://[::1]:18789/j/abc", "http://[::1]:18789/j/abc"],
    ["oc-pair://abc", undefined],
    ["eyJ1cmwi", undefined],
  ])("%j", (text, address) => expect(joinAddress(text)).toBe(address as string));

  test.each([
    "http://gw.example.com/j/abc",
    "http://10.0.0.5/j/a",
    "https://",
    "https://u:p@gw/j/a",
  ])("refuses %j", (text) =>
    expect(problem(() => joinAddress(text)).message).toContain("join address"),
  );
});

describe("parseJoinAnswer", () => {
  test.each<[number, string, number, RegExp]>([
    [404, '{"error":"not_found"}', 10, /used, has expired or was mistyped/],
    [410, "", 10, /used, has expired/],
    [429, '{"error":"rate_limited"}', 75, /HTTP status 429/],
    [302, "", 75, /HTTP status 302/],
    [500, "<html>", 75, /HTTP status 500/],
    [200, "<html>", 2, /does not decode/],
    [200, "{}", 2, /does not say/],
  ])("%d %j", (status, text, exitCode, message) => {
    const refused = problem(() => parseJoinAnswer(status, text));
    expect(refused.exitCode).toBe(exitCode);
    expect(refused.message).toMatch(message);
  });

  test("200 with the JSON of a code", () => {
    expect(parseJoinAnswer(200, JSON.stringify(least)).bootstrapToken).toBe(token);
  });
});
