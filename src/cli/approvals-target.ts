/** Whose approvals a command is about: this machine's, a node's, or the gateway's. */
import { UsageError } from "../lib/errors.ts";
import type { JsonObject } from "../lib/json.ts";
import { gatewayApprovals, nodeApprovals } from "../operator/remote-approvals.ts";
import type { ApprovalsSnapshot } from "../protocol/exec-approvals.ts";
import { openLocalApprovals } from "./local-approvals.ts";
import type { CliContext } from "./context.ts";
import { switchFlag, textFlag } from "./flag-values.ts";
import {
  connectionArgs,
  defaultTimeoutMs,
  nodeArg,
  timeLimit,
  timeoutArg,
} from "./operator-flags.ts";
import { withOperator } from "./operator-session.ts";

export const targetArgs = {
  ...nodeArg,
  gateway: { type: "boolean", description: "The file of the gateway's own machine" },
  ...connectionArgs,
  ...timeoutArg,
} as const;

export interface ApprovalsTarget {
  /** For people: whose file it is. */
  readonly label: string;
  /** As it may be shown to others. */
  readonly snapshot: ApprovalsSnapshot;
  /** What an edit begins with; for this machine with everything that never leaves it. */
  readonly file: JsonObject;
  save(file: JsonObject): Promise<ApprovalsSnapshot>;
}

/** Reads the file that the flags name and hands it to `use`. */
export async function withApprovals<T>(
  context: CliContext,
  flags: Readonly<Record<string, unknown>>,
  use: (target: ApprovalsTarget) => Promise<T> | T,
): Promise<T> {
  const node = textFlag(flags, "node");
  const gateway = switchFlag(flags, "gateway");
  if (node !== undefined && gateway) {
    throw new UsageError("Cannot use --node together with --gateway: one file is wanted");
  }
  if (node === undefined && !gateway) return use(localTarget(context, textFlag(flags, "profile")));
  const timeoutMs = timeLimit(textFlag(flags, "timeout"), "--timeout", defaultTimeoutMs);
  return withOperator(context, flags, timeoutMs, async (operator) => {
    const remote =
      node === undefined ? gatewayApprovals(operator) : await nodeApprovals(operator, node);
    const snapshot = await remote.get();
    return use({
      label: remote.label,
      snapshot,
      file: snapshot.file,
      save: (file) => remote.set(file, snapshot.hash),
    });
  });
}

function localTarget(context: CliContext, profile: string | undefined): ApprovalsTarget {
  const { path, store, file } = openLocalApprovals(context, profile);
  return {
    label: path,
    snapshot: store.snapshot(),
    file,
    save(next) {
      store.write(next);
      return Promise.resolve(store.snapshot());
    },
  };
}
