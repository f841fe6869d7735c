// Program: one request of an operator, by our own client, and its answer as one line of JSON.
//   CLAWDBOT_GATEWAY_URL=… CLAWDBOT_GATEWAY_TOKEN=… bun operator-call.ts METHOD PARAMS_JSON
import { withOperator } from "../../../src/cli/operator-session.ts";
import { RpcError } from "../../../src/client/rpc-error.ts";
import { context } from "./operator-context.ts";

const LIMIT_MS = 60_000;
const [method, params] = process.argv.slice(2);
if (method === undefined || params === undefined)
  throw new Error("usage: operator-call METHOD PARAMS_JSON");

const answer = await withOperator(context, {}, LIMIT_MS, async (operator) => {
  try {
    return { ok: true, payload: await operator.call(method, JSON.parse(params)) };
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const { code, message, details } = error;
    return { ok: false, code, message, details };
  }
});
console.log(JSON.stringify(answer));
process.exit(0);
