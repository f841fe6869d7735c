import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "bun:test";
import { systemDownloads } from "../../src/platform/downloads.ts";
import { RawServer, head } from "../fakes/raw-server.ts";
import { Scratch } from "../fakes/scratch.ts";

type Respond = (request: Request) => Response | Promise<Response>;

async function served<T>(respond: Respond, use: (url: string) => Promise<T>): Promise<T> {
  using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: respond });
  return await use(`http://127.0.0.1:${server.port}/x`);
}

const problem = (promise: Promise<unknown>): Promise<string> =>
  promise.then(() => "it did not fail", String);
const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("systemDownloads over HTTP", () => {
  test("gives the bytes, or a file with its checksum", async () => {
    using scratch = new Scratch();
    const text = "x".repeat(100_000);
    await served(
      () => new Response(text),
      async (url) => {
        expect(Buffer.from((await systemDownloads.bytes(url, 100_000)) ?? []).toString()).toBe(
          text,
        );
        expect(await systemDownloads.toFile(url, scratch.at("file"), 100_000)).toBe(digest(text));
      },
    );
    expect(scratch.read("file")).toBe(text);
  });

  test("follows redirects of the same server", async () => {
    const respond: Respond = ({ url }) =>
      url.endsWith("/x") ? Response.redirect("/y") : new Response("here");
    const bytes = await served(respond, (url) => systemDownloads.bytes(url, 10));
    expect(Buffer.from(bytes ?? []).toString()).toBe("here");
  });

  const rows: readonly (readonly [name: string, says: string, respond: Respond])[] = [
    ["an answer that is too large", "more than 10 bytes", () => new Response("x".repeat(11))],
    ["an answer without end", "more than 10 bytes", () => new Response(endless())],
    ["a failure of the server", "status 503", () => new Response("", { status: 503 })],
    ["a redirect in circles", "more than 5 times", () => Response.redirect("/x")],
    [
      "a redirect to another host in clear",
      "not encrypted",
      () => Response.redirect("http://example.invalid/"),
    ],
    ["a redirect to a file", "not encrypted", () => Response.redirect("file:///etc/passwd")],
  ];
  for (const [name, says, respond] of rows) {
    test(`fails on ${name}, and leaves no file`, async () => {
      using scratch = new Scratch();
      await served(respond, async (url) => {
        expect(await problem(systemDownloads.bytes(url, 10))).toContain(says);
        const failed = await problem(systemDownloads.toFile(url, scratch.at("file"), 10));
        expect(failed).toContain(says);
        expect(failed).not.toContain("did not fail");
      });
      expect(scratch.has("file")).toBe(false);
    });
  }

  test("fails on an answer that is cut off, and leaves no file", async () => {
    using scratch = new Scratch();
    await using server = await RawServer.start(async (socket) => {
      await head(socket);
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf");
    });
    const url = `http://127.0.0.1:${server.port}/`;
    const failed = await problem(systemDownloads.toFile(url, scratch.at("file"), 10));
    expect(failed).toMatch(/closed|reset/i);
    expect(scratch.has("file")).toBe(false);
  });

  test("what is not there is told from what fails", async () => {
    using scratch = new Scratch();
    await served(
      () => new Response("gone", { status: 404 }),
      async (url) => {
        expect(await systemDownloads.bytes(url, 10)).toBeUndefined();
        expect(await systemDownloads.toFile(url, scratch.at("file"), 10)).toBeUndefined();
      },
    );
    expect(scratch.has("file")).toBe(false);
  });
});

describe("systemDownloads from a folder", () => {
  test("gives a file, and tells what is missing", async () => {
    using scratch = new Scratch();
    const url = pathToFileURL(scratch.file("a b", "text")).href;
    expect(await systemDownloads.toFile(url, scratch.at("copy"), 4)).toBe(digest("text"));
    expect(await systemDownloads.bytes(`${url}x`, 4)).toBeUndefined();
    expect(await problem(systemDownloads.bytes(url, 3))).toContain("more than 3 bytes");
    const folder = pathToFileURL(scratch.directory("folder")).href;
    expect(await problem(systemDownloads.bytes(folder, 3))).toContain("no regular file");
  });

  test("writes over no file that is there", async () => {
    using scratch = new Scratch();
    const url = pathToFileURL(scratch.file("from", "text")).href;
    scratch.file("to", "mine");
    expect(await problem(systemDownloads.toFile(url, scratch.at("to"), 10))).toContain("EEXIST");
    expect(scratch.read("to")).toBe("mine");
  });
});

function endless(): ReadableStream {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(6)) });
}
