// A directory of its own for a test, removed afterwards; real files in it.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export class Scratch implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "clawdbot-test-"));

  at(...parts: string[]): string {
    return join(this.path, ...parts);
  }

  /** Writes a file with its directories; gives its path. */
  file(name: string, text: string | Uint8Array, mode = 0o600): string {
    const path = this.at(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  }

  /** Writes a file that is executed. */
  program(name: string, text = "#!/bin/sh\nexit 0\n"): string {
    return this.file(name, text, 0o755);
  }

  directory(name: string, mode = 0o700): string {
    const path = this.at(name);
    mkdirSync(path, { recursive: true });
    chmodSync(path, mode);
    return path;
  }

  link(name: string, target: string): string {
    const path = this.at(name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(target, path);
    return path;
  }

  read(name: string): string {
    return readFileSync(this.at(name), "utf8");
  }

  json(name: string): any {
    return JSON.parse(this.read(name));
  }

  has(name: string): boolean {
    return existsSync(this.at(name));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
