// `node run` at an OpenClaw gateway that does not let it in: a clear state with its remedy, and
// without --once the host goes on trying.
import { describe, expect, test } from "bun:test";
import { CommandLine } from "../fakes/command-line.ts";
import { InvokingGateway } from "../fakes/invoking-gateway.ts";

interface Row {
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly code: number;
  readonly remedy: string;
}

const rows: Readonly<Record<string, Row>> = {
  "no common protocol": {
    message: "protocol mismatch",
    details: { code: "PROTOCOL_MISMATCH", expectedProtocol: 9, minimumProbeProtocol: 8 },
    code: 13,
    remedy: "This program speaks protocol 3 and 4; upgrade the older of the two",
  },
  "clocks two hours apart": {
    message: "device signature expired",
    details: { code: "DEVICE_AUTH_SIGNATURE_EXPIRED", reason: "device-signature-stale" },
    code: 13,
    remedy: "Set the clocks of this machine and of the gateway",
  },
  "a token that is not the gateway's": {
    message: "unauthorized: gateway token mismatch",
    details: { code: "AUTH_TOKEN_MISMATCH", recommendedNextStep: "retry_with_device_token" },
    code: 10,
    remedy: "--token-file FILE",
  },
};

describe.each(Object.entries(rows))("%s", (_what, { message, details, code, remedy }) => {
  const options = { refusal: { code: "INVALID_REQUEST", message, details } };

  test("ends a host that tries once, with the remedy", async () => {
    await using gateway = new InvokingGateway(options);
    using line = new CommandLine();
    const ended = await line.call("node", "run", "--url", gateway.url, "--once");
    expect(ended.code).toBe(code);
    expect(ended.stderr).toContain(remedy);
  });

  test("does not end a host that stays", async () => {
    await using gateway = new InvokingGateway(options);
    using line = new CommandLine();
    const running = line.call("node", "run", "--url", gateway.url);
    await gateway.until(() => gateway.connects.length > 1, "it tries again");
    await line.signal("SIGTERM");
    const ended = await running;
    expect(ended.code).toBe(0);
    expect(ended.stderr.split(remedy)).toHaveLength(2);
  });
});
