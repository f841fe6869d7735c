/** Client sockets on Bun's own WebSocket. */
import type { Socket, SocketError, SocketFactory, SocketHandlers, SocketOptions } from "./ports.ts";
import { type HandshakeError, readLeafCertificate } from "./leaf-certificate.ts";

const tooBig = 1009;

export const systemSockets: SocketFactory = {
  open(options, maxFrameBytes, handlers) {
    return options.pin === undefined
      ? openSocket(options, maxFrameBytes, handlers)
      : openPinned(options, options.pin, maxFrameBytes, handlers);
  },
};

interface TlsTrust {
  readonly ca: string[];
  readonly allowPartialTrustChain?: boolean;
  readonly checkServerIdentity?: (
    host: string,
    certificate: { readonly fingerprint256: string },
  ) => Error | undefined;
}

function openSocket(
  options: SocketOptions,
  maxFrameBytes: number,
  handlers: SocketHandlers,
  trust: TlsTrust | undefined = options.ca && { ca: [...options.ca] },
): Socket {
  const socket = new WebSocket(options.url, {
    perMessageDeflate: false,
    ...(options.headers === undefined ? {} : { headers: { ...options.headers } }),
    ...(options.proxy === undefined ? {} : { proxy: options.proxy }),
    ...(trust === undefined ? {} : { tls: trust }),
  });
  socket.binaryType = "arraybuffer";
  socket.addEventListener("open", () => handlers.onOpen());
  socket.addEventListener("message", ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (sizeOf(data) > maxFrameBytes) return socket.close(tooBig, "frame too large");
    handlers.onText(typeof data === "string" ? data : new TextDecoder().decode(data));
  });
  for (const sign of ["ping", "pong"]) socket.addEventListener(sign, () => handlers.onActivity());
  socket.addEventListener("error", (event) => handlers.onError(describe(event)));
  socket.addEventListener("close", ({ code, reason }) => handlers.onClose(code, reason));
  return {
    send(text) {
      if (socket.readyState !== WebSocket.OPEN) return false;
      socket.send(text);
      return true;
    },
    ping: () => socket.ping(),
    close: (code, reason) =>
      socket.readyState === WebSocket.CONNECTING ? socket.terminate() : socket.close(code, reason),
    terminate: () => socket.terminate(),
    bufferedBytes: () => socket.bufferedAmount,
  };
}

/** Characters for text: at most the bytes, and exact for what JSON protocols send. */
function sizeOf(data: string | ArrayBuffer): number {
  return typeof data === "string" ? data.length : data.byteLength;
}

function describe(event: Event): SocketError {
  const { message, error } = event as Event & { message?: string; error?: { code?: unknown } };
  const code = error?.code;
  return {
    code: typeof code === "string" ? code : undefined,
    message: message ?? "connection failed",
  };
}

/**
 * Opens a socket to a server with one particular certificate. Bun ignores `checkServerIdentity`
 * when verification is off, so the leaf is read first on a connection of its own, compared, and
 * then made the only trust anchor of the real one, whose certificate is compared once more: the
 * server could have changed in between. Nothing is sent to a server that does not match.
 */
function openPinned(
  options: SocketOptions,
  pin: string,
  maxFrameBytes: number,
  handlers: SocketHandlers,
): Socket {
  let inner: Socket | undefined;
  let cancelled = false;
  const abort = new AbortController();
  const fail = (error: SocketError): void => {
    if (!cancelled) handlers.onError(error);
    handlers.onClose(1006, "");
  };
  readLeafCertificate(options, abort.signal).then(
    (leaf) => {
      if (cancelled) return fail({ code: undefined, message: "closed" });
      if (leaf.fingerprint !== pin) return fail(mismatch(pin, leaf.fingerprint));
      let changed: SocketError | undefined;
      const onError = (error: SocketError): void => handlers.onError(changed ?? error);
      inner = openSocket(
        options,
        maxFrameBytes,
        { ...handlers, onError },
        {
          ca: [leaf.pem],
          allowPartialTrustChain: true,
          checkServerIdentity(_host, certificate) {
            const got = certificate.fingerprint256.replaceAll(":", "").toLowerCase();
            if (got === pin) return undefined;
            changed = mismatch(pin, got);
            return new Error(changed.message);
          },
        },
      );
    },
    (error: HandshakeError) => fail(error),
  );
  const cancel = (): void => {
    cancelled = true;
    abort.abort();
  };
  return {
    send: (text) => inner?.send(text) ?? false,
    ping: () => inner?.ping(),
    close: (code, reason) => (inner === undefined ? cancel() : inner.close(code, reason)),
    terminate: () => (inner === undefined ? cancel() : inner.terminate()),
    bufferedBytes: () => inner?.bufferedBytes() ?? 0,
  };
}

function mismatch(wanted: string, got: string): SocketError {
  return {
    code: "PIN_MISMATCH",
    message: `the server's certificate is ${got}, the pinned one is ${wanted}`,
  };
}
