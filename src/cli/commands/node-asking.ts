/** What `node run --ask-local` opens: a place where this machine's owner is asked and answers. */
import { formatDuration } from "../../lib/duration.ts";
import { shellQuote } from "../../lib/display-text.ts";
import type { Asking } from "../../node/ask-owner.ts";
import { openControl } from "../../node/control-server.ts";
import { PendingApprovals } from "../../node/pending-approvals.ts";
import type { CliContext } from "../context.ts";
import { programName } from "../help.ts";
import type { NodeSetup } from "./node-setup.ts";

interface OpenAsking {
  /** Undefined: nobody can be asked. */
  readonly asking: Asking | undefined;
  readonly close: () => Promise<void>;
}

export async function openAsking(
  context: CliContext,
  { log, paths, settings }: NodeSetup,
): Promise<OpenAsking> {
  const { ask } = settings;
  if (ask === undefined) return { asking: undefined, close: () => Promise.resolve() };
  const approvals = new PendingApprovals(context.clock, context.random);
  const control = await context.controlSockets();
  const listener = await openControl({ control, log }, paths.controlSocket, { approvals });
  // A question that nobody can see would only take time.
  if (listener === undefined) return { asking: undefined, close: () => Promise.resolve() };
  const typed = typedProgram(context.env, ask.profile);
  log.info(`asks here before it denies; see what waits: ${typed("approvals pending")}`, {
    within: formatDuration(ask.timeoutMs),
  });
  return {
    asking: {
      approvals,
      timeoutMs: ask.timeoutMs,
      approveCommand: (id) => typed(`approvals approve ${id}`),
    },
    close: () => listener.close(),
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
