// A release of a program that is a few lines of shell, served over HTTP and kept in a folder.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const asset = "clawdbot-test-target.gz";

/** Says its version, and writes down what else it is asked to do. */
export const program = (version: string): string => `#!/bin/sh
case $1 in
  --version) echo "clawdbot ${version} (000000000000, test-target)" ;;
  *) echo "$*" >>"$HOME/called" ;;
esac
`;

export interface Release {
  readonly url: string;
  readonly folder: string;
  /** Of the compressed file, as SHA256SUMS should say it. */
  readonly sum: string;
  readonly requests: string[];
  put(name: string, content: string | Uint8Array): void;
  [Symbol.dispose](): void;
}

export function serveRelease(folder: string, content: string | Uint8Array): Release {
  mkdirSync(folder, { recursive: true });
  const put = (name: string, bytes: string | Uint8Array): void =>
    writeFileSync(join(folder, name), bytes);
  const packed = Bun.gzipSync(Buffer.from(content), { level: 1 });
  const sum = createHash("sha256").update(packed).digest("hex");
  put(asset, packed);
  put("SHA256SUMS", `${"0".repeat(64)}  other.gz\n${sum}  ${asset}\n`);
  const requests: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      requests.push(pathname);
      const file = Bun.file(join(folder, pathname));
      return (await file.exists()) ? new Response(file) : new Response("", { status: 404 });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    folder,
    sum,
    requests,
    put,
    [Symbol.dispose]: () => void server.stop(true),
  };
}
