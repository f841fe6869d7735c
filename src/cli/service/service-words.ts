/** The command line of a service, from the flags that `node install` was given. */
import { resolve } from "node:path";

import type { ArgsDef } from "citty";

export interface ServiceWordsRequest {
  /** The flags of `node run`. */
  readonly definitions: ArgsDef;
  readonly args: Readonly<Record<string, unknown>>;
  readonly repeated: Readonly<Record<string, readonly string[]>>;
  /** Flags that the service gets in another way, or not at all. */
  readonly without: readonly string[];
  readonly cwd: string;
}

/** Only what was said: a default may change with the program, and files are named absolutely. */
export function serviceWords(request: ServiceWordsRequest): string[] {
  const words: string[] = [];
  for (const [name, definition] of Object.entries(request.definitions)) {
    if (request.without.includes(name) || definition.type === "positional") continue;
    const given = request.args[name];
    const values: readonly unknown[] = request.repeated[name] ?? [given];
    for (const value of values) {
      if (value === undefined || value === definition.default) continue;
      if (value === true) words.push(`--${name}`);
      // A switch that can be negated is undefined when nothing was said.
      else if (value === false) words.push(...(isNegatable(definition) ? [`--no-${name}`] : []));
      else if (typeof value === "string") {
        const hint = "valueHint" in definition ? definition.valueHint : undefined;
        const isPath = hint === "FILE" || hint === "DIR" || hint === "PATH";
        const text = isPath ? resolve(request.cwd, value) : value;
        // Behind a blank it would be read as the next flag.
        if (text.startsWith("-")) words.push(`--${name}=${text}`);
        else words.push(`--${name}`, text);
      }
    }
  }
  return words;
}

function isNegatable(definition: ArgsDef[string]): boolean {
  return "negativeDescription" in definition;
}
