import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  type Failure,
  failureOfClose,
  failureOfRefusal,
  failureOfSocket,
  failureOfThrown,
} from "../../src/client/failure.ts";
import { approveOnGateway, exitCodeOf, hintOf } from "../../src/client/remedy.ts";
import { exitCode } from "../../src/lib/exit-code.ts";
import { UserError } from "../../src/lib/errors.ts";
import { anyText, holds } from "../fakes/property.ts";

const bun = (url: string, rest: string): string =>
  `WebSocket connection to '${url}' failed: ${rest}`;

describe("failureOfSocket", () => {
  test.each<[string, string | undefined, string, Failure["kind"]]>([
    ["nothing listens", "ECONNREFUSED", "Failed to connect", "refused"],
    ["an unknown name", "ENOTFOUND", "Failed to connect", "dns"],
    ["a resolver that does not answer", "EAI_AGAIN", "Failed to connect", "dns"],
    ["no route to the host", "EHOSTUNREACH", "Failed to connect", "unreachable"],
    ["no network", "ENETUNREACH", "Failed to connect", "unreachable"],
    ["TCP that times out", "ETIMEDOUT", "Failed to connect", "timeout"],
    [
      "a certificate of an unknown authority",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "TLS handshake failed: x",
      "tls",
    ],
    ["a self-signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT", "self signed certificate", "tls"],
    ["an unknown issuer", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get it", "tls"],
    [
      "a certificate that cannot be verified",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "unable to",
      "tls",
    ],
    ["an expired certificate", "CERT_HAS_EXPIRED", "has expired", "tls"],
    [
      "a certificate for another name",
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "Hostname/IP does not match",
      "tls",
    ],
    [
      "that name being proxy",
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "Host: proxy.example.com. is not in",
      "tls",
    ],
    ["a server without TLS", "EPROTO", "TLS handshake failed: WRONG_VERSION_NUMBER", "tls"],
    [
      "a server without TLS, as node:tls says it",
      "ERR_SSL_WRONG_VERSION_NUMBER",
      "SSL routines",
      "tls",
    ],
    [
      "a server that goes away during the TLS handshake",
      "ECONNRESET",
      "TLS handshake failed",
      "closed",
    ],
    ["a server that closes before it answers", "ECONNRESET", "Connection ended", "closed"],
    [
      "another certificate than the pinned one",
      "PIN_MISMATCH",
      "the certificate is a, pinned b",
      "tls-pin",
    ],
    ["a web server", undefined, "Expected 101 status code: 502", "not-a-gateway"],
    ["a redirect", undefined, "Expected 101 status code: 301", "not-a-gateway"],
    ["no HTTP at all", "HPE_INVALID_CONSTANT", "Invalid response", "not-a-gateway"],
    ["an upgrade to something else", undefined, "Missing upgrade header", "not-a-gateway"],
    ["a wrong accept key", undefined, "Mismatch websocket accept header", "not-a-gateway"],
    ["another upgrade", undefined, "Invalid upgrade header", "not-a-gateway"],
    ["a proxy that refuses", undefined, "Proxy connection failed: 403 Forbidden", "proxy"],
    ["a proxy that wants a password", undefined, "Proxy authentication required: 407 x", "proxy"],
    ["a proxy that the pin probe cannot use", undefined, 'proxy: answered "HTTP/1.1 403"', "proxy"],
    ["a host that is only called proxy", "ENOTFOUND", "getaddrinfo ENOTFOUND proxy.example", "dns"],
    ["wrong UTF-8", "WS_ERR_INVALID_UTF8", "Server sent invalid UTF8", "closed"],
    ["a frame beyond all limits", "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH", "Message too big", "closed"],
    [
      "a dial that we ended",
      undefined,
      "WebSocket is closed before the connection is established",
      "closed",
    ],
    ["nothing known", undefined, "", "closed"],
    ["a name of every object as code", "constructor", "x", "closed"],
  ])("tells %s", (_what, code, message, kind) => {
    for (const host of ["gw", "proxy.example.com", "tls-certificate"]) {
      const failure = failureOfSocket({ code, message: bun(`wss://${host}:1/`, message) });
      expect(failure.kind).toBe(kind);
      expect(failure.message).not.toContain("WebSocket connection to");
    }
  });

  test("names the setting of a gateway that forbids an unknown proxy, and only then", () => {
    const hintFor = (status: number) =>
      failureOfSocket({
        code: undefined,
        message: bun("ws://x/", `Expected 101 status code: ${status}`),
      }).hint;
    expect(hintFor(403)).toContain("gateway.trustedProxies");
    expect(hintFor(502)).toBeUndefined();
  });

  test("keeps a code that the message lacks", () => {
    const failure = failureOfSocket({
      code: "ENOTFOUND",
      message: bun("ws://x/", "Failed to connect"),
    });
    expect(failure.message).toBe("Failed to connect (ENOTFOUND)");
  });

  test.each<[string, string, Failure["kind"]]>([
    ["what refuses is the proxy", "ECONNREFUSED", "proxy"],
    ["what has no address is the proxy", "ENOTFOUND", "proxy"],
    ["what cannot be reached is the proxy", "EHOSTUNREACH", "proxy"],
    ["a wrong certificate is the gateway's", "CERT_HAS_EXPIRED", "tls"],
    ["what speaks no TLS is the gateway", "EPROTO", "tls"],
    ["a line that breaks is a line that breaks", "ECONNRESET", "closed"],
  ])("through a proxy, %s", (_what, code, kind) => {
    expect(failureOfSocket({ code, message: "x" }, true).kind).toBe(kind);
  });
});

describe("failureOfRefusal by what Clawdbot 2026.1.24 says", () => {
  const invalid = (message: string, details?: unknown) => ({
    code: "INVALID_REQUEST",
    message,
    ...(details === undefined ? {} : { details }),
  });

  test.each<[string, Failure["kind"]]>([
    ["unauthorized", "auth"],
    ["unauthorized: gateway token missing (provide gateway auth token)", "auth"],
    ["unauthorized: gateway token mismatch (provide gateway auth token)", "auth"],
    ["unauthorized: gateway password mismatch (provide gateway auth password)", "auth"],
    ["unauthorized: gateway token not configured on gateway (set gateway.auth.token)", "auth"],
    ["unauthorized: tailscale identity missing", "auth"],
    ["device signature expired", "clock"],
    ["protocol mismatch", "protocol"],
    ["device nonce required", "closed"],
    ["device nonce mismatch", "closed"],
    ["device signature invalid", "signature"],
    ["device identity mismatch", "rejected"],
    ["device public key invalid", "rejected"],
    ["invalid role", "rejected"],
    ["invalid connect params: at root: unexpected property 'foo'", "rejected"],
    ["invalid connect params: unauthorized", "rejected"],
    ["", "rejected"],
  ])("%j", (message, kind) => {
    const failure = failureOfRefusal(invalid(message));
    expect(failure.kind).toBe(kind);
    expect(failure).not.toHaveProperty("structured");
  });

  test("names the request that an operator has to approve", () => {
    const error = {
      code: "NOT_PAIRED",
      message: "pairing required",
      details: { requestId: "r-1" },
    };
    expect(failureOfRefusal(error)).toEqual({
      kind: "pairing",
      message: "pairing required",
      requestId: "r-1",
    });
  });

  test("names the protocol that the gateway speaks", () => {
    const failure = failureOfRefusal(invalid("protocol mismatch", { expectedProtocol: 5 }));
    expect(failure.message).toBe("protocol mismatch: the gateway speaks protocol 5");
  });
});

describe("failureOfRefusal by the codes of OpenClaw", () => {
  const refusal = (code: string, message = "no", details: object = {}) => ({
    code: "INVALID_REQUEST",
    message,
    details: { code, ...details },
  });

  test.each<[string, Failure["kind"]]>([
    ["AUTH_TOKEN_MISSING", "auth"],
    ["AUTH_TOKEN_MISMATCH", "auth"],
    ["AUTH_DEVICE_TOKEN_MISMATCH", "auth"],
    ["AUTH_BOOTSTRAP_TOKEN_INVALID", "auth"],
    ["AUTH_PASSWORD_MISSING", "auth"],
    ["AUTH_PASSWORD_MISMATCH", "auth"],
    ["AUTH_TOKEN_NOT_CONFIGURED", "auth"],
    ["AUTH_RATE_LIMITED", "limited"],
    ["AUTH_SCOPE_MISMATCH", "auth"],
    ["AUTH_UNAUTHORIZED", "auth"],
    ["PROTOCOL_MISMATCH", "protocol"],
    ["DEVICE_AUTH_SIGNATURE_EXPIRED", "clock"],
    ["DEVICE_AUTH_NONCE_REQUIRED", "closed"],
    ["DEVICE_AUTH_NONCE_MISMATCH", "closed"],
    ["DEVICE_AUTH_SIGNATURE_INVALID", "signature"],
    ["DEVICE_AUTH_DEVICE_ID_MISMATCH", "rejected"],
    ["DEVICE_AUTH_PUBLIC_KEY_INVALID", "rejected"],
    ["CLIENT_VERSION_MISMATCH", "rejected"],
    ["SOMETHING_NEW", "rejected"],
  ])("%s, whatever the text beside it says", (code, kind) => {
    expect(failureOfRefusal(refusal(code))).toMatchObject({ kind, structured: true });
  });

  test.each(["not-paired", "role-upgrade", "scope-upgrade", "metadata-upgrade"])(
    "PAIRING_REQUIRED for the reason %s",
    (reason) => {
      const error = {
        code: "NOT_PAIRED",
        message: "pairing required: device is not approved yet",
        details: { code: "PAIRING_REQUIRED", reason, requestId: "r-1", deviceId: "d" },
      };
      expect(failureOfRefusal(error)).toMatchObject({
        kind: "pairing",
        requestId: "r-1",
        structured: true,
      });
    },
  );

  test("PAIRING_REQUIRED says what was approved before, and whether the gateway checks by itself", () => {
    const required = (details: object) =>
      failureOfRefusal({
        code: "NOT_PAIRED",
        message: "pairing required",
        details: { code: "PAIRING_REQUIRED", ...details },
      });
    expect(required({ reason: "metadata-upgrade" }).message).toContain("another platform");
    expect(required({ reason: "constructor" }).message).toBe("pairing required");
    expect(required({ recommendedNextStep: "wait_then_retry" }).checkedByGateway).toBe(true);
    expect(required({ pauseReconnect: false }).checkedByGateway).toBe(true);
    expect(required({ pauseReconnect: true }).checkedByGateway).toBeUndefined();
  });

  test.each<[string, string | undefined, string]>([
    ["invalid connect params: at /auth", undefined, "setup-code"],
    ["unauthorized: gateway token missing", undefined, "setup-code"],
    ["unauthorized", "AUTH_BOOTSTRAP_TOKEN_INVALID", "setup-code"],
    ["too many failed attempts", "AUTH_RATE_LIMITED", "limited"],
    ["protocol mismatch", undefined, "protocol"],
  ])("%j to a setup code", (message, code, kind) => {
    const details = code === undefined ? undefined : { code };
    const failure = failureOfRefusal(
      { code: "INVALID_REQUEST", message, details },
      { source: "setup code" },
    );
    expect(failure.kind).toBe(kind as any);
    // Without the details of the later generation the gateway may know no setup codes at all.
    const older = kind === "setup-code" && code === undefined;
    expect(failure.hint?.includes("may not know setup codes") ?? false).toBe(older);
  });

  test("a refused device token is told as such when nothing else is at hand", () => {
    const error = refusal("AUTH_TOKEN_MISMATCH");
    const offered = { source: "device token" } as const;
    expect(failureOfRefusal(error, { ...offered, another: false }).hint).toContain("took back");
    expect(failureOfRefusal(error, { ...offered, another: true }).hint).toBeUndefined();
    expect(failureOfRefusal(error, { source: "gateway token" }).hint).toBeUndefined();
  });

  test("DEVICE_IDENTITY_REQUIRED, which no approval mends", () => {
    const error = { ...refusal("DEVICE_IDENTITY_REQUIRED"), code: "NOT_PAIRED" };
    expect(failureOfRefusal(error).kind).toBe("rejected");
  });

  test("a gateway that is starting, with its own wish for the next attempt", () => {
    const error = {
      code: "UNAVAILABLE",
      message: "gateway starting",
      details: { reason: "startup-sidecars" },
      retryable: true,
      retryAfterMs: 500,
    };
    expect(failureOfRefusal(error)).toEqual({
      kind: "restarting",
      message: "gateway starting",
      retryAfterMs: 500,
    });
  });

  test.each<[string, unknown]>([
    ["null", null],
    ["a text", "AUTH_TOKEN_MISMATCH"],
    ["a list", ["AUTH_TOKEN_MISMATCH"]],
    ["a code that is a number", { code: 5 }],
    ["a code that is an object", { code: { startsWith: "AUTH_" } }],
    ["a request id that is a number", { requestId: 7 }],
  ])("survives details that are %s", (_what, details) => {
    const error = { message: "m", details };
    expect(failureOfRefusal({ ...error, code: "INVALID_REQUEST" }).kind).toBe("rejected");
    expect(failureOfRefusal({ ...error, code: "NOT_PAIRED" })).toEqual({
      kind: "pairing",
      message: "m",
    });
  });
});

describe("failureOfClose", () => {
  test.each<[number, string, Failure["kind"], string]>([
    [1000, "", "closed", "connection closed (1000)"],
    [1001, "going away", "closed", "going away (1001)"],
    [1005, "", "closed", "connection closed (1005)"],
    [1006, "", "closed", "connection closed (1006)"],
    [1008, "slow consumer", "closed", "slow consumer (1008)"],
    [1009, "", "closed", "connection closed (1009)"],
    [1011, "stale install", "closed", "stale install (1011)"],
    [1012, "service restart", "restarting", "the gateway restarts"],
    [1013, "", "restarting", "the gateway is starting"],
    [1013, "gateway starting", "restarting", "the gateway is not ready: gateway starting"],
    [4000, "tick timeout", "silent", "tick timeout (4000)"],
    [4001, "device removed", "auth-changed", "device removed (4001)"],
    [4999, "\u001b[2J\n", "closed", "\\u{1b}[2J\\n (4999)"],
    [65_535, "x", "closed", "x (65535)"],
  ])("%d %j", (code, reason, kind, message) => {
    expect(failureOfClose(code, reason)).toEqual({ kind, message });
  });
});

describe("failureOfThrown", () => {
  test("tells settings from defects", () => {
    expect(failureOfThrown(new UserError("m", { hint: "h" }))).toEqual({
      kind: "settings",
      message: "m",
      hint: "h",
    });
    expect(failureOfThrown(new UserError("m"))).toEqual({ kind: "settings", message: "m" });
    expect(failureOfThrown(new SyntaxError("x")).kind).toBe("closed");
    expect(failureOfThrown(null)).toEqual({ kind: "closed", message: "null" });
  });
});

describe("every failure", () => {
  test("is one line that is safe to print, whatever the other side said", () => {
    holds(
      fc.property(anyText, anyText, fc.nat(65_535), (text, code, close) => {
        const failures = [
          failureOfClose(close, text),
          failureOfRefusal({ code, message: text, details: { code, requestId: text } }),
          failureOfRefusal({ code: "NOT_PAIRED", message: text, details: { requestId: text } }),
          failureOfSocket({ code: undefined, message: text }),
        ];
        for (const { message, requestId = "" } of failures) {
          expect(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(message + requestId)).toBe(false);
        }
      }),
    );
  });

  const kinds =
    "settings dns refused unreachable timeout proxy tls tls-pin not-a-gateway auth pairing clock " +
    "protocol rejected restarting closed silent";
  test("has the exit code of its kind", () => {
    const codes = kinds
      .split(" ")
      .map((kind) => [kind, exitCodeOf({ kind: kind as Failure["kind"], message: "" })] as const);
    const { config, temporary, tls, protocol, auth, pairing } = exitCode;
    expect(Object.fromEntries(codes)).toEqual({
      settings: config,
      dns: temporary,
      refused: temporary,
      unreachable: temporary,
      timeout: temporary,
      proxy: temporary,
      tls,
      "tls-pin": tls,
      "not-a-gateway": protocol,
      auth,
      pairing,
      clock: protocol,
      protocol,
      rejected: protocol,
      restarting: temporary,
      closed: temporary,
      silent: temporary,
    });
  });
});

describe("the remedy", () => {
  const auth: Failure = { kind: "auth", message: "unauthorized" };

  test("of a refused token depends on whether one was offered", () => {
    expect(hintOf(auth, true)).toContain("is not this gateway's");
    expect(hintOf(auth, false)).toStartWith("Give its token");
  });

  test("is the failure's own where it has one", () => {
    expect(hintOf({ ...auth, hint: "do this" }, true)).toBe("do this");
  });

  test.each<[string, Partial<Failure>, string]>([
    ["of the first generation", { requestId: "r-1" }, "clawdbot devices approve r-1"],
    [
      "of the later generation",
      { requestId: "r-1", structured: true },
      "openclaw devices approve r-1",
    ],
    ["without a request id", {}, "clawdbot devices approve REQUEST_ID"],
    ["with a hostile request id", { requestId: "$(id) ;x" }, "clawdbot devices approve '$(id) ;x'"],
  ])("of pairing is the tool of a gateway %s, fit to be copied", (_which, changes, command) => {
    expect(approveOnGateway({ kind: "pairing", message: "", ...changes })).toBe(command);
  });
});
