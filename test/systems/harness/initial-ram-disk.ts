// A root file system that the kernel unpacks into memory, made of this machine's own programs.
import { closeSync, openSync, readFileSync, realpathSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** `cpio`'s format "newc": a header in hexadecimal, the name, the content, each filled to 4 bytes. */
export class InitialRamDisk {
  readonly #names = new Set<string>();
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, "w", 0o600);
  }

  directory(path: string): void {
    if (path === "/" || this.#names.has(path)) return;
    this.#entry(path, 0o040_755, new Uint8Array());
  }

  file(path: string, content: string | Uint8Array, mode = 0o644): void {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    this.#entry(path, 0o100_000 | mode, bytes);
  }

  link(path: string, target: string): void {
    this.#entry(path, 0o120_777, new TextEncoder().encode(target));
  }

  /** A file of this machine under its own name. */
  copy(path: string, as = path): void {
    if (!this.#names.has(as)) this.file(as, readFileSync(path), 0o755);
  }

  /** A program with the libraries that it needs. */
  program(path: string, as = path): void {
    this.copy(path, as);
    const said = Bun.spawnSync(["ldd", path]).stdout.toString();
    for (const [, library = ""] of said.matchAll(/(\/\S+) \(0x/g)) {
      this.copy(realpathSync(library), library);
    }
  }

  close(): void {
    this.#entry("TRAILER!!!", 0, new Uint8Array());
    closeSync(this.#file);
  }

  #entry(path: string, mode: number, content: Uint8Array): void {
    if (path.startsWith("/")) this.directory(dirname(path));
    this.#names.add(path);
    const name = `${path.replace(/^\//, "")}\0`;
    // Inode, mode, owner, group, links, time, size, four numbers of devices, length of the name, 0.
    const numbers = [
      this.#names.size,
      mode,
      0,
      0,
      1,
      0,
      content.length,
      0,
      0,
      0,
      0,
      name.length,
      0,
    ];
    const header = numbers.map((number) => number.toString(16).padStart(8, "0")).join("");
    this.#write(new TextEncoder().encode(`070701${header}${name}`));
    this.#write(content);
  }

  #write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) done += writeSync(this.#file, bytes, done);
    const rest = -bytes.length & 3;
    if (rest > 0) writeSync(this.#file, new Uint8Array(rest));
  }
}
