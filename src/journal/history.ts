/** Reads requests out of the journal, the newest first. */
import type { Line } from "./chain.ts";
import { type RequestRecord, type TimedEntry, readLine, recordOf } from "./record.ts";

export interface HistoryFilter {
  readonly agent?: string | undefined;
  /** Only what was refused. */
  readonly denied: boolean;
  /** Milliseconds since the epoch. */
  readonly since?: number | undefined;
}

export function matches(record: RequestRecord, { agent, denied, since }: HistoryFilter): boolean {
  if (agent !== undefined && record.agent !== agent) return false;
  if (denied && record.outcome !== "denied") return false;
  return since === undefined || record.at >= since;
}

/** Requests, newest first, from lines that come newest first; stops reading at `since`. */
export function* requestsBackwards(
  lines: Iterable<Line>,
  filter: HistoryFilter,
): Generator<RequestRecord> {
  const open = new Map<string, TimedEntry[]>();
  for (const line of lines) {
    if (filter.since !== undefined && line.time < filter.since) return;
    const read = readLine(line);
    const invoke = read?.entry.invoke;
    if (read === undefined || invoke === undefined) continue;
    const group = open.get(invoke) ?? [];
    group.push(read);
    open.set(invoke, group);
    if (read.entry.kind !== "request") continue;
    // An id may come again days later: what is older is another request.
    open.delete(invoke);
    const record = recordOf(group.toReversed());
    if (record !== undefined && matches(record, filter)) yield record;
  }
}

/** Requests whose beginning was seen and whose end may still come. */
const mostOpen = 4096;

/** Follows lines as they are written; tells every start, refusal and end. */
export class HistoryFollower {
  readonly #open = new Map<string, TimedEntry[]>();

  /** Goes on with a request that had not ended when the following began. */
  resume({ invoke, outcome, lines }: RequestRecord): void {
    if (outcome === "waiting" || outcome === "running") this.#open.set(invoke, [...lines]);
  }

  /** The request that a line changes in a way that is worth telling. */
  take(line: Line): RequestRecord | undefined {
    const read = readLine(line);
    const invoke = read?.entry.invoke;
    if (read === undefined || invoke === undefined) return undefined;
    const { kind, allowed } = read.entry;
    const group = kind === "request" ? [read] : [...(this.#open.get(invoke) ?? []), read];
    this.#open.set(invoke, group);
    if (this.#open.size > mostOpen) {
      for (const oldest of this.#open.keys()) {
        this.#open.delete(oldest);
        break;
      }
    }
    const refused = kind === "decision" && allowed === false;
    const ends = refused || kind === "end" || kind === "answer" || kind === "unknown";
    if (ends) this.#open.delete(invoke);
    return ends || kind === "start" ? recordOf(group) : undefined;
  }
}
