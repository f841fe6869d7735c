// A program that can play the node: ours, or the reference.
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { ourPart } from "../interop/harness/our-program.ts";
import type { Peers } from "../interop/harness/peers.ts";
import { type Policy, writePolicy } from "../interop/harness/policy-file.ts";
import { writeReferenceConfig } from "../interop/harness/reference-config.ts";
import { referencePart } from "../interop/harness/reference-program.ts";
import type { Part } from "../interop/harness/stage.ts";

export interface NodeWish {
  readonly home: string;
  readonly name: string;
  readonly port: number;
  readonly token: string;
}

export interface Contender {
  readonly name: "ours" | "reference";
  /** A fresh home directory with a policy. */
  home(policy: Policy): Promise<string>;
  node(wish: NodeWish): Part;
}

/** `binary` is a copy: somebody may build while this runs. */
export function ourselves(directory: string, binary: string): Contender {
  return {
    name: "ours",
    async home(policy) {
      const home = await mkdtemp(join(directory, "ours-"));
      await writePolicy(home, policy);
      return home;
    },
    node({ home, name, port, token }) {
      const part = ourPart({ role: `our node "${name}"`, args: nodeArgs(name, port), home, token });
      return { ...part, argv: [binary, ...part.argv.slice(1)] };
    },
  };
}

export function theReference(directory: string, peers: Peers): Contender {
  return {
    name: "reference",
    async home(policy) {
      const home = await mkdtemp(join(directory, "reference-"));
      await writeReferenceConfig(home, { mode: "local" });
      await writePolicy(home, policy);
      return home;
    },
    node({ home, name, port, token }) {
      const role = `reference node "${name}"`;
      return referencePart({ peers }, { role, args: nodeArgs(name, port), home, token });
    },
  };
}

function nodeArgs(name: string, port: number): string[] {
  return ["node", "run", "--host", "127.0.0.1", "--port", String(port), "--display-name", name];
}
