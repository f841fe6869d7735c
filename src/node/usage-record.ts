/** Counts which entries of the allowlist are used, and stores that now and then. */
import type { UsedEntry } from "../approvals/used-entries.ts";
import { printable } from "../lib/display-text.ts";
import { messageOf } from "../lib/errors.ts";
import type { Cancel, Clock, Log } from "../platform/ports.ts";
import type { EntryUsage } from "../state/approvals-usage.ts";

export interface UsagePorts {
  readonly clock: Pick<Clock, "now" | "after">;
  readonly log: Log;
  /** What was stored before; read once, at the first use. */
  load(): readonly EntryUsage[];
  /** Throws when it cannot be stored. */
  store(entries: readonly EntryUsage[]): void;
  redact(text: string): string;
}

/** Runs that follow one another cost one write. */
const delayMs = 5000;
/** The ones that were not used for longest go. */
const mostEntries = 1000;
const longestCommand = 200;

export class UsageRecord {
  readonly #ports: UsagePorts;
  /** Oldest use first. */
  #entries: Map<string, EntryUsage> | undefined;
  #cancel: Cancel | undefined;
  #failed = false;

  constructor(ports: UsagePorts) {
    this.#ports = ports;
  }

  /** A command ran because of these entries. */
  note(agent: string, used: readonly UsedEntry[], command: string): void {
    if (used.length === 0) return;
    const { clock } = this.#ports;
    const entries = this.#loaded();
    const lastUsedCommand = printable(this.#ports.redact(command), longestCommand);
    for (const { pattern, path } of used) {
      const key = keyOf(agent, pattern);
      const count = (entries.get(key)?.count ?? 0) + 1;
      entries.delete(key);
      entries.set(key, {
        agent,
        pattern,
        lastUsedAt: clock.now(),
        count,
        lastUsedCommand,
        lastResolvedPath: path,
      });
    }
    for (const key of [...entries.keys()].slice(0, -mostEntries)) entries.delete(key);
    this.#cancel ??= clock.after(delayMs, () => this.flush());
  }

  /** Stores what is not stored yet. Never throws: a run does not depend on it. */
  flush(): void {
    if (this.#cancel === undefined) return;
    this.#cancel();
    this.#cancel = undefined;
    try {
      this.#ports.store([...this.#loaded().values()]);
      this.#failed = false;
    } catch (error) {
      const problem = `which allowlist entries are used could not be stored: ${messageOf(error)}`;
      if (!this.#failed) this.#ports.log.warn(problem);
      this.#failed = true;
    }
  }

  #loaded(): Map<string, EntryUsage> {
    this.#entries ??= new Map(
      this.#ports.load().map((entry) => [keyOf(entry.agent, entry.pattern), entry]),
    );
    return this.#entries;
  }
}

function keyOf(agent: string, pattern: string): string {
  return JSON.stringify([agent, pattern]);
}
