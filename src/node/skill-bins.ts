/** The programs of skills, as the gateway at hand lists them. */
import { messageOf } from "../lib/errors.ts";
import type { Clock, Log } from "../platform/ports.ts";
import { parseSkillBins, skillBinsMethod } from "../protocol/skill-bins.ts";

export interface SkillBinsPorts {
  readonly clock: Pick<Clock, "monotonic">;
  readonly log: Log;
  /** Asks the gateway; rejects where there is no connection, no answer in time, or a refusal. */
  request(method: string, params: unknown, timeoutMs: number): Promise<unknown>;
}

/** Names of programs; resolves always, and soon. */
export type SkillBins = () => Promise<ReadonlySet<string>>;

const freshMs = 90_000;
/** A run waits for it. */
const answerMs = 3000;

/** A list is kept for a while; one that cannot be renewed stays as it was. */
export function skillBins(ports: SkillBinsPorts): SkillBins {
  let names: ReadonlySet<string> = new Set();
  let askedAt: number | undefined;
  let asking: Promise<void> | undefined;
  const ask = async (): Promise<void> => {
    try {
      names = parseSkillBins(await ports.request(skillBinsMethod, {}, answerMs)) ?? names;
    } catch (error) {
      // A gateway that has no such method is asked as seldom as any other.
      ports.log.debug(`the gateway did not list the programs of skills: ${messageOf(error)}`);
    }
    askedAt = ports.clock.monotonic();
    asking = undefined;
  };
  return async () => {
    if (askedAt === undefined || ports.clock.monotonic() - askedAt >= freshMs) {
      asking ??= ask();
      await asking;
    }
    return names;
  };
}
