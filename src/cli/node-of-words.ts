import { UsageError } from "../lib/errors.ts";
import { textFlag } from "./flag-values.ts";
import { requiredNode } from "./operator-flags.ts";

/** The node of a command that takes it as a word or as `--node`. */
export function nodeOfWords(args: Readonly<Record<string, unknown>>): string {
  const [positional, flag] = [textFlag(args, "name"), textFlag(args, "node")];
  if (positional !== undefined && flag !== undefined) {
    throw new UsageError(`Cannot use "${positional}" and --node together: one node is wanted`);
  }
  return requiredNode(positional ?? flag);
}
