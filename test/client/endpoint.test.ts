import { describe, expect, test } from "bun:test";
import {
  type Endpoint,
  gatewayKey,
  parseGatewayUrl,
  parseHost,
  parsePort,
  urlOf,
} from "../../src/client/endpoint.ts";
import { UsageError } from "../../src/lib/errors.ts";

describe("parseGatewayUrl", () => {
  test.each<[string, string, Endpoint]>([
    ["plain", "ws://gateway:1234", { host: "gateway", port: 1234, tls: false, path: "/" }],
    ["plain without a port", "ws://gw", { host: "gw", port: 18_789, tls: false, path: "/" }],
    [
      "plain with the scheme's own port",
      "ws://gw:80",
      { host: "gw", port: 80, tls: false, path: "/" },
    ],
    ["that port with a path", "ws://gw:80/a", { host: "gw", port: 80, tls: false, path: "/a" }],
    [
      "that port in another spelling",
      "http://gw:080?a",
      { host: "gw", port: 80, tls: false, path: "/?a" },
    ],
    [
      "a path that looks like a port",
      "ws://gw/:80",
      { host: "gw", port: 18_789, tls: false, path: "/:80" },
    ],
    [
      "IPv6 that ends like a port",
      "ws://[fd00::80]",
      { host: "fd00::80", port: 18_789, tls: false, path: "/" },
    ],
    [
      "IPv6 with that port",
      "ws://[fd00::1]:80",
      { host: "fd00::1", port: 80, tls: false, path: "/" },
    ],
    ["TLS without a port", "wss://gw", { host: "gw", port: 443, tls: true, path: "/" }],
    ["TLS on port 80", "wss://gw:80", { host: "gw", port: 80, tls: true, path: "/" }],
    ["https", "https://gw/x", { host: "gw", port: 443, tls: true, path: "/x" }],
    ["http", "http://gw:8080", { host: "gw", port: 8080, tls: false, path: "/" }],
    [
      "a path with a query",
      "wss://gw/a/b?c=d",
      { host: "gw", port: 443, tls: true, path: "/a/b?c=d" },
    ],
    [
      "a fragment, which is not sent",
      "wss://gw/a#b",
      { host: "gw", port: 443, tls: true, path: "/a" },
    ],
    ["IPv6", "ws://[::1]:5", { host: "::1", port: 5, tls: false, path: "/" }],
    [
      "capitals and blanks around",
      "  WS://GW.Local:5 ",
      { host: "gw.local", port: 5, tls: false, path: "/" },
    ],
    [
      "an address in disguise",
      "ws://0x7f.1",
      { host: "127.0.0.1", port: 18_789, tls: false, path: "/" },
    ],
  ])("reads %s", (_what, text, endpoint) => {
    expect(parseGatewayUrl(text, "--url")).toEqual(endpoint);
  });

  test.each([
    ["nothing", ""],
    ["a name", "gateway"],
    ["a name and a port", "gateway:18789"],
    ["another scheme", "ftp://gateway"],
    ["a script", "javascript:alert(1)"],
    ["a file", "file:///etc/passwd"],
    ["no host", "ws://"],
    ["no host but a port", "ws://:5"],
    ["a port beyond all", "ws://gw:65536"],
    ["port 0", "ws://gw:0"],
    ["a negative port", "ws://gw:-1"],
    ["bare IPv6", "wss://::1:28921"],
    ["a blank inside", "ws://a b"],
    ["a user", "ws://me@gw"],
    ["a password", "wss://me:secret@gw"],
  ])("refuses %s", (_what, text) => {
    expect(() => parseGatewayUrl(text, "--url")).toThrow(UsageError);
  });

  test("does not repeat a password that stood in the address", () => {
    expect(() => parseGatewayUrl("wss://me:secret@gw", "--url")).not.toThrow(/secret/);
  });
});

describe("parseHost", () => {
  test.each([
    ["gateway", "gateway"],
    [" gateway ", "gateway"],
    ["Gateway.Local", "gateway.local"],
    ["10.0.0.1", "10.0.0.1"],
    ["::1", "::1"],
    ["[::1]", "::1"],
    ["FD00:0:0::1", "fd00::1"],
    ["::ffff:8.8.8.8", "::ffff:808:808"],
    ["010.0.0.1", "8.0.0.1"],
    ["134744072", "8.8.8.8"],
    ["evil%2ecom", "evil.com"],
    ["evil。com", "evil.com"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["0.0.0.0", "0.0.0.0"],
    ["::", "::"],
  ])("reads %j as %j, as it will be dialled", (text, host) => {
    expect(parseHost(text, "--host")).toBe(host);
  });

  test.each([
    "",
    " ",
    "[]",
    "gw:80",
    "[::1]:80",
    "ws://gw",
    "gw/path",
    "gw?x",
    "gw#x",
    "me@gw",
    "a b",
    "a\tb",
    "a\nb",
    "a\\b",
    "%zz",
    "a%00b",
    "1.2.3.256",
    "::g",
    ":::",
    "fe80::1%eth0",
    "<script>",
    "a^b",
    "a|b",
  ])("refuses %j", (text) => {
    expect(() => parseHost(text, "--host")).toThrow(UsageError);
  });
});

describe("parsePort", () => {
  test.each([
    ["1", 1],
    ["18789", 18_789],
    ["65535", 65_535],
    [" 80 ", 80],
    ["00080", 80],
  ])("reads %j", (text, port) => {
    expect(parsePort(text, "--port")).toBe(port);
  });

  test.each([
    "",
    " ",
    "0",
    "65536",
    "99999",
    "-1",
    "+1",
    "1.5",
    "1e3",
    "0x50",
    "80a",
    "a",
    "٨٠",
    "1 2",
  ])("refuses %j", (text) => {
    expect(() => parsePort(text, "--port")).toThrow(/--port .* 1 to 65535/);
  });
});

describe("an endpoint", () => {
  test.each<[string, Endpoint, string, string]>([
    ["a name", { host: "GW", port: 5, tls: false, path: "/" }, "ws://GW:5/", "gw:5"],
    ["IPv6", { host: "::1", port: 5, tls: true, path: "/a?b" }, "wss://[::1]:5/a?b", "[::1]:5"],
  ])("of %s has a URL and a name for what its gateway issued", (_what, endpoint, url, key) => {
    expect(urlOf(endpoint)).toBe(url);
    expect(gatewayKey(endpoint)).toBe(key);
    expect(URL.canParse(urlOf(endpoint))).toBe(true);
  });
});
