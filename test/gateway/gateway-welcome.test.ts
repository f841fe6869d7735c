import { expect, test } from "bun:test";
import { welcome } from "../../src/cli/commands/gateway-welcome.ts";

const facts = {
  host: "127.0.0.1",
  outerHost: undefined,
  port: 18_789,
  tokenFile: "/home/a b/token",
  fingerprint: undefined,
};

test("welcome gives commands that can be copied as they are", () => {
  const text = welcome(facts);
  expect(text).toContain(
    "  clawdbot node run --host 127.0.0.1 --port 18789 --token-file '/home/a b/token'\n",
  );
  expect(text).toContain(
    "  clawdbot nodes status --url ws://127.0.0.1:18789 --token-file '/home/a b/token'\n",
  );
  expect(text).not.toContain("another machine");
});

test("welcome pins the certificate, brackets IPv6 and names the host for others", () => {
  const text = welcome({
    ...facts,
    host: "::1",
    outerHost: "box",
    fingerprint: "AA:BB",
    tokenFile: undefined,
  });
  expect(text).toContain(
    "clawdbot node run --host ::1 --port 18789 --tls-fingerprint AA:BB --token-file FILE",
  );
  expect(text).toContain(
    "clawdbot node run --host box --port 18789 --tls-fingerprint AA:BB --token-file FILE",
  );
  expect(text).toContain("--url wss://[::1]:18789 --token-file FILE --tls-fingerprint AA:BB");
});
