import { describe, expect, test } from "bun:test";
import type { FailureKind } from "../../src/client/failure.ts";
import { GatewayCandidates } from "../../src/node/gateway-candidates.ts";
import type { ChosenGateway } from "../../src/node/gateway-settings.ts";

const at = (host: string): ChosenGateway => ({
  endpoint: { host, port: 1, tls: false, path: "/" },
  pin: undefined,
  caFile: undefined,
});

/** Hosts that are tried in turn while attempts fail so. */
function tried(candidates: GatewayCandidates, ...kinds: FailureKind[]): string {
  const hosts = [candidates.current.endpoint.host];
  for (const kind of kinds) {
    candidates.failed({ kind, message: "" });
    hosts.push(candidates.current.endpoint.host);
  }
  return hosts.join(" ");
}

describe("GatewayCandidates", () => {
  test("goes round while none can be reached", () => {
    const all = new GatewayCandidates(at("a"), [at("b"), at("c")]);
    expect(tried(all, "refused", "dns", "timeout", "tls")).toBe("a b c a b");
  });

  test("stays with one that answers, whatever it says", () => {
    const all = new GatewayCandidates(at("a"), [at("b")]);
    expect(tried(all, "setup-code", "pairing", "auth", "restarting", "limited")).toBe(
      "a a a a a a",
    );
  });

  test("keeps the one that let the node in", () => {
    const all = new GatewayCandidates(at("a"), [at("b")]);
    expect(tried(all, "refused")).toBe("a b");
    all.settle();
    expect(tried(all, "refused", "dns")).toBe("b b b");
  });
});
