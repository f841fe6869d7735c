/** `clawdbot approvals allowlist add|remove`: edits this machine's policy. */
import { addPattern, removePattern } from "../../approvals/edit.ts";
import { exitCode } from "../../lib/exit-code.ts";
import { defineCommand } from "../command.ts";
import { openLocalApprovals } from "./local-approvals.ts";

const args = {
  pattern: {
    type: "positional",
    required: true,
    description: "Path (/usr/bin/git), path with wildcards (/opt/tools/**), or name (git)",
  },
  agent: {
    type: "string",
    valueHint: "ID",
    default: "*",
    description: "Agent that it is for; * is every agent",
  },
  profile: {
    type: "string",
    valueHint: "NAME",
    description: "Use the state directory ~/.clawdbot-NAME",
  },
} as const;

const details = [
  "In a path, ? stands for one character, * for any but /, and ** for any. A name stands for the program that the node's PATH gives for it. A lone * allows everything.",
  "A running node host uses the change at once.",
];

export const allowlistAdd = defineCommand({
  summary: "Allow a program on this machine.",
  details,
  args,
  examples: [
    ["clawdbot approvals allowlist add /usr/bin/git", "Allow git for every agent"],
    [
      "clawdbot approvals allowlist add '/opt/build/*' --agent main",
      "All programs in a directory, for one agent",
    ],
  ],
  async run(context, { args: { pattern, agent, profile } }) {
    const { path, store, file } = openLocalApprovals(context, profile);
    const entry = { id: context.random.uuid(), addedAtMs: context.clock.now() };
    const change = addPattern(file, agent, pattern.trim(), entry);
    if (change.changed) store.write(change.file);
    const word = change.changed ? "Allowed" : "Already allowed";
    context.err.write(`${word}: ${pattern} for agent "${agent}" in ${path}\n`);
    return exitCode.ok;
  },
});

export const allowlistRemove = defineCommand({
  summary: "Take a pattern off the allowlist of this machine.",
  details,
  args,
  async run(context, { args: { pattern, agent, profile } }) {
    const { path, store, file } = openLocalApprovals(context, profile);
    const change = removePattern(file, agent, pattern.trim());
    if (change.changed) store.write(change.file);
    const word = change.changed ? "Removed" : "Not found";
    context.err.write(`${word}: ${pattern} for agent "${agent}" in ${path}\n`);
    return exitCode.ok;
  },
});
