import { describe, expect, test } from "bun:test";
import { clientOrigin } from "../../src/gateway/client-origin.ts";

describe("clientOrigin", () => {
  const cases: [string, string, Record<string, string>, boolean, string | undefined][] = [
    ["IPv4 loopback is local", "127.0.0.1", {}, true, "127.0.0.1"],
    ["all of 127/8 is local", "127.9.8.7", {}, true, "127.9.8.7"],
    ["IPv6 loopback is local", "::1", {}, true, "::1"],
    ["IPv4 loopback in IPv6 is local", "::ffff:127.0.0.1", {}, true, "127.0.0.1"],
    ["the same in capitals is local", "::FFFF:127.0.0.1", {}, true, "127.0.0.1"],
    ["an address of the network is not", "192.168.1.7", {}, false, "192.168.1.7"],
    ["IPv4 in IPv6 is shown as IPv4", "::ffff:10.0.0.5", {}, false, "10.0.0.5"],
    ["an address that only begins alike is not", "127.evil.example", {}, false, "127.evil.example"],
    ["an IPv6 address that only begins alike is not", "::1:2", {}, false, "::1:2"],
    ["no address is not", "", {}, false, undefined],
    ["a proxy's header ends it", "127.0.0.1", { "x-forwarded-for": "127.0.0.1" }, false, undefined],
    ["an empty one too", "127.0.0.1", { "x-forwarded-for": "" }, false, undefined],
    ["x-real-ip too", "127.0.0.1", { "x-real-ip": "127.0.0.1" }, false, undefined],
    ["the standard's header too", "::1", { forwarded: "for=127.0.0.1" }, false, undefined],
    ["a header of ours does not", "127.0.0.1", { host: "gateway", origin: "x" }, true, "127.0.0.1"],
  ];
  test.each(cases)("%s", (_name, address, headers, local, remoteIp) => {
    expect(clientOrigin(address, headers)).toEqual({ local, remoteIp });
  });
});
