// Program: an operator who runs /bin/true on a node over and over, one after the other, on one
// connection. Prints how long each took, in milliseconds, as one line of JSON.
//   CLAWDBOT_GATEWAY_URL=… CLAWDBOT_GATEWAY_TOKEN=… bun run-latency.ts NODE_ID COUNT
import { withOperator } from "../../../src/cli/operator-session.ts";
import { context } from "./operator-context.ts";

const LIMIT_MS = 60_000;
/** Compilers warm up on both sides. */
const WARM_UP = 10;
const [nodeId, count] = process.argv.slice(2);
if (nodeId === undefined || count === undefined)
  throw new Error("usage: run-latency NODE_ID COUNT");

const took = await withOperator(context, {}, LIMIT_MS, async (operator) => {
  const times: number[] = [];
  for (let index = -WARM_UP; index < Number(count); index += 1) {
    const idempotencyKey = crypto.randomUUID();
    const params = { command: ["/bin/true"] };
    const started = performance.now();
    await operator.call("node.invoke", { nodeId, command: "system.run", params, idempotencyKey });
    if (index >= 0) times.push(performance.now() - started);
  }
  return times;
});
console.log(JSON.stringify(took));
process.exit(0);
