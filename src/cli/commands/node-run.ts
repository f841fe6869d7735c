/** `clawdbot node run`: connect, serve, drain. */
import { connectRequest } from "../../client/connect-request.ts";
import { gatewayKey, urlOf } from "../../client/endpoint.ts";
import { type Journal, rememberMs } from "../../journal/journal.ts";
import { routeOf } from "../../client/route.ts";
import { exitCode } from "../../lib/exit-code.ts";
import { maskSecrets } from "../../lib/secret-patterns.ts";
import { approvalsEditor } from "../../node/edit-approvals.ts";
import { getApprovals, setApprovals } from "../../node/handlers/exec-approvals.ts";
import { searchIn } from "../../node/admit-run.ts";
import type { Asking } from "../../node/ask-owner.ts";
import { systemRun } from "../../node/handlers/system-run.ts";
import { systemRunPrepare } from "../../node/handlers/system-run-prepare.ts";
import { systemWhich } from "../../node/handlers/system-which.ts";
import { CommandApprovalWatch } from "../../node/command-approval.ts";
import { ConnectionReport } from "../../node/connection-report.ts";
import type { InvokeHandler } from "../../node/invoke.ts";
import { IssuedPlans } from "../../node/issued-plans.ts";
import { NodeHost, type HandlerContext } from "../../node/node-host.ts";
import { nodeProfile } from "../../node/profile.ts";
import { HostStatusBook } from "../../node/host-status.ts";
import { policyStatus, reportPolicy } from "../../node/policy-report.ts";
import { QuietMemory } from "../../node/quiet-memory.ts";
import { skillBins } from "../../node/skill-bins.ts";
import { UsageRecord } from "../../node/usage-record.ts";
import { RunLedger } from "../../node/run-ledger.ts";
import { LeaveRule } from "../../node/serve-until.ts";
import { type Supervision, supervision, unsupervised, watchdogMs } from "../../node/supervision.ts";
import { approvalsStore } from "../../state/approvals-file.ts";
import { readUsage, writeUsage } from "../../state/approvals-usage.ts";
import { commit, version } from "../../version.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { withEnvironmentFiles } from "../environment-files.ts";
import { journalRetention, openJournal } from "../journal-flags.ts";
import { nodeExecFlags } from "./node-exec-flags.ts";
import { type NodeExecution, prepareExecution } from "./node-exec-setup.ts";
import { nodeRunArgs, nodeRunHelp, repeatableNodeRunArgs } from "./node-run-args.ts";
import { localDoor } from "./node-door.ts";
import { type NodeSetup, prepareNode } from "./node-setup.ts";

export const nodeRun = defineCommand({
  ...nodeRunHelp,
  args: nodeRunArgs,
  repeatable: repeatableNodeRunArgs,
  async run(outer, { args, repeated }) {
    const context = withEnvironmentFiles(outer, repeated["env-file"] ?? []);
    const retention = journalRetention(args);
    const flags = nodeExecFlags(context, args, repeated["cwd-map"] ?? []);
    const setup = await prepareNode(context, args);
    try {
      const execution = await prepareExecution(context, flags, setup.agentLimits, setup.log);
      const journal = await openJournal(context, setup.log, setup.paths.journal, retention);
      const code = await serve(context, setup, { journal, execution });
      journal.close();
      return code;
    } finally {
      setup.release();
    }
  },
});

interface Opened {
  readonly journal: Journal;
  readonly execution: NodeExecution;
}

/** When the first attempt to connect has no end. */
const doorOpensMs = 1000;

async function serve(
  context: CliContext,
  setup: NodeSetup,
  { journal, execution }: Opened,
): Promise<number> {
  const { log, settings } = setup;
  const url = (): string => urlOf(setup.gateway().endpoint);
  const report = new ConnectionReport(log, {
    url,
    deviceId: setup.identity.deviceId,
    leaves: settings.patience.once,
    secretGiven: () => setup.secretGiven(),
  });
  const leave = new LeaveRule(settings.patience);
  const left = Promise.withResolvers<number>();
  const supervised = await supervise(context, url());
  const path = execution.env["PATH"] ?? execution.env["Path"] ?? "";
  const profile = nodeProfile({
    nodeId: setup.config.nodeId,
    displayName: setup.config.displayName ?? "clawdbot",
    version,
    platform: context.machine.platform,
    path,
  });
  const usage = new UsageRecord({
    clock: context.clock,
    log,
    load: () => readUsage(context.files, setup.paths),
    store: (entries) => writeUsage(context.files, setup.paths, entries),
    redact: (text) => context.redactor.apply(text),
  });
  const ledger = new RunLedger(
    { clock: context.clock, log, journal },
    { gateway: gatewayKey(setup.gateway().endpoint), nodeId: setup.identity.deviceId },
  );
  const { approvals: policyFile } = setup.paths;
  const policy = approvalsOf(context, setup);
  reportPolicy(policy, policyFile, log);
  const book = new HostStatusBook(context.clock, {
    pid: context.machine.pid,
    version,
    commit,
    deviceId: setup.identity.deviceId,
    nodeId: setup.config.nodeId,
    displayName: setup.config.displayName ?? "clawdbot",
    limits: execution.limits,
    path,
    url,
    redact: (text) => maskSecrets(context.redactor.apply(text)),
    secretGiven: () => setup.secretGiven(),
    policy: () => policyStatus(policy, policyFile),
    runs: () => ({
      running: host.runningCount,
      started: ledger.startedRuns,
      awaitingApproval: door.asking?.approvals.list().pending.length ?? null,
    }),
    memoryBytes: () => context.memoryBytes(),
    commandsWaiting: () => approval.waiting,
  });
  const door = await localDoor(context, setup, () => book.status());
  const { asking } = door;
  const host = new NodeHost(
    { clock: context.clock, random: context.random, sockets: context.sockets, log },
    {
      route: () => routeOf(setup.route(), context.env),
      credentials: () => setup.credentials(),
      connectParams(handshake) {
        // Signed with the gateway's time, where it says one.
        if (handshake.nonce !== undefined) book.heardTime(handshake.signedAtMs);
        return connectRequest(profile, setup.identity, handshake);
      },
      handlers: (handlerContext) =>
        handlersOf(context, setup, execution, { ...handlerContext, asking, usage, ledger }),
      onEvent: (event, payload) => approval.onEvent(event, payload),
      backlog: ledger.backlog,
      onAnswered(id, end) {
        ledger.answered(id, end);
        quiet.ran();
      },
      onState(state) {
        report.show(state);
        book.show(state);
        // Now nothing is in a hurry any more.
        if (state.phase.name === "connected" || state.phase.name === "waiting") void door.open();
        supervised.show(state);
        if (state.phase.name === "connected") {
          setup.accepted(state.phase.hello);
          approval.connected(state.phase.hello);
        } else {
          approval.disconnected();
        }
        if (state.phase.name === "waiting") setup.failed(state.phase.failure);
        const code = leave.judge(state);
        if (code !== undefined) left.resolve(code);
      },
    },
  );
  const quiet = new QuietMemory(
    {
      clock: context.clock,
      running: () => host.runningCount,
      forgetOld: () => ledger.forgetOld(),
      releaseMemory: () => context.releaseMemory(),
    },
    rememberMs,
  );
  const approval = new CommandApprovalWatch({
    clock: context.clock,
    log,
    deviceId: setup.identity.deviceId,
    url,
    request: (method, params) => host.request(method, params),
    renew: () => host.renew(),
  });
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
  const cancelOpen = context.clock.after(doorOpensMs, () => void door.open());
  supervised.ready();
  try {
    const code = await left.promise;
    cancelWait?.();
    supervised.stopping();
    await host.drain(settings.drainMs);
    usage.flush();
    cancelSignals();
    return code;
  } finally {
    cancelOpen();
    quiet.stop();
    await door.close();
  }
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

/** The gateway waits for an answer; another edit takes as long as one write to the disk. */
const editPatienceMs = 500;

function approvalsOf(context: CliContext, setup: NodeSetup): ReturnType<typeof approvalsStore> {
  return approvalsStore(context.files, setup.paths.approvals, context.machine.uid);
}

interface HostPorts extends HandlerContext {
  readonly asking: Asking | undefined;
  readonly usage: UsageRecord;
  readonly ledger: RunLedger;
}

function handlersOf(
  context: CliContext,
  setup: NodeSetup,
  { env, cwd, home, settings: execution }: NodeExecution,
  host: HostPorts,
): ReturnType<ConstructorParameters<typeof NodeHost>[1]["handlers"]> {
  const { machine, files, clock, random, spawner } = context;
  const approvals = approvalsOf(context, setup);
  const editPorts = { ...context, approvals };
  const editApprovals = approvalsEditor(editPorts, setup.paths, editPatienceMs);
  const search = searchIn(env, cwd, machine.platform === "win32");
  const { gateway, ledger, ...hostPorts } = host;
  const { trustApprovals, lockApprovals } = setup.settings;
  const plans = new IssuedPlans();
  const { log } = setup;
  const run = { clock, files, log, random, spawner, approvals, editApprovals, plans };
  const bins = skillBins({ clock, log, request: host.request });
  const ports = { ...run, skillBins: bins, recorder: ledger, ...hostPorts };
  const settings = {
    env,
    cwd,
    home,
    platform: machine.platform,
    trustApprovals,
    lockApprovals,
    strictInlineEval: setup.settings.strictInlineEval,
    execution,
    gateway,
  };
  const recorded = (method: string, handler: InvokeHandler): Record<string, InvokeHandler> => ({
    [method]: ledger.recorded(method, handler),
  });
  const locked = lockApprovals;
  return {
    "system.run": ledger.exactlyOnce(systemRun(ports, settings)),
    ...recorded("system.run.prepare", systemRunPrepare(ports, settings)),
    ...recorded("system.which", systemWhich(files, search)),
    ...recorded("system.execApprovals.get", getApprovals(approvals)),
    ...recorded("system.execApprovals.set", setApprovals(editApprovals, random, log, { locked })),
  };
}
