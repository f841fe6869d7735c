/** `clawdbot node run`: connect, serve, drain. */
import { connectRequest } from "../../client/connect-request.ts";
import { urlOf } from "../../client/endpoint.ts";
import { routeOf } from "../../client/route.ts";
import { exitCode } from "../../lib/exit-code.ts";
import { getApprovals, setApprovals } from "../../node/handlers/exec-approvals.ts";
import { searchIn } from "../../node/admit-run.ts";
import { systemRun } from "../../node/handlers/system-run.ts";
import { systemWhich } from "../../node/handlers/system-which.ts";
import { ConnectionReport } from "../../node/connection-report.ts";
import { NodeHost, type HandlerContext } from "../../node/node-host.ts";
import { nodeProfile } from "../../node/profile.ts";
import { reportPolicy } from "../../node/policy-report.ts";
import { LeaveRule } from "../../node/serve-until.ts";
import { type Supervision, supervision, unsupervised, watchdogMs } from "../../node/supervision.ts";
import { approvalsStore } from "../../state/approvals-file.ts";
import { homeDirectory } from "../../state/paths.ts";
import { version } from "../../version.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { withEnvironmentFiles } from "../environment-files.ts";
import { nodeRunArgs, nodeRunHelp, repeatableNodeRunArgs } from "./node-run-args.ts";
import { type NodeSetup, prepareNode } from "./node-setup.ts";

export const nodeRun = defineCommand({
  ...nodeRunHelp,
  args: nodeRunArgs,
  repeatable: repeatableNodeRunArgs,
  async run(outer, { args, repeated }) {
    const context = withEnvironmentFiles(outer, repeated["env-file"] ?? []);
    const setup = await prepareNode(context, args);
    try {
      return await serve(context, setup);
    } finally {
      setup.release();
    }
  },
});

async function serve(context: CliContext, setup: NodeSetup): Promise<number> {
  const { log, settings } = setup;
  const url = urlOf(settings.gateway.endpoint);
  const report = new ConnectionReport(log, {
    url,
    deviceId: setup.identity.deviceId,
    leaves: settings.patience.once,
    secretGiven: () => setup.secretGiven(),
  });
  const leave = new LeaveRule(settings.patience);
  const left = Promise.withResolvers<number>();
  const supervised = await supervise(context, url);
  const path = context.env["PATH"] ?? context.env["Path"] ?? "";
  const profile = nodeProfile({
    nodeId: setup.config.nodeId,
    displayName: setup.config.displayName ?? "clawdbot",
    version,
    platform: context.machine.platform,
    path,
  });
  reportPolicy(approvalsOf(context, setup), setup.paths.approvals, log);
  const host = new NodeHost(
    { clock: context.clock, random: context.random, sockets: context.sockets, log },
    {
      route: () => routeOf(setup.route(), context.env),
      credentials: () => setup.credentials(),
      connectParams: (handshake) => connectRequest(profile, setup.identity, handshake),
      handlers: (handlerContext) => handlersOf(context, setup, handlerContext),
      onState(state) {
        report.show(state);
        supervised.show(state);
        if (state.phase.name === "connected") setup.rememberToken(state.phase.hello);
        const code = leave.judge(state);
        if (code !== undefined) left.resolve(code);
      },
    },
  );
  const { waitForPairingMs } = settings.patience;
  const cancelWait =
    waitForPairingMs === undefined
      ? undefined
      : context.clock.after(waitForPairingMs, () => {
          const code = leave.expire();
          if (code !== undefined) left.resolve(code);
        });
  const cancelSignals = onSignals(context, host, setup, left.resolve);
  host.start();
  supervised.ready();
  const code = await left.promise;
  cancelWait?.();
  supervised.stopping();
  await host.drain(settings.drainMs);
  cancelSignals();
  return code;
}

/** Where systemd started us it wants to know how we are. */
async function supervise(context: CliContext, url: string): Promise<Supervision> {
  const { env, clock, machine } = context;
  const address = env["NOTIFY_SOCKET"];
  const notifier = address === undefined ? undefined : await context.serviceNotifier(address);
  if (notifier === undefined) return unsupervised;
  return supervision(notifier, clock, { url, watchdogMs: watchdogMs(env, machine.pid) });
}

const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** The first signal drains; the next one ends every command and the host. */
function onSignals(
  context: CliContext,
  host: NodeHost,
  { log, settings }: NodeSetup,
  leave: (code: number) => void,
): () => void {
  let signals = 0;
  return context.onSignal((signal) => {
    signals += 1;
    if (signals === 1) {
      const waiting =
        host.runningCount === 0
          ? {}
          : { running: host.runningCount, seconds: settings.drainMs / 1000 };
      log.info(`${signal}: stopping`, waiting);
      return leave(exitCode.ok);
    }
    log.warn(`${signal} again: ending all commands now`);
    host.killAll();
    context.exit(exitCode.signalBase + signalNumbers[signal]);
  });
}

function approvalsOf(context: CliContext, setup: NodeSetup): ReturnType<typeof approvalsStore> {
  return approvalsStore(context.files, setup.paths.approvals, context.machine.uid);
}

function handlersOf(
  context: CliContext,
  setup: NodeSetup,
  host: HandlerContext,
): ReturnType<ConstructorParameters<typeof NodeHost>[1]["handlers"]> {
  const { env, machine, files, clock, random, spawner } = context;
  const approvals = approvalsOf(context, setup);
  const search = searchIn(env, machine.cwd, machine.platform === "win32");
  const { running, sendEvent, gateway } = host;
  return {
    "system.run": systemRun(
      { clock, files, log: setup.log, random, spawner, approvals, sendEvent, running },
      {
        env,
        cwd: machine.cwd,
        home: homeDirectory(env),
        platform: machine.platform,
        trustApprovals: setup.settings.trustApprovals,
        lockApprovals: setup.settings.lockApprovals,
        gateway,
      },
    ),
    "system.which": systemWhich(files, search),
    "system.execApprovals.get": getApprovals(approvals),
    "system.execApprovals.set": setApprovals(approvals, random, setup.log, {
      locked: setup.settings.lockApprovals,
    }),
  };
}
