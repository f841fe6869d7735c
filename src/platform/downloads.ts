/** Files over HTTP or from a folder, bounded in size and in silence. */
import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { codeOf } from "../lib/errors.ts";
import type { Downloads } from "./ports.ts";

/** Without a byte for so long a server will send no more. */
const silenceMs = 30_000;
const mostRedirects = 5;

export const systemDownloads: Downloads = {
  async bytes(address, maxBytes) {
    const chunks: Uint8Array[] = [];
    const there = await receive(address, maxBytes, (chunk) => void chunks.push(chunk));
    return there ? new Uint8Array(Buffer.concat(chunks)) : undefined;
  },

  async toFile(address, path, maxBytes) {
    const hash = createHash("sha256");
    const descriptor = openSync(path, "wx", 0o600);
    let there = false;
    try {
      there = await receive(address, maxBytes, (chunk) => {
        hash.update(chunk);
        writeAll(descriptor, chunk);
      });
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
      if (!there) rmSync(path, { force: true });
    }
    return there ? hash.digest("hex") : undefined;
  },
};

/** A disk that is nearly full takes a part, and says so only at the next try. */
function writeAll(descriptor: number, chunk: Uint8Array): void {
  for (let at = 0; at < chunk.length;) at += writeSync(descriptor, chunk, at);
}

/** Hands over what comes; false when there is no such file. */
async function receive(
  address: string,
  maxBytes: number,
  take: (chunk: Uint8Array) => void,
): Promise<boolean> {
  const silence = new AbortController();
  const giveUp = (): void =>
    silence.abort(new Error(`nothing came for ${silenceMs / 1000} seconds`));
  let timer = setTimeout(giveUp, silenceMs);
  try {
    const body = await open(new URL(address), silence.signal);
    if (body === undefined) return false;
    let bytes = 0;
    for await (const chunk of body) {
      clearTimeout(timer);
      timer = setTimeout(giveUp, silenceMs);
      bytes += chunk.length;
      if (bytes > maxBytes) throw new Error(`it has more than ${maxBytes} bytes`);
      take(chunk);
    }
    return true;
  } finally {
    clearTimeout(timer);
  }
}

async function open(
  start: URL,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array> | undefined> {
  if (start.protocol === "file:") return openFile(fileURLToPath(start));
  let url = start;
  for (let hops = 0; hops <= mostRedirects; hops += 1) {
    const response = await fetch(url, { redirect: "manual", signal });
    const next = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && next !== null) {
      await response.body?.cancel();
      const to = new URL(next, url);
      const secure = to.protocol === "https:" || (to.protocol === "http:" && to.host === url.host);
      if (!secure || (url.protocol === "https:" && to.protocol !== "https:")) {
        throw new Error(`it leads on to ${to.protocol}//${to.host}, which is not encrypted`);
      }
      url = to;
      continue;
    }
    if (response.status === 404 || response.status === 410) return undefined;
    if (!response.ok) throw new Error(`the server answers with status ${response.status}`);
    return response.body ?? new Response("").body ?? undefined;
  }
  throw new Error(`it leads on more than ${mostRedirects} times`);
}

function openFile(path: string): ReadableStream<Uint8Array> | undefined {
  try {
    if (!statSync(path).isFile()) throw new Error("it is no regular file");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
  return Bun.file(path).stream();
}
