import { shellQuote } from "../lib/display-text.ts";
import { UserError, codeOf, messageOf } from "../lib/errors.ts";

/** What a failed change beside the program means for a person. */
export function diskProblem(directory: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  const [what, hint] = explain(directory, codeOf(error)) ?? [messageOf(error), undefined];
  return new UserError(`Cannot replace the program in "${directory}": ${what}`, {
    hint,
    cause: error,
  });
}

function explain(
  directory: string,
  code: string | undefined,
): readonly [what: string, hint: string] | undefined {
  switch (code) {
    case "EACCES":
    case "EPERM":
      return [
        "it cannot be written by this account",
        "Run this as its owner: sudo clawdbot update",
      ];
    case "EROFS":
      return [
        "its file system is read-only",
        "Put the program where it can be replaced, or update the image that holds it",
      ];
    case "ENOSPC":
    case "EDQUOT":
      return ["the disk is full", `See what is free: df -h ${shellQuote(directory)}`];
    default:
      return undefined;
  }
}
