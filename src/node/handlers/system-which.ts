import { type ProgramSearch, findProgram } from "../../exec/find-program.ts";
import { isObject } from "../../lib/json.ts";
import type { Files } from "../../platform/ports.ts";
import { type InvokeHandler, invalidParams } from "../invoke.ts";

/** A request for more names than any caller has is answered for the first ones only. */
const mostNames = 1000;

/** `system.which`: absolute paths of the programs that this node's PATH gives for names. */
export function systemWhich(files: Files, search: ProgramSearch): InvokeHandler {
  return ({ params }) => {
    const bins: unknown = isObject(params) ? params["bins"] : undefined;
    if (!Array.isArray(bins)) return invalidParams("bins required");
    const found: Record<string, string> = {};
    for (const bin of bins.slice(0, mostNames)) {
      const name = typeof bin === "string" ? bin.trim() : "";
      if (name === "" || /[/\\]/.test(name)) continue;
      const program = findProgram(files, name, search);
      if (program !== undefined) found[name] = program.path;
    }
    return { ok: true, payload: { bins: found } };
  };
}
