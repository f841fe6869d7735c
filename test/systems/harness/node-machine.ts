// A container with a gateway of ours on its loopback, which comes back with every boot, and an
// operator who asks that gateway what it sees.
import type { Ended } from "../../interop/harness/child.ts";
import { eventually } from "../../interop/harness/eventually.ts";
import { Container } from "./container.ts";
import type { Init } from "./debian-root.ts";

const port = 18_789;
export const gatewayUrl = `ws://127.0.0.1:${port}/`;
export const token = "the-token-of-this-test";
/** Nothing takes longer that works: a restart waits 5 seconds, a new attempt to connect 30. */
const CONNECT_LIMIT_MS = 45_000;

const gateway = `#!/bin/sh
export CLAWDBOT_STATE_DIR=/var/lib/gateway
exec /usr/local/bin/clawdbot gateway run --port ${port} --token-file /etc/gateway-token
`;
const gatewayUnit = `[Service]
ExecStart=/usr/local/sbin/gateway
Restart=always

[Install]
WantedBy=multi-user.target
`;

export class NodeMachine implements AsyncDisposable {
  readonly container: Container;

  private constructor(container: Container) {
    this.container = container;
  }

  static async boot(name: string, init: Init): Promise<NodeMachine> {
    const container = await Container.create(name, init);
    const machine = new NodeMachine(container);
    container.write("/usr/local/sbin/gateway", gateway, 0o755);
    container.write("/etc/gateway-token", `${token}\n`, 0o600);
    if (init === "systemd") {
      container.write("/etc/systemd/system/gateway.service", gatewayUnit);
      container.link(
        "/etc/systemd/system/multi-user.target.wants/gateway.service",
        "../gateway.service",
      );
    } else {
      container.append("/etc/inittab", "gw:2345:respawn:/usr/local/sbin/gateway\n");
    }
    try {
      await container.boot();
      await eventually("the gateway answers", CONNECT_LIMIT_MS, async () => machine.nodes());
    } catch (error) {
      await container[Symbol.asyncDispose]();
      throw error;
    }
    return machine;
  }

  /** `clawdbot node WORDS…` as root. */
  node(...words: string[]): Promise<Ended> {
    return this.container.run(["clawdbot", "node", ...words]);
  }

  /** `clawdbot node install`, with the token where it may stand. */
  install(...words: string[]): Promise<Ended> {
    const argv = ["clawdbot", "node", "install", "--port", String(port), ...words];
    return this.container.run(argv, { CLAWDBOT_GATEWAY_TOKEN: token });
  }

  /** The same by somebody who has logged in. */
  installAs(user: string, ...words: string[]): Promise<Ended> {
    const argv = ["clawdbot", "node", "install", "--port", String(port), ...words];
    return this.container.runAs(user, argv, { CLAWDBOT_GATEWAY_TOKEN: token });
  }

  /** What an operator's program says, against the gateway. */
  operator(...words: string[]): Promise<Ended> {
    return this.container.run(["clawdbot", ...words], {
      CLAWDBOT_GATEWAY_TOKEN: token,
      CLAWDBOT_GATEWAY_URL: gatewayUrl,
    });
  }

  async nodes(): Promise<any[]> {
    return JSON.parse((await this.operator("nodes", "status", "--json")).stdout).nodes;
  }

  /** Since when the gateway has the node's connection: one that is newer than `after`. */
  async connected(name: string, after = 0): Promise<number> {
    const asked = eventually(`the gateway has node "${name}"`, CONNECT_LIMIT_MS, async () => {
      const nodes = await this.nodes();
      const found = nodes.find(({ displayName }) => displayName === name);
      return found?.connected === true && found.connectedAtMs > after
        ? found.connectedAtMs
        : undefined;
    });
    try {
      return await asked;
    } catch (error) {
      const { stdout } = await this.node("status");
      throw new Error(`${stdout}${this.container.log()}`, { cause: error });
    }
  }

  async isConnected(name: string): Promise<boolean> {
    const found = (await this.nodes()).find(({ displayName }) => displayName === name);
    return found?.connected === true;
  }

  /** Runs a command on the node, through the gateway. */
  runOn(name: string, ...argv: string[]): Promise<Ended> {
    return this.operator("nodes", "run", "--node", name, "--", ...argv);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.container[Symbol.asyncDispose]();
  }
}
