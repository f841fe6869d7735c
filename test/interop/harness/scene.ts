// The tests of a file play on one stage, bounded, and whoever fails shows what every process had
// to say.
import { afterAll, beforeAll, test } from "bun:test";
import { PEERS_LIMIT_MS } from "./peers.ts";
import { raiseStage, type Stage } from "./stage.ts";

/** Generous: it is there for what hangs, and machines that run tests are busy. */
const ACT_LIMIT_MS = 120_000;
/** The runner's own limits are only there in case that ours fail to fire. */
const MARGIN_MS = 10_000;

type Act = (stage: Stage) => Promise<void>;

/** Declares the stage of a test file; the answer declares its tests. */
export function onStage(prepare: Act): (name: string, act: Act) => void {
  let stage: Stage | undefined;

  beforeAll(async () => {
    stage = await raiseStage();
    await play("preparation", stage, prepare);
  }, PEERS_LIMIT_MS + ACT_LIMIT_MS);

  afterAll(() => stage?.strike());

  return (name, act) => {
    test(
      name,
      async () => {
        if (!stage) throw new Error("the stage was never raised");
        await play(name, stage, act);
      },
      ACT_LIMIT_MS + MARGIN_MS,
    );
  };
}

async function play(name: string, stage: Stage, act: Act): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`Not done within ${ACT_LIMIT_MS} ms`)),
    ACT_LIMIT_MS,
  );
  try {
    await Promise.race([act(stage), late]);
    stage.forgetEnded();
  } catch (error) {
    console.error(`\n=== ${name}\n${stage.transcript()}\n`);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
