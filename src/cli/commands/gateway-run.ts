/** `clawdbot gateway run`: listen, serve, say good-bye. */
import { join } from "node:path";

import { type GatewayOptions, type RunningGateway, startGateway } from "../../gateway/gateway.ts";
import { keptToken } from "../../gateway/gateway-token.ts";
import { UsageError, UserError } from "../../lib/errors.ts";
import { exitCode } from "../../lib/exit-code.ts";
import type { Log } from "../../platform/ports.ts";
import { ensureDirectory } from "../../state/json-file.ts";
import { pathsIn, stateDirectory } from "../../state/paths.ts";
import { readSecrets } from "../../state/secrets.ts";
import { accessError } from "../../state/state-error.ts";
import { version } from "../../version.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import {
  bindAddress,
  isLoopbackAddress,
  listenError,
  listenPort,
  readTls,
} from "./gateway-listen.ts";
import { gatewayRunArgs, gatewayRunHelp } from "./gateway-run-args.ts";
import { welcome } from "./gateway-welcome.ts";

export const gatewayRun = defineCommand({
  ...gatewayRunHelp,
  args: gatewayRunArgs,
  async run(context, { args }) {
    if (args.token !== undefined) {
      throw new UsageError(
        "Cannot take the token from the command line: everybody on this machine can read it there",
        "Put it into a file: --token-file FILE, or set CLAWDBOT_GATEWAY_TOKEN",
      );
    }
    const bind = bindAddress(args.bind);
    const port = listenPort(args.port);
    const tls = readTls(context.files, args["tls-cert"], args["tls-key"]);
    const directory = pathsIn(stateDirectory(context.env, args.profile)).gatewayDirectory;
    const { token, file } = await findToken(context, directory, args["token-file"]);
    const log = context.log(args["log-format"], args.verbose === true);
    const lock = await context.kernelLock();
    const gateway = start(context, log, {
      bind,
      port,
      token,
      requirePairing: args["require-pairing"] === true,
      directory,
      version,
      host: context.machine.hostname || "gateway",
      ...(tls === undefined ? {} : { tls }),
    });
    // After the port: that it is taken says more than that the directory is.
    const release = takeLock(context, lock, directory);
    if (release === undefined) {
      await gateway.stop();
      throw heldElsewhere(directory);
    }
    const loopback = isLoopbackAddress(bind);
    announce(context, log, gateway, { tls: tls !== undefined, loopback, file });
    if (context.err.isTerminal && args["log-format"] === "text") {
      const everywhere = bind === "0.0.0.0" || bind === "::";
      context.err.write(
        welcome({
          host: everywhere ? "127.0.0.1" : bind,
          outerHost: loopback ? undefined : everywhere ? context.machine.hostname : bind,
          port: gateway.port,
          tokenFile: file,
          fingerprint: tls?.fingerprint,
        }),
      );
    }
    await untilSignal(context, log);
    await gateway.stop();
    release();
    return exitCode.ok;
  },
});

function start(context: CliContext, log: Log, options: GatewayOptions): RunningGateway {
  const { clock, random, files, servers } = context;
  try {
    return startGateway({ clock, random, files, servers, log }, options);
  } catch (error) {
    throw listenError(error, options.bind, options.port);
  }
}

/** The token that was given, else the one that this gateway keeps for itself. */
async function findToken(
  context: CliContext,
  directory: string,
  tokenFile: string | undefined,
): Promise<{ readonly token: string; readonly file: string | undefined }> {
  const { env, files, random, redactor } = context;
  const standardInput = tokenFile === "-" ? await context.readStandardInput() : undefined;
  const given = readSecrets(files, { env, tokenFile, standardInput }).token;
  if (given !== undefined) {
    redactor.add(given);
    return { token: given, file: tokenFile === "-" ? undefined : tokenFile };
  }
  const kept = keptToken(files, random, directory);
  redactor.add(kept.token);
  return { token: kept.token, file: kept.path };
}

type Lock = Awaited<ReturnType<CliContext["kernelLock"]>>;

/** Two gateways would overwrite each other's pairings. Undefined when another one has it. */
function takeLock(context: CliContext, lock: Lock, directory: string): (() => void) | undefined {
  const path = join(directory, "gateway.lock");
  ensureDirectory(context.files, directory);
  try {
    return lock.tryTake(path);
  } catch (error) {
    throw accessError("write", path, error);
  }
}

function heldElsewhere(directory: string): UserError {
  return new UserError(
    `Cannot start a second gateway on "${directory}": another process uses this directory`,
    {
      exitCode: exitCode.alreadyRunning,
      hint: "Stop the other one, or give this one a directory of its own: --profile NAME",
    },
  );
}

function announce(
  context: CliContext,
  log: Log,
  { hostname, port }: RunningGateway,
  facts: { readonly tls: boolean; readonly loopback: boolean; readonly file: string | undefined },
): void {
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  log.info("gateway is listening", {
    url: `${facts.tls ? "wss" : "ws"}://${host}:${port}`,
    tokenFile: facts.file,
    pid: context.machine.pid,
  });
  if (facts.loopback || facts.tls) return;
  log.warn(
    "connections from other machines are not encrypted: the token and all output can be read on the way; use --tls-cert and --tls-key, or a VPN's address with --bind",
  );
}

/** Settles with the first signal; a second one ends the process at once. */
function untilSignal(context: CliContext, log: Log): Promise<void> {
  return new Promise((resolve) => {
    let signals = 0;
    context.onSignal((signal) => {
      signals += 1;
      if (signals > 1) context.exit(exitCode.signalBase + (signal === "SIGINT" ? 2 : 15));
      log.info(`${signal}: stopping`);
      resolve();
    });
  });
}
