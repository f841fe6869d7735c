import { createHash } from "node:crypto";
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  createReadStream,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { createGunzip } from "node:zlib";

import type { ProgramFiles } from "./ports.ts";
import { syncDirectory } from "./sync-directory.ts";

export const systemProgramFiles: ProgramFiles = {
  async unpack(packed, path, maxBytes) {
    const hash = createHash("sha256");
    const descriptor = openSync(path, "wx", 0o600);
    const source = createReadStream(packed);
    const gunzip = createGunzip();
    source.on("error", (error) => gunzip.destroy(error));
    let whole = false;
    try {
      let bytes = 0;
      const chunks: AsyncIterable<Uint8Array> = source.pipe(gunzip);
      for await (const chunk of chunks) {
        bytes += chunk.length;
        if (bytes > maxBytes) throw new Error(`it has more than ${maxBytes} bytes`);
        hash.update(chunk);
        for (let at = 0; at < chunk.length;) at += writeSync(descriptor, chunk, at);
      }
      fsyncSync(descriptor);
      whole = true;
    } finally {
      source.destroy();
      closeSync(descriptor);
      if (!whole) rmSync(path, { force: true });
    }
    return hash.digest("hex");
  },

  setMode: (path, mode) => chmodSync(path, mode),

  link(path, second) {
    try {
      linkSync(path, second);
    } catch {
      // FAT, some network shares, or a file of another owner: a copy does as well.
      copyFileSync(path, second, constants.COPYFILE_EXCL);
    }
  },

  rename(path, to) {
    renameSync(path, to);
    syncDirectory(dirname(to));
  },
};
