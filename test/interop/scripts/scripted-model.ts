// Program: a model provider without a model. It speaks the OpenAI chat completions protocol and
// answers by the script in a file: an agent that asks is told once to call the tool that stands
// there; without a script its turn is over. What tools answered goes to stdout.
//   bun scripted-model.ts PORT SCRIPT_FILE
import { readFile, rm } from "node:fs/promises";

interface Message {
  readonly role: string;
  readonly content?: unknown;
  readonly tool_call_id?: string;
}

const [port, script] = process.argv.slice(2);
if (port === undefined || script === undefined)
  throw new Error("usage: scripted-model PORT SCRIPT_FILE");

let calls = 0;
/** Calls whose answer was printed: it comes again with every later turn. */
let answered = 0;

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  async fetch(request) {
    if (!request.url.endsWith("/chat/completions")) return Response.json({ data: [] });
    const body = (await request.json()) as { messages: Message[]; stream?: boolean };
    const answer = body.messages.find((message) => message.tool_call_id === callId());
    if (answer !== undefined && answered < calls) {
      answered = calls;
      console.log(`tool answered: ${JSON.stringify(answer.content)}`);
    }
    const choice = (await toolTurn(script)) ?? finalTurn;
    return body.stream === true ? streamed(choice) : Response.json(completion(choice));
  },
});
console.log("listening");

/** Gateways of some versions keep letters and digits only. */
function callId(): string {
  return `call${calls}`;
}

interface Choice {
  readonly message: Readonly<Record<string, unknown>>;
  readonly finish: string;
}

const finalTurn: Choice = { message: { role: "assistant", content: "done" }, finish: "stop" };

async function toolTurn(path: string): Promise<Choice | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  await rm(path);
  calls += 1;
  const { name, args } = JSON.parse(text) as { name: string; args: unknown };
  const call = {
    index: 0,
    id: callId(),
    type: "function",
    function: { name, arguments: JSON.stringify(args) },
  };
  return {
    message: { role: "assistant", content: null, tool_calls: [call] },
    finish: "tool_calls",
  };
}

const common = { id: "chatcmpl-1", created: 1, model: "m" };
const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };

function completion({ message, finish }: Choice): unknown {
  const choices = [{ index: 0, message, finish_reason: finish }];
  return { ...common, object: "chat.completion", choices, usage };
}

function streamed({ message, finish }: Choice): Response {
  const chunk = (delta: unknown, reason: string | null): string =>
    `data: ${JSON.stringify({ ...common, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: reason }], usage })}\n\n`;
  const text = chunk(message, null) + chunk({}, finish) + "data: [DONE]\n\n";
  return new Response(text, { headers: { "content-type": "text/event-stream" } });
}
