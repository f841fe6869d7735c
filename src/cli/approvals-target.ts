/** Whose approvals a command is about: this machine's, a node's, or the gateway's. */
import type { AllowlistChange } from "../approvals/edit.ts";
import { UsageError } from "../lib/errors.ts";
import type { JsonObject } from "../lib/json.ts";
import { gatewayApprovals, nodeApprovals } from "../operator/remote-approvals.ts";
import type { ApprovalsSnapshot } from "../protocol/exec-approvals.ts";
import { type EntryUsage, readUsage } from "../state/approvals-usage.ts";
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
  /** This program decides there, so what the file does not say is known. */
  readonly ours: boolean;
  /** As it may be shown to others. */
  readonly snapshot: ApprovalsSnapshot;
  /** For this machine with everything that never leaves it. */
  readonly file: JsonObject;
  /** When its entries were used last; known for this machine only. */
  readonly usage: readonly EntryUsage[];
  /** Changes the file unless somebody else changed it meanwhile; `change` only computes. */
  edit(change: (file: JsonObject) => AllowlistChange): Promise<EditedTarget>;
}

interface EditedTarget {
  readonly changed: boolean;
  /** As it is afterwards. */
  readonly snapshot: ApprovalsSnapshot;
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
      ours: remote.ours,
      snapshot,
      file: snapshot.file,
      usage: [],
      async edit(change) {
        const { file, changed } = change(snapshot.file);
        return { changed, snapshot: changed ? await remote.set(file, snapshot.hash) : snapshot };
      },
    });
  });
}

function localTarget(context: CliContext, profile: string | undefined): ApprovalsTarget {
  const { paths, path, store, edit, file } = openLocalApprovals(context, profile);
  return {
    label: path,
    ours: true,
    snapshot: store.snapshot(),
    file,
    usage: readUsage(context.files, paths),
    async edit(change) {
      const edited = await edit((current) => change(current.file));
      return { changed: edited.change.changed, snapshot: edited.snapshot };
    },
  };
}
