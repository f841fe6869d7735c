/** Asks the node host that runs on this machine. */
import type * as z from "zod/mini";

import { UserError, codeOf, messageOf } from "../lib/errors.ts";
import { exitCode } from "../lib/exit-code.ts";
import { parseJson } from "../lib/json.ts";
import { printable } from "../lib/display-text.ts";
import { type ControlRequest, controlReply, controlVersion } from "../protocol/control.ts";
import { type StatePaths, pathsIn, stateDirectory } from "../state/paths.ts";
import type { CliContext } from "./context.ts";

const timeoutMs = 10_000;

export const controlExitCodes = [
  [exitCode.failure, "there is no such request, or it could not be answered"],
  [exitCode.temporary, "no node host of this state directory can be reached"],
] as const;

type Request = ControlRequest extends infer R
  ? R extends ControlRequest
    ? Omit<R, "v">
    : never
  : never;

/** Sends one request and gives its result. Throws UserError. */
export async function askHost<T>(
  context: CliContext,
  profile: string | undefined,
  request: Request,
  result: z.ZodMiniType<T>,
): Promise<T> {
  const paths = pathsIn(stateDirectory(context.env, profile));
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
    const { message, hint } = reply.data.error;
    throw new UserError(printable(message), {
      hint: hint === undefined ? undefined : printable(hint),
    });
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
  const { directory, controlSocket, holder } = paths;
  const code = codeOf(error);
  if (code !== "ENOENT" && code !== "ECONNREFUSED") {
    return new UserError(`Cannot reach the node host at "${controlSocket}": ${messageOf(error)}`, {
      exitCode: exitCode.temporary,
      cause: error,
    });
  }
  const started = context.files.stat(holder, false) !== undefined && code === "ENOENT";
  return new UserError(
    started
      ? `Cannot reach the node host of "${directory}": it was started without --ask-local`
      : `Cannot reach the node host of "${directory}": none is running there`,
    {
      exitCode: exitCode.temporary,
      hint: started
        ? "Stop it and start it again with: clawdbot node run --ask-local"
        : "Start it with: clawdbot node run --ask-local, or name another one: --profile NAME",
    },
  );
}
