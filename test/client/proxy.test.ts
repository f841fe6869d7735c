import { describe, expect, test } from "bun:test";
import { proxyFor } from "../../src/client/proxy.ts";
import { UserError } from "../../src/lib/errors.ts";

type Env = Readonly<Record<string, string>>;
const plain = { host: "gw.example.com", port: 18_789, tls: false };
const secure = { ...plain, tls: true };
const proxy = "http://proxy:3128";

describe("proxyFor", () => {
  test.each<[string, typeof plain, Env, string | undefined]>([
    ["nothing set", plain, {}, undefined],
    ["HTTP_PROXY for ws", plain, { HTTP_PROXY: proxy }, proxy],
    ["HTTPS_PROXY for wss", secure, { HTTPS_PROXY: proxy }, proxy],
    ["HTTPS_PROXY not for ws", plain, { HTTPS_PROXY: proxy }, undefined],
    ["HTTP_PROXY not for wss", secure, { HTTP_PROXY: proxy }, undefined],
    ["ALL_PROXY for ws", plain, { ALL_PROXY: proxy }, proxy],
    ["ALL_PROXY for wss", secure, { ALL_PROXY: proxy }, proxy],
    [
      "the particular one before ALL_PROXY",
      plain,
      { ALL_PROXY: "http://a", HTTP_PROXY: "http://b" },
      "http://b",
    ],
    ["small letters", plain, { http_proxy: proxy }, proxy],
    ["small letters for all", secure, { all_proxy: proxy }, proxy],
    ["small letters first", plain, { HTTP_PROXY: "http://a", http_proxy: "http://b" }, "http://b"],
    ["an empty value as none", plain, { http_proxy: "", HTTP_PROXY: proxy }, undefined],
    ["an empty value, then ALL_PROXY", plain, { HTTP_PROXY: " ", ALL_PROXY: proxy }, proxy],
    ["no scheme as http", plain, { HTTP_PROXY: "proxy:3128" }, proxy],
    ["blanks around", plain, { HTTP_PROXY: ` ${proxy} ` }, proxy],
    ["an https proxy", plain, { HTTP_PROXY: "https://proxy" }, "https://proxy"],
    ["credentials", plain, { HTTP_PROXY: "http://me:pw@proxy:1" }, "http://me:pw@proxy:1"],
    ["an IPv6 proxy", plain, { HTTP_PROXY: "http://[fd00::1]:3128" }, "http://[fd00::1]:3128"],
    ["loopback never", { ...plain, host: "127.0.0.1" }, { HTTP_PROXY: proxy }, undefined],
    ["localhost never", { ...secure, host: "LOCALHOST" }, { ALL_PROXY: proxy }, undefined],
    ["IPv6 loopback never", { ...plain, host: "::1" }, { HTTP_PROXY: proxy }, undefined],
    [
      "what only begins like loopback",
      { ...plain, host: "localhost.evil.com" },
      { HTTP_PROXY: proxy },
      proxy,
    ],
  ])("knows %s", (_what, endpoint, env, url) => {
    expect(proxyFor(endpoint, env)).toBe(url);
  });

  test.each([
    ["everything", "gw.example.com", "*", true],
    ["the name itself", "gw.example.com", "gw.example.com", true],
    ["the name in capitals", "gw.example.com", "GW.EXAMPLE.COM", true],
    ["a host in capitals", "GW.Example.com", "gw.example.com", true],
    ["its domain", "gw.example.com", "example.com", true],
    ["its domain with a dot", "gw.example.com", ".example.com", true],
    ["its domain with a star", "gw.example.com", "*.example.com", true],
    ["one of many", "gw.example.com", "a.com, b.com ,gw.example.com", true],
    ["one of many between blanks", "gw.example.com", "a.com gw.example.com", true],
    ["the name with its port", "gw.example.com", "gw.example.com:18789", true],
    ["an address", "192.0.2.5", "192.0.2.5", true],
    ["an address with its port", "192.0.2.5", "192.0.2.5:18789", true],
    ["a range", "192.0.2.5", "192.0.2.0/24", true],
    ["a range with a port", "192.0.2.5", "192.0.2.0/24:18789", true],
    ["every range", "192.0.2.5", "0.0.0.0/0", true],
    ["a range of one", "192.0.2.5", "192.0.2.5/32", true],
    ["a range with bits set behind it", "192.0.2.5", "192.0.2.99/24", true],
    ["the top half", "203.0.113.9", "128.0.0.0/1", true],
    ["IPv6", "fd00::1", "fd00::1", true],
    ["IPv6 in brackets", "fd00::1", "[fd00::1]", true],
    ["IPv6 with its port", "fd00::1", "[fd00::1]:18789", true],
    ["an empty list", "gw.example.com", "", false],
    ["only commas", "gw.example.com", ",, ,", false],
    ["another name", "gw.example.com", "other.example.com", false],
    ["a name that only ends alike", "gw.notexample.com", "example.com", false],
    ["a part of the name", "gw.example.com", "gw", false],
    ["a longer name", "example.com", "gw.example.com", false],
    ["another port", "gw.example.com", "gw.example.com:443", false],
    ["a port that is none", "gw.example.com", "gw.example.com:x", false],
    ["another port of IPv6", "fd00::1", "[fd00::1]:443", false],
    ["another range", "192.0.3.5", "192.0.2.0/24", false],
    ["a range without its width", "192.0.2.5", "192.0.2.0/", false],
    ["a range that is too wide", "192.0.2.5", "192.0.2.0/33", false],
    ["a range of negative width", "192.0.2.5", "192.0.2.0/-1", false],
    ["a range of hexadecimal width", "192.0.2.5", "192.0.0.0/0x8", false],
    ["a range of broken width", "192.0.2.5", "192.0.0.0/8.5", false],
    ["a range of names", "gw.example.com", "example.com/8", false],
    ["a range of IPv6, which is not read", "fd00::1", "fd00::/8", false],
    ["a slash", "gw.example.com", "/", false],
    ["a dot", "gw.example.com", ".", false],
    ["a star and a dot", "gw.example.com", "*.", false],
    ["a pattern", "gw.example.com", "gw.*", false],
    ["letters with a meaning in patterns", "gw.example.com", "gw.example.co.", false],
  ])("is bypassed or not by NO_PROXY with %s", (_what, host, list, bypassed) => {
    const endpoint = { ...plain, host };
    const wanted = bypassed ? undefined : proxy;
    expect(proxyFor(endpoint, { HTTP_PROXY: proxy, NO_PROXY: list })).toBe(wanted);
    expect(proxyFor(endpoint, { HTTP_PROXY: proxy, no_proxy: list })).toBe(wanted);
  });

  test("prefers no_proxy in small letters, as other programs do", () => {
    const env = { HTTP_PROXY: proxy, NO_PROXY: "*", no_proxy: "other" };
    expect(proxyFor(plain, env)).toBe(proxy);
  });

  test.each([
    ["socks", "socks5://proxy:1080", '"socks5"'],
    ["socks with names", "socks5h://proxy:1080", '"socks5h"'],
    ["a file", "file:///x", '"file"'],
    ["no address", "http://", "not an address"],
    ["a broken address", "http://me:topsecret@[bad", "not an address"],
    ["a port beyond all", "http://proxy:99999", "not an address"],
  ])("refuses %s and names the variable, never its value", (_what, value, part) => {
    let thrown: unknown;
    try {
      proxyFor(plain, { ALL_PROXY: value });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UserError);
    const { message, hint } = thrown as UserError;
    expect(message).toContain(part);
    expect(`${message} ${hint}`).toContain("ALL_PROXY");
    expect(`${message} ${hint}`).not.toContain("topsecret");
  });

  test("does not look at a proxy that is bypassed", () => {
    expect(
      proxyFor(plain, { ALL_PROXY: "socks5://proxy", NO_PROXY: "example.com" }),
    ).toBeUndefined();
  });
});
