// The reference's own command line as the operator. One call takes about 2 s.
import type { Ended } from "./child.ts";
import type { GatewayAddress } from "./gateway-address.ts";
import { writeReferenceConfig } from "./reference-config.ts";
import { referencePart } from "./reference-program.ts";
import type { Stage } from "./stage.ts";

const CALL_LIMIT_MS = 45_000;

export class ReferenceCli {
  readonly #stage: Stage;
  readonly #home: string;

  private constructor(stage: Stage, home: string) {
    this.#stage = stage;
    this.#home = home;
  }

  static async create(stage: Stage, gateway: GatewayAddress): Promise<ReferenceCli> {
    const home = await stage.home("reference-operator");
    const { url, token, tlsFingerprint } = gateway;
    await writeReferenceConfig(home, { mode: "remote", remote: { url, token, tlsFingerprint } });
    return new ReferenceCli(stage, home);
  }

  async call(...args: string[]): Promise<Ended> {
    const part = referencePart(this.#stage, { role: "reference operator", args, home: this.#home });
    return this.#stage.run(part, CALL_LIMIT_MS);
  }

  /** The same with `--json`, which has to succeed. */
  async json(...args: string[]): Promise<unknown> {
    const ended = await this.call(...args, "--json");
    if (ended.code !== 0) throw new Error(`"clawdbot ${args.join(" ")}" ended with ${ended.code}`);
    return JSON.parse(ended.stdout);
  }

  /** `nodes run`: what the command says; any exit code but 0 becomes 1. */
  async run(node: string, argv: readonly string[], flags: readonly string[] = []): Promise<Ended> {
    return this.call("nodes", "run", "--node", node, ...flags, "--", ...argv);
  }

  /** `nodes invoke` as a call that has to succeed. */
  async invoke(node: string, command: string, params: unknown): Promise<unknown> {
    const asked = ["--command", command, "--params", JSON.stringify(params)];
    return this.json("nodes", "invoke", "--node", node, ...asked);
  }
}
