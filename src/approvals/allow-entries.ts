/** Reads the allowlists of a policy; an entry that is not understood in full allows nothing. */
import { isObject } from "../lib/json.ts";
import { type ArgumentRule, readArgumentRule } from "./argument-rule.ts";

export interface AllowEntry {
  readonly pattern: string;
  /** Which arguments it allows; undefined: any. */
  readonly args?: ArgumentRule;
}

/** Every state costs a step for each character, so their number bounds the time of a decision. */
const mostStatesOfList = 4000;

/** Remarks of OpenClaw about approvals in the gateway; they name no program. */
const marker = /^=(node-command|command):/;

export function isMarker(pattern: string): boolean {
  return marker.test(pattern);
}

export function parseAllowlist(value: unknown, path: string, problems: string[]): AllowEntry[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    problems.push(`${path}allowlist is not a list; read as empty`);
    return [];
  }
  const entries: AllowEntry[] = [];
  let states = 0;
  for (const [index, item] of value.entries()) {
    const read = readEntry(item);
    if (typeof read === "string") {
      problems.push(`${path}allowlist[${index}] ${read}; ignored`);
      continue;
    }
    if (isMarker(read.pattern)) continue;
    states += read.args?.kind === "regex" ? read.args.states : 0;
    if (states <= mostStatesOfList || read.args?.kind !== "regex") entries.push(read);
    else {
      problems.push(
        `${path}allowlist[${index}] is too much: the argPatterns of one list have at most ${mostStatesOfList} states; ignored`,
      );
    }
  }
  return entries;
}

/** An entry, or what is wrong with it. */
function readEntry(item: unknown): AllowEntry | string {
  const entry = isObject(item) ? item : { pattern: item };
  const pattern = typeof entry["pattern"] === "string" ? entry["pattern"].trim() : "";
  if (pattern === "") return "has no pattern";
  if (isMarker(pattern)) return { pattern };
  const { argPattern } = entry;
  const generated = entry["source"] === "allow-always";
  if (argPattern === undefined || argPattern === "") {
    // OpenClaw counts such an entry no more: it would allow more than the run that was approved.
    return generated ? `has the source "allow-always" and no argPattern` : { pattern };
  }
  if (typeof argPattern !== "string") return "has an argPattern that is no text";
  const read = readArgumentRule(argPattern);
  // Matching the program alone would allow more than the entry says.
  if (!read.ok) return `cannot be used: ${read.problem}`;
  if (generated && read.rule.kind !== "digest") {
    return `has the source "allow-always" and an argPattern that names no directory`;
  }
  return { pattern, args: read.rule };
}

/** For people. */
export function describeEntry({ pattern, args }: AllowEntry): string {
  if (args === undefined) return pattern;
  return args.kind === "digest"
    ? `${pattern} (one approved command in one directory)`
    : `${pattern} (arguments ${args.text})`;
}
