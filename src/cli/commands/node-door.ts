/** What `node run` opens for its own machine: where it is asked how it is, and asks its owner. */
import { formatDuration } from "../../lib/duration.ts";
import { shellQuote } from "../../lib/display-text.ts";
import type { Asking } from "../../node/ask-owner.ts";
import { openControl } from "../../node/control-server.ts";
import { PendingApprovals } from "../../node/pending-approvals.ts";
import type { ControlListener } from "../../platform/ports.ts";
import type { HostStatus } from "../../protocol/host-status.ts";
import type { CliContext } from "../context.ts";
import { programName } from "../help.ts";
import type { NodeSetup } from "./node-setup.ts";

interface LocalDoor {
  /** Undefined: nobody can be asked. */
  readonly asking: Asking | undefined;
  /** Opens it, where that has not been done already. */
  open(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A host that asks needs its socket before the first run comes; any other opens it after its
 * first attempt to connect, which has to be fast.
 */
export async function localDoor(
  context: CliContext,
  { log, paths, settings }: NodeSetup,
  status: () => HostStatus,
): Promise<LocalDoor> {
  const { ask } = settings;
  const approvals =
    ask === undefined ? undefined : new PendingApprovals(context.clock, context.random);
  let listener: Promise<ControlListener | undefined> | undefined;
  const listen = async (): Promise<ControlListener | undefined> => {
    const control = await context.controlSockets();
    return openControl({ control, log }, paths.controlSocket, { status, approvals });
  };
  const door = {
    async open() {
      listener ??= listen();
      await listener;
    },
    async close() {
      // Who opens it from now on opens nothing.
      listener ??= Promise.resolve(undefined);
      await (await listener)?.close();
    },
  };
  if (ask === undefined || approvals === undefined) return { ...door, asking: undefined };
  await door.open();
  // A question that nobody can see would only take time.
  if ((await listener) === undefined) return { ...door, asking: undefined };
  const typed = typedProgram(context.env, ask.profile);
  log.info(`asks here before it denies; see what waits: ${typed("approvals pending")}`, {
    within: formatDuration(ask.timeoutMs),
  });
  return {
    ...door,
    asking: {
      approvals,
      timeoutMs: ask.timeoutMs,
      approveCommand: (id) => typed(`approvals approve ${id}`),
    },
  };
}

/** The words that reach this very host from any terminal of its user. */
function typedProgram(
  env: CliContext["env"],
  profile: string | undefined,
): (words: string) => string {
  const directory = env["CLAWDBOT_STATE_DIR"]?.trim();
  if (profile === undefined && directory) {
    return (words) => `CLAWDBOT_STATE_DIR=${shellQuote(directory)} ${programName} ${words}`;
  }
  const name = profile ?? env["CLAWDBOT_PROFILE"]?.trim();
  const suffix = name ? ` --profile ${shellQuote(name)}` : "";
  return (words) => `${programName} ${words}${suffix}`;
}
