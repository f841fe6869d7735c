import { describe, expect, test } from "bun:test";
import { type Credentials, type Offer, offer } from "../../src/client/credentials.ts";
import { parseGatewayUrl } from "../../src/client/endpoint.ts";
import { type RouteSettings, routeOf } from "../../src/client/route.ts";
import { UserError } from "../../src/lib/errors.ts";

const settings: RouteSettings = {
  endpoint: { host: "gw.example.com", port: 5, tls: true, path: "/x" },
  pin: undefined,
  ca: undefined,
  allowInsecure: false,
};
const inClear = (host: string): RouteSettings => ({
  ...settings,
  endpoint: { ...settings.endpoint, host, tls: false },
});

describe("routeOf", () => {
  test.each<[string, RouteSettings, object]>([
    ["TLS to anywhere", settings, { url: "wss://gw.example.com:5/x" }],
    ["a pin", { ...settings, pin: "aa" }, { url: "wss://gw.example.com:5/x", pin: "aa" }],
    ["trust anchors", { ...settings, ca: "PEM" }, { url: "wss://gw.example.com:5/x", ca: ["PEM"] }],
    ["plain to a private host", inClear("10.0.0.1"), { url: "ws://10.0.0.1:5/x" }],
    ["plain to IPv6 loopback", inClear("::1"), { url: "ws://[::1]:5/x" }],
    [
      "plain to anywhere when asked",
      { ...inClear("8.8.8.8"), allowInsecure: true },
      { url: "ws://8.8.8.8:5/x" },
    ],
  ])("gives %s", (_what, wanted, route) => {
    expect(routeOf(wanted, {})).toEqual(route as any);
  });

  test.each(["gw.example.com", "8.8.8.8", "2001:db8::1", "10.0.0.1.evil.com", "134744072"])(
    "sends no token in clear to %s, and names the remedies",
    (host) => {
      let thrown: unknown;
      try {
        routeOf(inClear(host), { HTTP_PROXY: "http://127.0.0.1:1" });
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(UserError);
      const hint = (thrown as UserError).hint ?? "";
      for (const remedy of ["--tls", "ssh -N -L", "--allow-insecure-ws"])
        expect(hint).toContain(remedy);
    },
  );

  test("goes through the proxy of the environment", () => {
    const env = { HTTPS_PROXY: "http://proxy:1" };
    expect(routeOf(settings, env)).toMatchObject({ proxy: "http://proxy:1" });
    expect(routeOf({ ...settings, pin: "aa" }, env)).toMatchObject({ proxy: "http://proxy:1" });
  });
});

describe("offer", () => {
  const all: Credentials = { deviceToken: "D", sharedToken: "S", password: "P" };
  const none: Credentials = { deviceToken: undefined, sharedToken: undefined, password: undefined };

  test.each<[string, Credentials, "first" | "second", Offer]>([
    [
      "a setup code alone",
      { ...all, bootstrapToken: "B" },
      "first",
      {
        bootstrapToken: "B",
        token: undefined,
        password: undefined,
        another: false,
        source: "setup code",
      },
    ],
    [
      "the device's token first",
      all,
      "first",
      { token: "D", password: "P", another: true, source: "device token" },
    ],
    [
      "then the shared one",
      all,
      "second",
      { token: "S", password: "P", another: false, source: "gateway token" },
    ],
    [
      "nothing twice when both are the same",
      { ...all, sharedToken: "D" },
      "second",
      { token: "D", password: "P", another: false, source: "device token" },
    ],
    [
      "the device's token again when there is no other",
      { ...none, deviceToken: "D" },
      "second",
      { token: "D", password: undefined, another: false, source: "device token" },
    ],
    [
      "the shared token alone",
      { ...none, sharedToken: "S" },
      "first",
      { token: "S", password: undefined, another: false, source: "gateway token" },
    ],
    [
      "the shared token when the device's went away in between",
      { ...none, sharedToken: "S" },
      "second",
      { token: "S", password: undefined, another: false, source: "gateway token" },
    ],
    [
      "the password alone",
      { ...none, password: "P" },
      "first",
      { token: undefined, password: "P", another: false, source: "password" },
    ],
    [
      "nothing",
      none,
      "first",
      { token: undefined, password: undefined, another: false, source: "nothing" },
    ],
  ])("gives %s", (_what, credentials, choice, wanted) => {
    expect(offer(credentials, choice)).toEqual(wanted);
  });
});

describe("a service token of Cloudflare Access", () => {
  const env = { CF_ACCESS_CLIENT_ID: " id.access ", CF_ACCESS_CLIENT_SECRET: "secret" };
  const headersTo = (url: string, variables: Record<string, string>) =>
    routeOf(
      {
        endpoint: parseGatewayUrl(url, "--url"),
        pin: undefined,
        ca: undefined,
        allowInsecure: true,
      },
      variables,
    ).headers;

  test("goes with an encrypted connection, and never with another", () => {
    expect(headersTo("wss://gw", env)).toEqual({
      "CF-Access-Client-Id": "id.access",
      "CF-Access-Client-Secret": "secret",
    });
    expect(headersTo("ws://127.0.0.1", env)).toBeUndefined();
    expect(headersTo("ws://gw.example.com", env)).toBeUndefined();
  });

  test.each([
    [{}],
    [{ CF_ACCESS_CLIENT_ID: "id" }],
    [{ CF_ACCESS_CLIENT_SECRET: "secret" }],
    [{ ...env, CF_ACCESS_CLIENT_ID: " " }],
  ])("is not sent by halves: %j", (variables) => {
    expect(headersTo("wss://gw", variables as Record<string, string>)).toBeUndefined();
  });

  test("that would break the request is refused without being shown", () => {
    const broken = { ...env, CF_ACCESS_CLIENT_SECRET: "sec\r\nret: x" };
    expect(() => headersTo("wss://gw", broken)).toThrow(/characters that a header cannot carry/);
    expect(() => headersTo("wss://gw", broken)).not.toThrow(/ret: x/);
  });
});
