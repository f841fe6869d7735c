/** From the flags of an operator command to an open connection, and back to none. */
import { accessVariables, routeOf } from "../client/route.ts";
import { UsageError } from "../lib/errors.ts";
import { gatewayTarget } from "../operator/gateway-target.ts";
import { type Operator, connectOperator } from "../operator/operator-connection.ts";
import { loadOrCreateIdentity } from "../state/device-identity.ts";
import { readNodeConfig } from "../state/node-config.ts";
import { homeDirectory, pathsIn, stateDirectory } from "../state/paths.ts";
import { readSecrets } from "../state/secrets.ts";
import { version } from "../version.ts";
import type { CliContext } from "./context.ts";
import { switchFlag, textFlag } from "./flag-values.ts";

type Flags = Readonly<Record<string, unknown>>;

/** Connects, hands the connection to `use`, and closes it whatever happens. */
export async function withOperator<T>(
  context: CliContext,
  flags: Flags,
  timeoutMs: number,
  use: (operator: Operator) => Promise<T>,
): Promise<T> {
  const operator = await openOperator(context, flags, timeoutMs);
  try {
    return await use(operator);
  } finally {
    await operator.close();
  }
}

async function openOperator(
  context: CliContext,
  flags: Flags,
  timeoutMs: number,
): Promise<Operator> {
  const { env, files, clock, random, sockets, machine, redactor } = context;
  const paths = pathsIn(stateDirectory(env, textFlag(flags, "profile")));
  const config = readNodeConfig(files, paths, random);
  const target = gatewayTarget(
    files,
    {
      url: textFlag(flags, "url"),
      tlsFingerprint: textFlag(flags, "tls-fingerprint"),
      tlsCaFile: textFlag(flags, "tls-ca-file"),
      allowInsecureWs: switchFlag(flags, "allow-insecure-ws"),
    },
    env["CLAWDBOT_GATEWAY_URL"],
    config.gateway,
  );
  const route = routeOf(target, env);
  for (const name of accessVariables) redactor.add(env[name]);
  const tokenFile = textFlag(flags, "token-file");
  const standardInput = tokenFile === "-" ? await context.readStandardInput() : undefined;
  const secrets = readSecrets(files, { env, tokenFile, standardInput });
  refuseUnsendable(secrets.token);
  redactor.add(secrets.token);
  redactor.add(secrets.password);
  const log = context.log("text", Boolean(env["CLAWDBOT_DEBUG"]));
  return connectOperator(
    { clock, random, sockets, log },
    {
      route,
      secrets,
      signer: loadOrCreateIdentity(files, paths, pathsIn(`${homeDirectory(env)}/.clawdbot`), clock),
      client: {
        version,
        platform: machine.platform,
        // The node's own name: gateways keep one name for the device, whichever role it is in.
        displayName: config.displayName ?? machine.hostname.replace(/\.local$/, ""),
      },
      timeoutMs,
    },
  );
}

/** A whole file of something else was named. */
function refuseUnsendable(token: string | undefined): void {
  if (token === undefined || !/[\r\n]/.test(token)) return;
  throw new UsageError("Cannot use this token: it has several lines, one is wanted");
}
