// A node host in this process: real connection, real commands, real policy file, collected log.
import type { UsedEntry } from "../../src/approvals/used-entries.ts";
import { connectRequest } from "../../src/client/connect-request.ts";
import { parseGatewayUrl } from "../../src/client/endpoint.ts";
import { routeOf } from "../../src/client/route.ts";
import type { ConnectionState } from "../../src/client/connection-state.ts";
import { approvalsEditor } from "../../src/node/edit-approvals.ts";
import { getApprovals, setApprovals } from "../../src/node/handlers/exec-approvals.ts";
import { searchIn } from "../../src/node/admit-run.ts";
import { systemRun } from "../../src/node/handlers/system-run.ts";
import { systemRunPrepare } from "../../src/node/handlers/system-run-prepare.ts";
import { systemWhich } from "../../src/node/handlers/system-which.ts";
import { type Journal, noJournal } from "../../src/journal/journal.ts";
import { type ExecutionSettings, plainExecution } from "../../src/node/execution-settings.ts";
import type { InvokeHandler } from "../../src/node/invoke.ts";
import { IssuedPlans } from "../../src/node/issued-plans.ts";
import { NodeHost } from "../../src/node/node-host.ts";
import { PendingApprovals } from "../../src/node/pending-approvals.ts";
import { RunLedger } from "../../src/node/run-ledger.ts";
import { nodeProfile } from "../../src/node/profile.ts";
import { skillBins } from "../../src/node/skill-bins.ts";
import { systemSpawner } from "../../src/platform/child-process.ts";
import { systemClock, systemRandom } from "../../src/platform/clock.ts";
import { systemKernelLock } from "../../src/platform/kernel-lock.ts";
import { systemFiles } from "../../src/platform/files.ts";
import { systemSockets } from "../../src/platform/websocket-client.ts";
import { approvalsStore } from "../../src/state/approvals-file.ts";
import { loadOrCreateIdentity } from "../../src/state/device-identity.ts";
import { pathsIn } from "../../src/state/paths.ts";
import { CollectedLog } from "../fakes/collected-log.ts";
import { InvokingGateway, type InvokingOptions } from "../fakes/invoking-gateway.ts";
import { Scratch } from "../fakes/scratch.ts";

export const everything = { version: 1, defaults: { security: "full", ask: "off" } };

export interface RunningNodeOptions {
  /** Content of exec-approvals.json; a text is written as it is. */
  readonly policy?: unknown;
  readonly gateway?: InvokingOptions;
  readonly env?: Record<string, string>;
  readonly trustApprovals?: boolean;
  readonly lockApprovals?: boolean;
  readonly strictInlineEval?: boolean;
  /** Longest wait for the owner's answer, milliseconds; undefined: nobody is asked. */
  readonly askMs?: number;
  readonly journal?: Journal;
  /** What the gateway is known by; its address unless it is to be taken for another one. */
  readonly gatewayName?: string;
  readonly execution?: Partial<ExecutionSettings>;
  readonly handlers?: Readonly<Record<string, InvokeHandler>>;
}

export class RunningNode extends Scratch implements AsyncDisposable {
  readonly log = new CollectedLog();
  readonly gateway: InvokingGateway;
  readonly host: NodeHost;
  readonly states: ConnectionState[] = [];
  readonly home: string;
  /** What the host noted about its allowlist, as texts. */
  readonly used: string[] = [];
  readonly usage = {
    note: (agent: string, used: readonly UsedEntry[], command: string): void => {
      for (const { pattern, path } of used)
        this.used.push(`${agent}: ${pattern} ${path} (${command})`);
    },
  };
  readonly approvals = new PendingApprovals(systemClock, systemRandom);
  readonly gatewayName: string;
  /** Where the node looks for its gateway. */
  url: string;

  constructor(options: RunningNodeOptions = {}) {
    super();
    this.home = this.directory("home");
    if (options.policy !== undefined) this.policy(options.policy);
    this.gateway = new InvokingGateway(options.gateway);
    this.url = this.gateway.url;
    this.gatewayName = options.gatewayName ?? `127.0.0.1:${this.gateway.port}`;
    this.host = this.#host(options);
  }

  static async connected(options: RunningNodeOptions = {}): Promise<RunningNode> {
    const node = new RunningNode(options);
    node.host.start();
    await node.gateway.until(() => node.gateway.connected, "the node connects");
    return node;
  }

  policy(content: unknown): string {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    return this.file("home/exec-approvals.json", text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.host.killAll();
    await this.host.drain(0);
    await this.gateway[Symbol.asyncDispose]();
    this[Symbol.dispose]();
  }

  #host(options: RunningNodeOptions): NodeHost {
    const paths = pathsIn(this.home);
    const ports = {
      clock: systemClock,
      // The shortest wait before another attempt.
      random: { ...systemRandom, unit: () => 0 },
      sockets: systemSockets,
      log: this.log,
    };
    const identity = loadOrCreateIdentity(systemFiles, paths, paths, systemClock);
    const env = { PATH: "/usr/bin:/bin", HOME: this.home, ...options.env };
    const profile = nodeProfile({
      nodeId: "n-1",
      displayName: "test",
      version: "9.9.9",
      platform: process.platform,
      path: env.PATH,
    });
    const approvals = approvalsStore(systemFiles, paths.approvals, process.getuid?.());
    const editApprovals = approvalsEditor(
      {
        files: systemFiles,
        clock: systemClock,
        kernelLock: () => Promise.resolve(systemKernelLock),
        approvals,
      },
      paths,
      500,
    );
    const asking =
      options.askMs === undefined
        ? undefined
        : {
            approvals: this.approvals,
            timeoutMs: options.askMs,
            approveCommand: (id: string) => `clawdbot approvals approve ${id}`,
          };
    const ledger = new RunLedger(
      { ...ports, journal: options.journal ?? noJournal },
      { gateway: this.gatewayName, nodeId: "the-node" },
    );
    return new NodeHost(ports, {
      route: () => {
        const endpoint = parseGatewayUrl(this.url, "--url");
        return routeOf({ endpoint, pin: undefined, ca: undefined, allowInsecure: false }, {});
      },
      credentials: () => ({ deviceToken: undefined, sharedToken: "t", password: undefined }),
      connectParams: (handshake) => connectRequest(profile, identity, handshake),
      onState: (state) => void this.states.push(state),
      backlog: ledger.backlog,
      onAnswered: (id, end) => ledger.answered(id, end),
      handlers: ({ gateway, ...host }) => {
        const runPorts = {
          ...ports,
          files: systemFiles,
          spawner: systemSpawner,
          plans: new IssuedPlans(),
          approvals,
          editApprovals,
          asking,
          usage: this.usage,
          recorder: ledger,
          skillBins: skillBins({ ...ports, request: host.request }),
          ...host,
        };
        const settings = {
          env,
          cwd: this.home,
          home: this.home,
          platform: process.platform,
          trustApprovals: options.trustApprovals ?? false,
          lockApprovals: options.lockApprovals ?? false,
          strictInlineEval: options.strictInlineEval ?? false,
          execution: { ...plainExecution, ...options.execution },
          gateway,
        };
        return {
          "system.run": ledger.exactlyOnce(systemRun(runPorts, settings)),
          "system.run.prepare": systemRunPrepare(runPorts, settings),
          "system.which": systemWhich(systemFiles, searchIn(env, this.home, false)),
          "system.execApprovals.get": getApprovals(approvals),
          "system.execApprovals.set": setApprovals(editApprovals, systemRandom, this.log, {
            locked: false,
          }),
          ...options.handlers,
        };
      },
    });
  }
}
