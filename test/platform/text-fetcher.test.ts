import { describe, expect, test } from "bun:test";
import { systemTextFetcher } from "../../src/platform/text-fetcher.ts";

async function fetched(respond: () => Response | Promise<Response>, timeoutMs = 5000) {
  using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: respond });
  const url = `http://127.0.0.1:${server.port}/`;
  return await systemTextFetcher.get(url, { timeoutMs, maxBytes: 1000 });
}

/** What a promise fails with. */
function problem(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => "it did not fail", String);
}

describe("systemTextFetcher", () => {
  test("gives status and text, also of a refusal", async () => {
    expect(await fetched(() => new Response("é", { status: 404 }))).toEqual({
      status: 404,
      text: "é",
    });
    expect(await fetched(() => new Response(null, { status: 204 }))).toEqual({
      status: 204,
      text: "",
    });
  });

  test("a redirect is an answer and not followed", async () => {
    const { status } = await fetched(() => Response.redirect("http://127.0.0.1:9/"));
    expect(status).toBe(302);
  });

  test.each<[string, () => Response]>([
    ["with its length", () => new Response("x".repeat(1001))],
    ["without end", () => new Response(endless())],
  ])("an answer that is too large is given up: %s", async (_what, respond) => {
    expect(await problem(fetched(respond))).toContain("more than 1000 bytes");
  });

  test("silence is given up", async () => {
    const never = Promise.withResolvers<Response>();
    expect(await problem(fetched(() => never.promise, 50))).toMatch(/timed out/i);
    never.resolve(new Response());
  });
});

function endless(): ReadableStream {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(600)) });
}
