// A TCP proxy that lets so many bytes pass and then cuts the line.
import type { Socket, TCPSocketListener } from "bun";

type Side = "up" | "down";

interface Line {
  upstream: Socket<Line> | undefined;
  client: Socket<Line> | undefined;
  readonly early: Buffer[];
}

export class CuttingProxy implements AsyncDisposable {
  readonly #listener: TCPSocketListener<Line>;
  readonly #lines = new Set<Line>();
  readonly #port: number;
  #cut: { readonly side: Side; left: number } | undefined;

  constructor(port: number) {
    this.#port = port;
    this.#listener = Bun.listen<Line>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (client) => void this.#open(client),
        data: (client, bytes) => this.#pass(client.data, "up", bytes),
        close: (client) => this.#end(client.data),
        error: (client) => this.#end(client.data),
      },
    });
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#listener.port}`;
  }

  /** Cuts the line when a byte more than these is to go to the gateway (up) or the node (down). */
  cutAfter(side: Side, bytes: number): void {
    this.#cut = { side, left: bytes };
  }

  /** The cut has happened. */
  get done(): boolean {
    return this.#cut === undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const line of this.#lines) this.#end(line);
    this.#listener.stop(true);
    return Promise.resolve();
  }

  async #open(client: Socket<Line>): Promise<void> {
    const line: Line = { client, upstream: undefined, early: [] };
    client.data = line;
    this.#lines.add(line);
    line.upstream = await Bun.connect<Line>({
      hostname: "127.0.0.1",
      port: this.#port,
      data: line,
      socket: {
        data: (upstream, bytes) => this.#pass(upstream.data, "down", bytes),
        close: (upstream) => this.#end(upstream.data),
        error: (upstream) => this.#end(upstream.data),
      },
    });
    for (const bytes of line.early) line.upstream.write(bytes);
  }

  #pass(line: Line, side: Side, bytes: Buffer): void {
    let passing = bytes;
    const cut = this.#cut?.side === side ? this.#cut : undefined;
    if (cut !== undefined) {
      passing = bytes.subarray(0, cut.left);
      cut.left -= passing.length;
    }
    if (side === "down") line.client?.write(passing);
    else if (line.upstream === undefined) line.early.push(Buffer.from(passing));
    else line.upstream.write(passing);
    if (passing.length === bytes.length) return;
    this.#cut = undefined;
    this.#end(line);
  }

  #end(line: Line): void {
    this.#lines.delete(line);
    line.client?.end();
    line.upstream?.end();
  }
}
