import type { CliContext } from "../context.ts";

/** A port of the loopback address on which nobody listens at this moment. */
export function freePort({ servers }: CliContext): number {
  const ignore = (): void => undefined;
  const none = { onOpen: ignore, onText: ignore, onActivity: ignore, onClose: ignore };
  const listener = servers.listen({ hostname: "127.0.0.1", port: 0, maxFrameBytes: 1 }, none);
  void listener.stop();
  return listener.port;
}
