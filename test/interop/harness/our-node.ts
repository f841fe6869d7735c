// Our node host: the thing under test in most files here.
import type { Child } from "./child.ts";
import { ourPart } from "./our-program.ts";
import { type Policy, writePolicy } from "./policy-file.ts";
import type { Stage } from "./stage.ts";

/** Without a policy it is the home of somebody who has just downloaded the binary. */
export async function ourNodeHome(stage: Stage, policy?: Policy): Promise<string> {
  const home = await stage.home("node");
  if (policy) await writePolicy(home, policy);
  return home;
}

export interface NodeOptions {
  readonly home: string;
  readonly name: string;
  readonly host?: string;
  readonly port: number;
  /** The shared token of the gateway; a node that was paired before does without. */
  readonly token?: string;
  readonly flags?: readonly string[];
}

export function startOurNode(stage: Stage, options: NodeOptions): Child {
  return stage.start(
    ourPart({
      role: `our node "${options.name}"`,
      args: [
        "node",
        "run",
        "--host",
        options.host ?? "127.0.0.1",
        "--port",
        String(options.port),
        "--display-name",
        options.name,
        ...(options.flags ?? []),
      ],
      home: options.home,
      ...(options.token === undefined ? {} : { token: options.token }),
    }),
  );
}
