/** Asks the node host that runs on this machine. */
import type * as z from "zod/mini";

import { UserError, codeOf, messageOf } from "../lib/errors.ts";
import { exitCode } from "../lib/exit-code.ts";
import { parseJson } from "../lib/json.ts";
import { printable } from "../lib/display-text.ts";
import { type ControlRequest, controlReply, controlVersion } from "../protocol/control.ts";
import { readHolder } from "../state/instance-lock.ts";
import { type StatePaths, pathsIn, stateDirectory } from "../state/paths.ts";
import type { CliContext } from "./context.ts";

const timeoutMs = 10_000;

export const controlExitCodes = [
  [exitCode.failure, "there is no such request, or it could not be answered"],
  [exitCode.temporary, "no node host of this state directory can be reached, or it does not ask"],
] as const;

type Request = ControlRequest extends infer R
  ? R extends ControlRequest
    ? Omit<R, "v">
    : never
  : never;

/** Sends one request and gives its result. Throws UserError. */
export function askHost<T>(
  context: CliContext,
  profile: string | undefined,
  request: Request,
  result: z.ZodMiniType<T>,
): Promise<T> {
  return askHostIn(context, stateDirectory(context.env, profile), request, result);
}

/** The same of the host of any state directory. */
export async function askHostIn<T>(
  context: CliContext,
  directory: string,
  request: Request,
  result: z.ZodMiniType<T>,
): Promise<T> {
  const paths = pathsIn(directory);
  const control = await context.controlSockets();
  let line = "";
  try {
    const text = JSON.stringify({ v: controlVersion, ...request });
    line = await control.request(paths.controlSocket, text, timeoutMs);
  } catch (error) {
    throw unreachable(context, paths, error);
  }
  const reply = controlReply.safeParse(parseJson(line)?.value);
  if (!reply.success) throw notUnderstood();
  if (!reply.data.ok) {
    const { code, message, hint: given } = reply.data.error;
    const hint = given === undefined ? undefined : printable(given);
    if (code !== "not-asking") throw new UserError(printable(message), { hint });
    const notAsking = `Cannot ask the node host of "${directory}": it was started without --ask-local`;
    throw new UserError(notAsking, { hint, exitCode: exitCode.temporary });
  }
  const parsed = result.safeParse(reply.data.result);
  if (!parsed.success) throw notUnderstood();
  return parsed.data;
}

function notUnderstood(): UserError {
  return new UserError("Cannot understand the node host: its version may be another one", {
    hint: "Start it again with this executable",
  });
}

function unreachable(context: CliContext, paths: StatePaths, error: unknown): UserError {
  if (error instanceof UserError) return error;
  const { directory, controlSocket } = paths;
  const code = codeOf(error);
  if (code !== "ENOENT" && code !== "ECONNREFUSED") {
    return new UserError(`Cannot reach the node host at "${controlSocket}": ${messageOf(error)}`, {
      exitCode: exitCode.temporary,
      hint: code === "EACCES" ? "Ask as the account that it runs as, or with sudo" : undefined,
      cause: error,
    });
  }
  const holder = readHolder(context.files, paths);
  if (holder === undefined || !context.processRuns(holder)) return new NoHostError(directory);
  return new UserError(
    `Cannot reach the node host of "${directory}": process ${holder} runs without the socket "${controlSocket}"`,
    {
      exitCode: exitCode.temporary,
      hint: "Its log says why, or it is an older version: start it again with this executable",
    },
  );
}

/** Nobody is there who could be asked. */
export class NoHostError extends UserError {
  constructor(directory: string) {
    super(`Cannot reach the node host of "${directory}": none is running there`, {
      exitCode: exitCode.temporary,
      hint: "Start it with: clawdbot node run, or name another one: --profile NAME",
    });
  }
}
