// What all rows share: a gateway in this process, an operator connected to it, nodes as processes
// of their own, and a directory that goes away with them.
import { rmSync } from "node:fs";
import { copyFile, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Operator, connectOperator } from "../../src/operator/operator-connection.ts";
import { systemClock, systemRandom } from "../../src/platform/clock.ts";
import { systemSockets } from "../../src/platform/websocket-client.ts";
import type { Log } from "../../src/platform/ports.ts";
import { EmbeddedGateway, testToken } from "../fakes/embedded-gateway.ts";
import { newDevice } from "../gateway/device.ts";
import { Child } from "../interop/harness/child.ts";
import { ourPart } from "../interop/harness/our-program.ts";
import type { Peers } from "../interop/harness/peers.ts";
import type { Part } from "../interop/harness/stage.ts";
import { cleanUpOnExit } from "./clean-up.ts";
import { type Contender, ourselves, theReference } from "./contender.ts";
import { GatewayTap } from "./gateway-tap.ts";

const OPERATOR_LIMIT_MS = 30_000;

export interface Rig extends AsyncDisposable {
  /** The compiled program under test. */
  readonly binary: string;
  readonly directory: string;
  readonly ours: Contender;
  readonly reference: Contender | undefined;
  readonly tap: GatewayTap;
  readonly port: number;
  readonly token: string;
  readonly operator: Operator;
  /** It is killed at the end if it is still there. */
  start(part: Part): Child;
}

export async function raiseRig(peers: Peers | undefined): Promise<Rig> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "clawdbot-bench-"));
  const children = new Set<Child>();
  const cleanUp = (): void => {
    for (const child of children) child.killNow();
    // A killed process may still be busy with its last file.
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  cleanUpOnExit(cleanUp);
  stack.defer(cleanUp);
  const binary = join(directory, "clawdbot");
  await copyFile(ourPart({ role: "", args: [], home: "" }).argv[0] ?? "", binary);
  const tap = new GatewayTap();
  const gateway = stack.use(new EmbeddedGateway({}, { servers: tap.servers, log: silent }));
  const operator = await connectOperator(
    { clock: systemClock, random: systemRandom, sockets: systemSockets, log: silent },
    {
      route: { url: gateway.url },
      secrets: { token: testToken, password: undefined },
      signer: newDevice(),
      client: { version: "0", platform: process.platform, displayName: "bench" },
      timeoutMs: OPERATOR_LIMIT_MS,
    },
  );
  stack.defer(() => operator.close());
  const whole = stack.move();
  return {
    binary,
    directory,
    ours: ourselves(directory, binary),
    reference: peers && theReference(directory, peers),
    tap,
    port: gateway.port,
    token: testToken,
    operator,
    start({ role, argv, home, env }) {
      const child = new Child({
        role,
        argv,
        launcher: [],
        cwd: home,
        env: { ...smallEnvironment(home), ...env },
      });
      children.add(child);
      return child;
    },
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}

/** What a service manager would give; nodes and bare commands get the same. */
export function smallEnvironment(home: string): Record<string, string> {
  return { HOME: home, TMPDIR: home, PATH: "/usr/local/bin:/usr/bin:/bin", NO_COLOR: "1" };
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
