/** How much of a journal a node host keeps. */
import type { ArgsDef } from "citty";

import { JournalFile, type Journal, noJournal } from "../journal/journal.ts";
import type { Retention } from "../journal/retention.ts";
import { parseDuration } from "../lib/duration.ts";
import { UsageError } from "../lib/errors.ts";
import { maskSecrets } from "../lib/secret-patterns.ts";
import { formatSize, parseSize } from "../lib/size.ts";
import type { Log } from "../platform/ports.ts";
import type { CliContext } from "./context.ts";
import { textFlag } from "./flag-values.ts";

export const journalArgs = {
  journal: {
    type: "boolean",
    default: true,
    description: "Keep a journal of requests, decisions and runs in the state directory (default)",
    negativeDescription:
      "Keep none; what was asked for and not delivered is then forgotten when this host ends",
  },
  "journal-max-age": {
    type: "string",
    valueHint: "DURATION",
    default: "30d",
    description: "Remove older lines of the journal",
  },
  "journal-max-size": {
    type: "string",
    valueHint: "SIZE",
    default: "64MiB",
    description: "Remove the oldest lines of a larger journal",
  },
} as const satisfies ArgsDef;

const longestAgeMs = 100 * 365 * 86_400_000;
const smallestBytes = 1024 * 1024;
const largestBytes = 1024 ** 4;

/** Undefined: no journal is wanted. Throws UsageError. */
export function journalRetention(args: Readonly<Record<string, unknown>>): Retention | undefined {
  const [age, size] = ["journal-max-age", "journal-max-size"].map((name) => textFlag(args, name));
  const maxAgeMs = parseDuration(age ?? "30d", longestAgeMs);
  if (maxAgeMs === undefined || maxAgeMs < 1) {
    throw new UsageError(
      `Cannot use --journal-max-age "${age}": a duration is written like 12h or 30d`,
    );
  }
  const maxBytes = parseSize(size ?? "64MiB");
  if (maxBytes === undefined || maxBytes < smallestBytes || maxBytes > largestBytes) {
    throw new UsageError(
      `Cannot use --journal-max-size "${size}": a size is written like 64MiB, at least ${formatSize(smallestBytes)}`,
    );
  }
  return args["journal"] === false ? undefined : { maxAgeMs, maxBytes };
}

export async function openJournal(
  context: CliContext,
  log: Log,
  path: string,
  retention: Retention | undefined,
): Promise<Journal> {
  if (retention === undefined) return noJournal;
  const { clock, redactor } = context;
  const clean = (text: string): string => maskSecrets(redactor.apply(text));
  const databases = await context.databases();
  const copies = await context.databaseReader();
  return new JournalFile({ clock, log, databases, copies }, { path, clean, ...retention });
}
