// TLS with the certificate that the real gateway makes for itself, which only a pin can trust.
import { expect } from "bun:test";
import { startHelper } from "./harness/helper-program.ts";
import { eventually } from "./harness/eventually.ts";
import { ourNodeHome, startOurNode } from "./harness/our-node.ts";
import { OPEN_POLICY } from "./harness/policy-file.ts";
import { ReferenceCli } from "./harness/reference-cli.ts";
import { ReferenceGateway } from "./harness/reference-gateway.ts";
import { onStage } from "./harness/scene.ts";
import type { Stage } from "./harness/stage.ts";

const LISTENER_PORT = 18_791;
const END_LIMIT_MS = 20_000;
const TLS_EXIT = 12;
const WRONG_PIN = "00".repeat(32);

let gateway: ReferenceGateway;
let pin: string;

const scene = onStage(async (stage) => {
  gateway = await ReferenceGateway.start(stage, { tls: true });
  pin = await gateway.fingerprint();
});

async function startNode(stage: Stage, name: string, port: number, ...flags: string[]) {
  const home = await ourNodeHome(stage, OPEN_POLICY);
  return startOurNode(stage, {
    home,
    name,
    port,
    token: gateway.token,
    flags: ["--tls", ...flags],
  });
}

/** Fingerprints are compared as bytes, however they are written. */
function plain(text: string): string {
  return text.replaceAll(":", "").toLowerCase();
}

scene("the right pin connects and runs", async (stage) => {
  const reference = await ReferenceCli.create(stage, {
    url: gateway.url,
    token: gateway.token,
    tlsFingerprint: pin,
  });
  await startNode(stage, "pinned", gateway.port, "--tls-fingerprint", `sha256:${pin}`);
  await eventually("the gateway has paired the node", 20_000, async () =>
    (await gateway.devices("paired")).find((device) => device.displayName === "pinned"),
  );
  expect(await reference.run("pinned", ["/bin/echo", "hi"])).toMatchObject({
    code: 0,
    stdout: "hi\n",
  });
});

scene("a wrong pin is refused, with both fingerprints", async (stage) => {
  const node = await startNode(
    stage,
    "mistaken",
    gateway.port,
    "--tls-fingerprint",
    WRONG_PIN,
    "--once",
  );
  const ended = await node.endsWithin(END_LIMIT_MS);
  expect(ended.code).toBe(TLS_EXIT);
  expect(plain(ended.stderr)).toContain(plain(pin));
  expect(plain(ended.stderr)).toContain(WRONG_PIN);
  const paired = await gateway.devices("paired");
  expect(paired.map((device) => device.displayName)).not.toContain("mistaken");
});

scene("no pin at all is a TLS failure that names the pin as the remedy", async (stage) => {
  const node = await startNode(stage, "trusting", gateway.port, "--once");
  const ended = await node.endsWithin(END_LIMIT_MS);
  expect(ended.code).toBe(TLS_EXIT);
  expect(ended.stderr).toContain("--tls-fingerprint");
});

// A listener with the gateway's own certificate stands in for the gateway and tells what reached
// it. The right pin comes last and shows that the listener would have noticed.
scene("a server that does not match the pin is sent nothing", async (stage) => {
  const { cert, key } = gateway.certificate;
  const listener = await startHelper(stage, "tls-listener", String(LISTENER_PORT), cert, key);

  for (const flags of [["--tls-fingerprint", WRONG_PIN], []]) {
    const node = await startNode(stage, "careful", LISTENER_PORT, ...flags, "--once");
    expect((await node.endsWithin(END_LIMIT_MS)).code).toBe(TLS_EXIT);
  }
  expect(listener.stdout).toMatch(/handshake|refused/);
  expect(listener.stdout).not.toMatch(/received/);

  await startNode(stage, "matching", LISTENER_PORT, "--tls-fingerprint", pin);
  await listener.says(/received \d+ bytes/, END_LIMIT_MS);
});
