/** What `node install`, `uninstall`, `start`, `stop` and `restart` print. */
import { UserError, messageOf } from "../../lib/errors.ts";
import type { Observation, ServiceManager } from "../../service/manager.ts";
import type { CliContext } from "../context.ts";
import { writeJson } from "../json-output.ts";

export interface ServiceSnapshot {
  readonly label: string;
  readonly loaded: boolean;
  readonly loadedText: string;
  readonly notLoadedText: string;
}

/** The reference's shape; more keys may follow. */
export interface ActionResult {
  readonly result: string;
  readonly message?: string;
  readonly hints?: readonly string[];
  readonly service?: ServiceSnapshot;
  readonly warnings?: readonly string[];
  readonly [more: string]: unknown;
}

export interface Done {
  readonly code: number;
  readonly json: ActionResult;
  /** The same for people. */
  readonly text: string;
}

export function snapshot(
  manager: Pick<ServiceManager, "label" | "loadedText" | "notLoadedText">,
  observation: Observation,
): ServiceSnapshot {
  const { label, loadedText, notLoadedText } = manager;
  return { label, loaded: observation.loaded, loadedText, notLoadedText };
}

/** Runs an action; with `--json` a failure is an object, too. */
export async function reportAction(
  context: CliContext,
  action: string,
  json: boolean,
  run: () => Promise<Done>,
): Promise<number> {
  try {
    const done = await run();
    if (json) writeJson(context.out, { action, ok: done.code === 0, ...done.json });
    else {
      context.out.write(done.text);
      for (const warning of done.json.warnings ?? []) context.err.write(`Warning: ${warning}\n`);
    }
    return done.code;
  } catch (error) {
    if (!json || !(error instanceof UserError)) throw error;
    const hints = error.hint === undefined ? {} : { hints: [error.hint] };
    const text = context.redactor.apply(messageOf(error));
    writeJson(context.out, { action, ok: false, error: text, ...hints });
    return error.exitCode;
  }
}
