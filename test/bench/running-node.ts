// A node from its start to its end.
import { randomUUID } from "node:crypto";
import { invokeNode } from "../../src/operator/invoke-node.ts";
import { listNodes } from "../../src/operator/node-list.ts";
import { systemClock } from "../../src/platform/clock.ts";
import type { NodeInfo } from "../../src/protocol/node-list.ts";
import type { Child } from "../interop/harness/child.ts";
import { eventually } from "../interop/harness/eventually.ts";
import type { Contender } from "./contender.ts";
import type { Rig } from "./rig.ts";

const CONNECT_LIMIT_MS = 60_000;
const RUN_LIMIT_MS = 60_000;

export class RunningNode implements AsyncDisposable {
  readonly #rig: Rig;
  readonly #child: Child;
  readonly info: NodeInfo;
  /** From the start of the process until its connect request was at the gateway. */
  readonly connectMs: number;

  private constructor(rig: Rig, child: Child, info: NodeInfo, connectMs: number) {
    this.#rig = rig;
    this.#child = child;
    this.info = info;
    this.connectMs = connectMs;
  }

  static async start(rig: Rig, contender: Contender, home: string): Promise<RunningNode> {
    const name = `bench-${randomUUID().slice(0, 8)}`;
    const connect = rig.tap.nextConnect();
    const startedAt = performance.now();
    const { port, token } = rig;
    const child = rig.start(contender.node({ home, name, port, token }));
    const late = Promise.withResolvers<undefined>();
    const cancelLimit = systemClock.after(CONNECT_LIMIT_MS, () => late.resolve(undefined));
    const connectedAt = await Promise.race([connect, late.promise, child.ended]);
    cancelLimit();
    if (typeof connectedAt !== "number") throw new Error(`never connected\n${child.transcript()}`);
    const info = await eventually(`${name} is connected`, CONNECT_LIMIT_MS, async () =>
      (await listNodes(rig.operator)).find((node) => node.displayName === name && node.connected),
    );
    return new RunningNode(rig, child, info, connectedAt - startedAt);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Anything but success is thrown: a refusal would be fast. */
  async run(command: readonly string[]): Promise<void> {
    const payload = await invokeNode(this.#rig.operator, {
      node: this.info,
      command: "system.run",
      params: { command },
      timeoutMs: RUN_LIMIT_MS,
      idempotencyKey: randomUUID(),
    });
    if (!isSuccess(payload)) throw new Error(`"${command.join(" ")}": ${JSON.stringify(payload)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stop();
  }
}

function isSuccess(payload: unknown): boolean {
  return typeof payload === "object" && payload !== null && "success" in payload
    ? payload.success === true
    : false;
}
