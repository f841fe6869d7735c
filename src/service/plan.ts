/** What an installation does, as data: it can be shown, carried out, and taken back. */
import type { GeneratedFile } from "./service-spec.ts";

export type Step =
  /** A directory with all that are missing above it. */
  | { readonly kind: "directory"; readonly path: string; readonly mode: number }
  | ({ readonly kind: "write" } & GeneratedFile)
  | { readonly kind: "remove"; readonly path: string }
  /** Removes a directory if nothing is left in it. */
  | { readonly kind: "tidy"; readonly path: string }
  | CommandStep
  /** Does nothing, unless something that comes later fails. */
  | { readonly kind: "on-undo"; readonly commands: readonly (readonly string[])[] }
  /** Waits for something to be true; gives what is wrong. */
  | { readonly kind: "check"; readonly what: string; check(): Promise<string | undefined> };

export interface CommandStep {
  readonly kind: "command";
  readonly argv: readonly string[];
  /** What is not done when it fails: "start the service". */
  readonly what: string;
  /** Takes it back. */
  readonly undo?: readonly string[];
  /** Says better than the tool why it failed. */
  readonly explain?: () => Promise<string | undefined>;
  /** It failing is only a warning, with this advice. */
  readonly optional?: string;
  /** Exit codes besides 0 that are fine, too. */
  readonly accepts?: readonly number[];
}

export function command(
  argv: readonly string[],
  what: string,
  rest: Omit<CommandStep, "kind" | "argv" | "what"> = {},
): CommandStep {
  return { kind: "command", argv, what, ...rest };
}
