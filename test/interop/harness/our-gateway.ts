// Our embedded gateway, for the reverse: the reference's programs connect to it.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GatewayAddress } from "./gateway-address.ts";
import { untilListening } from "./listening.ts";
import { ourPart } from "./our-program.ts";
import type { Stage } from "./stage.ts";

const START_LIMIT_MS = 15_000;

export interface OurGateway extends GatewayAddress {
  readonly port: number;
}

/** Returns when the gateway listens. */
export async function startOurGateway(
  stage: Stage,
  options: { port: number; token: string },
): Promise<OurGateway> {
  const home = await stage.home("our-gateway");
  const tokenFile = join(home, "token");
  await writeFile(tokenFile, `${options.token}\n`, { mode: 0o600 });
  const child = stage.start(
    ourPart({
      role: "our gateway",
      args: [
        "gateway",
        "run",
        "--port",
        String(options.port),
        "--bind",
        "loopback",
        "--token-file",
        tokenFile,
      ],
      home,
    }),
  );
  await untilListening(child, options.port, START_LIMIT_MS);
  return { url: `ws://127.0.0.1:${options.port}`, port: options.port, token: options.token };
}
