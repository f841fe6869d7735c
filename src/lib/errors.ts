import { exitCode } from "./exit-code.ts";

interface UserErrorOptions {
  /** One command or step that mends it; shown on its own line. */
  readonly hint?: string | undefined;
  readonly exitCode?: number;
  readonly cause?: unknown;
}

/**
 * An expected failure: the message says what cannot be done and why, the hint how to mend it.
 * Everything that is not a UserError is a bug and is shown with its stack only on `--verbose`.
 */
export class UserError extends Error {
  override readonly name: string = "UserError";
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor(message: string, options: UserErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? exitCode.failure;
  }
}

/** The command line itself is wrong: unknown flag, missing value, value out of range. */
export class UsageError extends UserError {
  override readonly name = "UsageError";

  constructor(message: string, hint?: string) {
    super(message, { hint, exitCode: exitCode.usage });
  }
}

/** A file of the state directory or a policy cannot be used as it is. */
export class ConfigError extends UserError {
  override readonly name = "ConfigError";

  constructor(message: string, options: Omit<UserErrorOptions, "exitCode"> = {}) {
    super(message, { ...options, exitCode: exitCode.config });
  }
}

/** The message of anything that was thrown, without its stack. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The system's error code (`ENOENT`, `EACCES` …) of anything that was thrown. */
export function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}

/** Makes a `switch` over a union exhaustive at compile time. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`);
}
