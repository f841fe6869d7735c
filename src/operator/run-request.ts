/** What `nodes run` asks a node to run. */
import type { ShownRun } from "../approvals/run-text.ts";
import { UsageError } from "../lib/errors.ts";
import type { NodeInfo } from "../protocol/node-list.ts";

export interface RunFlags {
  readonly argv: readonly string[];
  /** Shell text instead of an argv. */
  readonly raw: string | undefined;
  readonly cwd: string | undefined;
  /** `KEY=VALUE` each. */
  readonly env: readonly string[];
  readonly agentId: string | undefined;
  /** After this time the node stops the command. */
  readonly timeoutMs: number;
}

export interface RunRequest {
  readonly params: Readonly<Record<string, unknown>>;
  /** The same for whoever is asked to approve it. */
  readonly shown: ShownRun;
  readonly invokeMs: number;
}

/** What a node gets to end the process tree and to send what it printed. */
const stopMarginMs = 10_000;

/** Checks what can be checked before a connection is made. */
export function checkRunFlags({ argv, raw, env }: RunFlags): void {
  if (raw !== undefined && argv.length > 0) {
    throw new UsageError("Cannot use --raw with words after --: one of them is the command");
  }
  if (raw === undefined && argv.length === 0) {
    throw new UsageError(
      "Cannot run nothing: no command is given",
      "Write: clawdbot nodes run --node NODE -- COMMAND ARGS… (or --raw 'SHELL TEXT')",
    );
  }
  if (raw === undefined && argv[0]?.trim() === "") {
    throw new UsageError('Cannot run "": the first word after -- names a program');
  }
  variables(env);
}

export function runRequest(flags: RunFlags, node: Pick<NodeInfo, "platform">): RunRequest {
  const { raw, cwd, agentId, timeoutMs } = flags;
  const argv = raw === undefined ? [...flags.argv] : shellWords(raw, node.platform);
  const env = variables(flags.env);
  return {
    shown: { argv, raw, env },
    params: {
      command: argv,
      ...(raw === undefined ? {} : { rawCommand: raw }),
      ...(cwd === undefined ? {} : { cwd }),
      ...(flags.env.length === 0 ? {} : { env }),
      ...(agentId === undefined ? {} : { agentId }),
      timeoutMs,
    },
    invokeMs: timeoutMs + stopMarginMs,
  };
}

/** Exactly the wrappers that nodes recognise as the text itself. */
function shellWords(raw: string, platform: string | undefined): string[] {
  const windows = platform?.trim().toLowerCase().startsWith("win") === true;
  return windows ? ["cmd.exe", "/d", "/s", "/c", raw] : ["/bin/sh", "-lc", raw];
}

function variables(pairs: readonly string[]): Record<string, string> {
  const entries = pairs.map((pair) => {
    const equals = pair.indexOf("=");
    if (equals < 1) {
      const name = equals < 0 ? pair : "";
      throw new UsageError(
        `Cannot use --env "${name}": it names no ${equals < 0 ? "value" : "variable"}`,
        "Write: --env NAME=VALUE",
      );
    }
    return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
  });
  return Object.fromEntries(entries);
}
