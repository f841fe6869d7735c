/** Whether the gateway lets this node in: tried only on request, for it is a connection like any. */
import { connectRequest } from "../../client/connect-request.ts";
import { offer } from "../../client/credentials.ts";
import type { Failure } from "../../client/failure.ts";
import { approveOnGateway, hintOf } from "../../client/remedy.ts";
import { shellQuote } from "../../lib/display-text.ts";
import { maskSecrets } from "../../lib/secret-patterns.ts";
import { nodeProfile } from "../../node/profile.ts";
import type { HelloOk } from "../../protocol/connect.ts";
import { loadIdentity } from "../../state/device-identity.ts";
import { lockNode } from "../commands/node-setup.ts";
import type { StatePaths } from "../../state/paths.ts";
import { version } from "../../version.ts";
import type { CliContext } from "../context.ts";
import { type CheckId, type Finding, type Step, fail, pass, skip, warn } from "./check.ts";
import type { DoctorGateway } from "./doctor-gateway.ts";
import { type Introduced, introduce } from "./introduce.ts";
import { stageOf } from "./stage.ts";

/** What can be said without connecting; `tryIt`: the command that connects. */
export function credentialSteps(gateway: DoctorGateway, whyNot: string, tryIt?: string): Step[] {
  return [
    {
      id: "auth",
      needs: ["protocol"],
      look() {
        const { source } = offer(gateway.credentials(), "first");
        if (source === "nothing") {
          return warn(
            "neither a token nor a password is there; few gateways let in who has none",
            `${gateway.start} --token-file FILE`,
          );
        }
        return skip(`a ${source} is there, and was not tried: ${whyNot}`, tryIt);
      },
    },
    {
      id: "pairing",
      needs: ["auth"],
      look: () => skip(`the gateway tells only who connects: ${whyNot}`, tryIt),
    },
  ];
}

interface Wanted {
  readonly gateway: DoctorGateway;
  readonly paths: StatePaths;
  readonly timeoutMs: number;
}

/** Holds the lock of the state directory meanwhile, so that no host starts with the same identity. */
export function introductionSteps(context: CliContext, wanted: Wanted): Step[] {
  let introduced: Promise<Introduced | Finding> | undefined;
  const once = (): Promise<Introduced | Finding> => (introduced ??= introduceNode(context, wanted));
  const look = (id: CheckId, good: (hello: HelloOk) => Finding) => async (): Promise<Finding> => {
    const result = await once();
    if ("status" in result) return result;
    if (result.ok) return good(result.hello);
    const stage = stageOf(result.failure.kind);
    const failsAt = stage === "auth" || stage === "pairing" ? stage : "auth";
    if (failsAt === id) return refused(result.failure, wanted.gateway);
    return pass("the gateway accepts what is offered");
  };
  return [
    {
      id: "auth",
      needs: ["protocol"],
      look: look("auth", (hello) => {
        const name = hello.server.version ?? "unknown";
        return pass(`accepted, protocol ${hello.protocol}, gateway version ${name}`);
      }),
    },
    {
      id: "pairing",
      needs: ["auth"],
      look: look("pairing", () => pass("an operator has approved this device")),
    },
  ];
}

function refused(failure: Failure, gateway: DoctorGateway): Finding {
  const { start } = gateway;
  const given = offer(gateway.credentials(), "first").source !== "nothing";
  if (failure.kind === "pairing") {
    const { requestId } = failure;
    const fix =
      requestId === undefined
        ? approveOnGateway(failure)
        : `clawdbot nodes approve ${shellQuote(requestId)} --url ${shellQuote(maskSecrets(gateway.url))}`;
    return fail("an operator has to approve this device", fix);
  }
  const command = failure.kind === "auth" ? `${start} --token-file FILE` : undefined;
  const hint = hintOf(failure, given);
  return fail(failure.message, [hint, command].filter(Boolean).join(": "));
}

async function introduceNode(
  context: CliContext,
  { gateway, paths, timeoutMs }: Wanted,
): Promise<Introduced | Finding> {
  const { files, clock, random, sockets, machine, env } = context;
  const identity = loadIdentity(files, paths);
  if (identity === undefined) {
    return skip("there is no identity yet to connect with", `${gateway.start} makes it`);
  }
  const { release } = await lockNode(context, paths);
  try {
    const { nodeId, displayName } = gateway.config;
    const profile = nodeProfile({
      nodeId,
      displayName: displayName ?? "clawdbot",
      version,
      platform: machine.platform,
      path: env["PATH"] ?? env["Path"] ?? "",
    });
    return await introduce(
      { clock, random, sockets, log: silentLog },
      {
        route: () => gateway.route(),
        credentials: () => gateway.credentials(),
        connectParams: (handshake) => connectRequest(profile, identity, handshake),
      },
      timeoutMs,
    );
  } finally {
    release();
  }
}

const silentLog = { debug() {}, info() {}, warn() {}, error() {} };
