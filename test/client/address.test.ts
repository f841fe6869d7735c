import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { ipv4, isLoopback, isPrivateHost } from "../../src/client/address.ts";
import { parseHost } from "../../src/client/endpoint.ts";
import { anyText, holds } from "../fakes/property.ts";

describe("isLoopback", () => {
  test.each([
    ["localhost", true],
    ["LOCALHOST", true],
    ["box.localhost", true],
    ["127.0.0.1", true],
    ["127.255.255.254", true],
    ["::1", true],
    ["::ffff:127.0.0.1", true],
    ["::ffff:7f00:1", true],
    ["::FFFF:7F00:1", true],
    ["localhost.evil.com", false],
    ["localhost.", false],
    ["notlocalhost", false],
    ["127.0.0.1.evil.com", false],
    ["127.0.0.1 ", false],
    ["127.1", false],
    ["126.255.255.255", false],
    ["128.0.0.1", false],
    ["127.0.0.256", false],
    ["0.0.0.0", false],
    ["::", false],
    ["::2", false],
    ["::ffff:8.8.8.8", false],
    ["::ffff:80:1", false],
    ["", false],
  ])("of %j is %p", (host, is) => {
    expect(isLoopback(host)).toBe(is);
  });
});

describe("isPrivateHost", () => {
  test.each([
    "localhost",
    "127.0.0.1",
    "::1",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.1.1",
    "100.64.0.1",
    "100.127.255.255",
    "fe80::1",
    "FE80::1",
    "febf::1",
    "fc00::1",
    "fd00::",
    "fdff:ffff::1",
    "::ffff:10.0.0.1",
    "::ffff:a00:1",
    "gateway",
    "build-box",
    "my_box",
    "box1",
    "1box",
    "gateway.local",
    "GATEWAY.LOCAL",
    "box.tail1234.ts.net",
  ])("lets %j have the token in clear", (host) => {
    expect(isPrivateHost(host)).toBe(true);
  });

  test.each([
    ["a public name", "gateway.example.com"],
    ["a public address", "8.8.8.8"],
    ["a name that begins like a private address", "10.0.0.1.evil.com"],
    ["a name that begins like a private one", "localhost.evil.com"],
    ["a name that contains .local", "gateway.local.evil.com"],
    ["a name that ends like .local", "notlocal.evillocal.com"],
    ["a name that contains .ts.net", "box.ts.net.evil.com"],
    ["a name that ends like ts.net", "evil-ts.net"],
    ["the bare domain ts.net", "ts.net"],
    ["the address before 10/8", "9.255.255.255"],
    ["the address behind 10/8", "11.0.0.0"],
    ["the address before 172.16/12", "172.15.255.255"],
    ["the address behind 172.16/12", "172.32.0.1"],
    ["the address before 192.168/16", "192.167.255.255"],
    ["the address behind 192.168/16", "192.169.0.1"],
    ["the address before link-local", "169.253.255.255"],
    ["the address behind link-local", "169.255.0.1"],
    ["the address before CGNAT", "100.63.255.255"],
    ["the address behind CGNAT", "100.128.0.1"],
    ["an octal address that looks private", "010.0.0.1"],
    ["an octal loopback address", "0177.0.0.1"],
    ["a hexadecimal address", "0x7f.1"],
    ["8.8.8.8 as one number", "134744072"],
    ["8.8.8.8 as one hexadecimal number", "0x08080808"],
    ["8.8.8.8 as one octal number", "01002004010"],
    ["zero", "0"],
    ["an ideographic full stop", "evil。com"],
    ["a fullwidth full stop", "evil．com"],
    ["a halfwidth full stop", "evil｡com"],
    ["an encoded dot", "evil%2ecom"],
    ["fullwidth digits", "１３４７４４０７２"],
    ["a soft hyphen", "loc\u00adalhost"],
    ["a zone index that hides a name", "evil%00.local"],
    ["a mapped public address", "::ffff:8.8.8.8"],
    ["a mapped public address in hex", "::ffff:808:808"],
    ["a mapped public address in brackets", "[::ffff:8.8.8.8]"],
    ["a public IPv6 address", "2001:4860:4860::8888"],
    ["the address before unique local", "fbff::1"],
    ["the address behind unique local", "fe00::1"],
    ["the address before link-local", "fe7f::1"],
    ["the address behind link-local", "fec0::1"],
    ["digits of fd that mean 00fd", "fd::1"],
    ["no hexadecimal digits", "fdzz::1"],
    ["a translated private address", "64:ff9b::a00:1"],
    ["a private address behind many zeros", "0:0:0:0:0:0:a00:1"],
    ["every address", "0.0.0.0"],
    ["a blank", " "],
    ["nothing", ""],
    ["a line break", "gateway\nevil.com"],
    ["a NUL", "gateway\0.evil.com"],
  ])("gives no token in clear to %s", (_what, host) => {
    expect(isPrivateHost(host)).toBe(false);
  });

  test("says the same of a host as of what a URL makes of it", () => {
    // A connection is made to what URL reads; were that public, the check was for another host.
    const letters = fc.constantFrom(...Array.from("0123456789abfx.:%。．-_Aé１/@[]\u00ad\u200b"));
    const host = fc.oneof(
      { weight: 8, arbitrary: fc.array(letters, { maxLength: 14 }).map((all) => all.join("")) },
      { weight: 2, arbitrary: fc.ipV4Extended() },
      { weight: 1, arbitrary: anyText },
    );
    holds(
      fc.property(host, (text) => {
        if (!isPrivateHost(text)) return;
        const url = URL.parse(`ws://${text.includes(":") ? `[${text}]` : text}:18789/`);
        if (url === null) return;
        expect([text, isPrivateHost(url.hostname.replace(/^\[(.*)\]$/, "$1"))]).toEqual([
          text,
          true,
        ]);
      }),
      5000,
    );
  });

  test("says the same of a host as it was given and as it is dialled", () => {
    holds(
      fc.property(fc.oneof(fc.ipV4Extended(), fc.ipV6(), fc.domain(), anyText), (text) => {
        let host: string;
        try {
          host = parseHost(text, "--host");
        } catch {
          return;
        }
        const url = new URL(`ws://${host.includes(":") ? `[${host}]` : host}:18789/`);
        expect(url.hostname.replace(/^\[(.*)\]$/, "$1")).toBe(host);
      }),
      2000,
    );
  });
});

describe("ipv4", () => {
  test.each<[string, readonly number[] | undefined]>([
    ["0.0.0.0", [0, 0, 0, 0]],
    ["255.255.255.255", [255, 255, 255, 255]],
    ["1.2.3.4", [1, 2, 3, 4]],
    ["256.1.1.1", undefined],
    ["1.2.3", undefined],
    ["1.2.3.4.5", undefined],
    ["1.2.3.", undefined],
    ["01.2.3.4", undefined],
    ["1.2.3.00", undefined],
    ["1.2.3.-4", undefined],
    ["1.2.3.4\n", undefined],
    ["１.2.3.4", undefined],
    ["0x1.2.3.4", undefined],
    ["1e1.2.3.4", undefined],
    ["", undefined],
  ])("reads %j as %p", (text, bytes) => {
    expect(ipv4(text)).toEqual(bytes);
  });
});
