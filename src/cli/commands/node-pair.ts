/** `node install --pair`: this machine becomes a node before there is a service. */
import type { ParsedArgs } from "citty";

import { connectRequest } from "../../client/connect-request.ts";
import { GatewayConnection } from "../../client/connection.ts";
import { urlOf } from "../../client/endpoint.ts";
import type { Failure } from "../../client/failure.ts";
import { exitCodeOf, hintOf } from "../../client/remedy.ts";
import { routeOf } from "../../client/route.ts";
import { formatDuration } from "../../lib/duration.ts";
import { UsageError, UserError } from "../../lib/errors.ts";
import { ConnectionReport } from "../../node/connection-report.ts";
import { nodeProfile } from "../../node/profile.ts";
import { LeaveRule } from "../../node/serve-until.ts";
import type { Account } from "../../service/service-spec.ts";
import { version } from "../../version.ts";
import type { CliContext } from "../context.ts";
import type { nodeInstallArgs } from "./node-install-args.ts";
import { type NodeSetup, checkWithCode, takeState } from "./node-setup.ts";

type InstallFlags = ParsedArgs<typeof nodeInstallArgs>;

/** A person waits. */
const limitMs = 60_000;

export function wantsPairing({ env }: CliContext, args: InstallFlags): boolean {
  const code = args.pair ?? args["pair-if-needed"] ?? env["CLAWDBOT_PAIR_CODE"]?.trim();
  return code !== undefined && code !== "";
}

/** What a code would be wasted on. */
export function refusePairing(args: InstallFlags, account: Account | undefined): void {
  if (args.print === true) {
    throw new UsageError("Cannot use a setup code with --print: it would be used up");
  }
  if (account === undefined || account.name === "root") return;
  throw new UserError(
    `Cannot pair for ${account.name}: the token would belong to root, wanted is a file of ${account.name}`,
    {
      hint: `Install without a code first; then: sudo -Hu ${account.name} clawdbot node run --pair CODE --once, and start the service`,
    },
  );
}

/** Returns once this machine has a token of its own; one that needs none stays as it is. */
export async function pairFirst(context: CliContext, args: InstallFlags): Promise<void> {
  const checked = await checkWithCode(context, args);
  if (checked.code === undefined) return;
  const setup = await takeState(context, args, checked);
  try {
    const failure = await letIn(context, setup);
    if (failure === undefined) return;
    throw new UserError(
      `Cannot pair with "${urlOf(setup.gateway().endpoint)}": ${failure.message}`,
      {
        exitCode: exitCodeOf(failure),
        hint: hintOf(failure, true),
      },
    );
  } finally {
    setup.release();
  }
}

/** Undefined: the Gateway issued a token, and it is stored. */
async function letIn(context: CliContext, setup: NodeSetup): Promise<Failure | undefined> {
  const { clock, random, sockets, env, machine } = context;
  const { log, identity, config } = setup;
  const { promise, resolve } = Promise.withResolvers<Failure | undefined>();
  const report = new ConnectionReport(log, {
    url: () => urlOf(setup.gateway().endpoint),
    deviceId: identity.deviceId,
    leaves: true,
    secretGiven: () => setup.secretGiven(),
  });
  const leave = new LeaveRule({ once: false, waitForPairingMs: limitMs });
  // What a code approves is what is declared now: the same as every later time.
  const profile = nodeProfile({
    nodeId: config.nodeId,
    displayName: config.displayName ?? "clawdbot",
    version,
    platform: machine.platform,
    path: env["PATH"] ?? env["Path"] ?? "",
  });
  let last: Failure = { kind: "timeout", message: `no answer in ${formatDuration(limitMs)}` };
  const connection = new GatewayConnection(
    { clock, random, sockets, log },
    {
      route: () => routeOf(setup.route(), env),
      credentials: () => setup.credentials(),
      connectParams: (handshake) => connectRequest(profile, identity, handshake),
      onEvent: () => {},
      onState(state) {
        const { phase } = state;
        report.show(state);
        if (phase.name === "connected") {
          const issued = phase.hello.auth?.deviceToken !== undefined;
          if (issued) setup.accepted(phase.hello);
          resolve(issued ? undefined : noToken);
        }
        if (phase.name !== "waiting") return;
        last = phase.failure;
        setup.failed(phase.failure);
        if (leave.judge(state) !== undefined) resolve(phase.failure);
      },
    },
  );
  const cancelLimit = clock.after(limitMs, () => resolve(last));
  connection.start();
  try {
    return await promise;
  } finally {
    cancelLimit();
    await connection.stop();
  }
}

const noToken: Failure = {
  kind: "rejected",
  message: "it let this machine in, and gave it no token for later",
};
