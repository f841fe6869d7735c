// Our command line as the operator, against whichever gateway.
import { fileURLToPath } from "node:url";
import {
  Invoked,
  type ListedNode,
  NodeList,
  PendingList,
  RpcAnswer,
  RunResult,
} from "./answers.ts";
import type { Ended } from "./child.ts";
import { eventually } from "./eventually.ts";
import type { GatewayAddress } from "./gateway-address.ts";
import { ourPart } from "./our-program.ts";
import type { Stage } from "./stage.ts";

const CALL_LIMIT_MS = 45_000;
/** OpenClaw's own node host takes its time to start. */
const CONNECT_LIMIT_MS = 90_000;
const CALL_SCRIPT = import.meta.resolve("../scripts/operator-call.ts");

export class OurOperator {
  readonly #stage: Stage;
  readonly #home: string;
  readonly #gateway: GatewayAddress;

  private constructor(stage: Stage, home: string, gateway: GatewayAddress) {
    this.#stage = stage;
    this.#home = home;
    this.#gateway = gateway;
  }

  static async create(stage: Stage, gateway: GatewayAddress): Promise<OurOperator> {
    return new OurOperator(stage, await stage.home("operator"), gateway);
  }

  async call(...args: string[]): Promise<Ended> {
    const part = ourPart({
      role: "our operator",
      args,
      home: this.#home,
      token: this.#gateway.token,
      env: { CLAWDBOT_GATEWAY_URL: this.#gateway.url },
    });
    return this.#stage.run(part, CALL_LIMIT_MS);
  }

  /** The same with `--json`, which has to succeed. */
  async json(...args: string[]): Promise<unknown> {
    const ended = await this.call(...args, "--json");
    if (ended.code !== 0) throw new Error(`"clawdbot ${args.join(" ")}" ended with ${ended.code}`);
    return JSON.parse(ended.stdout);
  }

  /** `nodes run`: what the command says, and its exit code. */
  async run(node: string, argv: readonly string[], flags: readonly string[] = []): Promise<Ended> {
    return this.call("nodes", "run", "--node", node, ...flags, "--", ...argv);
  }

  /** `nodes invoke` as a call that may fail. */
  async invoke(node: string, command: string, params: unknown): Promise<Ended> {
    const asked = ["--command", command, "--params", JSON.stringify(params)];
    return this.call("nodes", "invoke", "--node", node, ...asked, "--json");
  }

  /** The result of a `system.run` that the node did not refuse. */
  async runResult(node: string, params: Record<string, unknown>): Promise<RunResult> {
    const ended = await this.invoke(node, "system.run", params);
    if (ended.code !== 0) throw new Error(`"nodes invoke" ended with ${ended.code}`);
    return RunResult.parse(Invoked.parse(JSON.parse(ended.stdout)).payload);
  }

  /** Any request at all, in the name of the same device; the Gateway's refusal is an answer. */
  async rpc(method: string, params: unknown): Promise<RpcAnswer> {
    const ended = await this.#stage.run(
      {
        role: `operator: ${method}`,
        argv: [process.execPath, fileURLToPath(CALL_SCRIPT), method, JSON.stringify(params)],
        home: this.#home,
        env: {
          CLAWDBOT_GATEWAY_URL: this.#gateway.url,
          CLAWDBOT_GATEWAY_TOKEN: this.#gateway.token,
        },
      },
      CALL_LIMIT_MS,
    );
    if (ended.code !== 0) throw new Error(`${method} ended with ${ended.code}`);
    return RpcAnswer.parse(JSON.parse(ended.stdout));
  }

  async nodes(): Promise<readonly ListedNode[]> {
    return NodeList.parse(await this.json("nodes", "status")).nodes;
  }

  /** Waits until the gateway holds a connection of the node. */
  async untilConnected(
    name: string,
    is: (node: ListedNode) => boolean = () => true,
  ): Promise<ListedNode> {
    return eventually(`node "${name}" is connected`, CONNECT_LIMIT_MS, async () =>
      (await this.nodes()).find(
        (node) => node.displayName === name && node.connected === true && is(node),
      ),
    );
  }

  /** The id of what waits for an operator: a device, or its commands. */
  async pendingRequest(name: string): Promise<string> {
    return eventually(`a request of "${name}" waits`, CONNECT_LIMIT_MS, async () => {
      const { pending } = PendingList.parse(await this.json("nodes", "pending"));
      return pending.find(({ displayName }) => displayName === name)?.requestId;
    });
  }

  /** The second approval of OpenClaw: what the node may be asked for. */
  async approveCommands(name: string): Promise<ListedNode> {
    const ended = await this.call("nodes", "approve", await this.pendingRequest(name));
    if (ended.code !== 0) throw new Error(`"nodes approve" ended with ${ended.code}`);
    return this.untilConnected(name, ({ commands }) => commands.length > 0);
  }

  async untilDisconnected(name: string): Promise<void> {
    await eventually(
      `node "${name}" is gone`,
      CONNECT_LIMIT_MS,
      async () =>
        (await this.nodes()).every(
          (node) => node.displayName !== name || node.connected !== true,
        ) || undefined,
    );
  }
}
