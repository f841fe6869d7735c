/** One text over HTTP, bounded in size and time. */
import type { TextFetcher } from "./ports.ts";

export const systemTextFetcher: TextFetcher = {
  async get(url, { timeoutMs, maxBytes, ca }) {
    const response = await fetch(url, {
      // A redirect could lead from https to anywhere.
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
      headers: { accept: "application/json" },
      ...(ca === undefined ? {} : { tls: { ca: [...ca] } }),
    });
    return { status: response.status, text: await boundedText(response, maxBytes) };
  },
};

async function boundedText(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body: ReadableStream<Uint8Array> | null = response.body;
  // Leaving the loop cancels the rest.
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`the answer has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
