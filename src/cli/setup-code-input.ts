/** Where the setup code of `node run` comes from, and what it says. */
import {
  type SetupCode,
  joinAddress,
  parseJoinAnswer,
  parseSetupCode,
  refuseExpired,
} from "../client/setup-code.ts";
import { ConfigError, UsageError, UserError, messageOf } from "../lib/errors.ts";
import { exitCode } from "../lib/exit-code.ts";
import { readStateFile } from "../state/json-file.ts";
import type { CliContext } from "./context.ts";

export interface SetupCodeFlags {
  readonly pair: string | undefined;
  readonly pairIfNeeded: string | undefined;
}

export interface SetupCodeInput {
  readonly text: string;
  /** Only for a machine without a token of its own. */
  readonly onlyIfNeeded: boolean;
}

/** Undefined: no code was given. `standardInput` is read at most once. */
export async function setupCodeInput(
  context: CliContext,
  { pair, pairIfNeeded }: SetupCodeFlags,
): Promise<SetupCodeInput | undefined> {
  if (pair !== undefined && pairIfNeeded !== undefined) {
    throw new UsageError("Cannot use --pair together with --pair-if-needed: one code is wanted");
  }
  const given = pair ?? pairIfNeeded ?? (context.env["CLAWDBOT_PAIR_CODE"]?.trim() || undefined);
  if (given === undefined) return undefined;
  const text = (await textOf(context, given)).trim();
  context.redactor.add(text);
  return { text, onlyIfNeeded: pair === undefined };
}

/** The code itself, `@FILE`, or `-` for standard input: arguments are seen by everybody (ps). */
async function textOf(context: CliContext, given: string): Promise<string> {
  if (given === "-") return context.readStandardInput();
  if (!given.startsWith("@")) return given;
  const path = given.slice(1);
  const text = readStateFile(context.files, path);
  if (text !== undefined) return text;
  throw new ConfigError(`Cannot read the setup code from "${path}": there is no such file`);
}

const joinMs = 15_000;
const largestJoinAnswer = 24 * 1024;

/** What a code says; a join address is asked, which uses it up. */
export async function readSetupCode(
  context: CliContext,
  { text }: SetupCodeInput,
  ca: string | undefined,
): Promise<SetupCode> {
  const address = joinAddress(text);
  const code = address === undefined ? parseSetupCode(text) : await fetchCode(context, address, ca);
  refuseExpired(code, context.clock.now());
  context.redactor.add(code.bootstrapToken);
  return code;
}

async function fetchCode(
  context: CliContext,
  address: string,
  ca: string | undefined,
): Promise<SetupCode> {
  context.redactor.add(address);
  let answer;
  try {
    answer = await context.fetcher.get(address, {
      timeoutMs: joinMs,
      maxBytes: largestJoinAnswer,
      ...(ca === undefined ? {} : { ca: [ca] }),
    });
  } catch (error) {
    throw new UserError(
      `Cannot ask the join address on ${new URL(address).host}: ${messageOf(error)}`,
      { exitCode: exitCode.temporary, hint: "Check the address and the network", cause: error },
    );
  }
  return parseJoinAnswer(answer.status, answer.text);
}
