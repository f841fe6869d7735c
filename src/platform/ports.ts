/**
 * What the program needs from the machine, as types only. The adapters beside this file implement
 * them; all other folders import nothing else from here.
 */

export type Cancel = () => void;

export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  now(): number;
  /** Milliseconds of a clock that never jumps back. */
  monotonic(): number;
  /** Calls back once after a delay; the returned function cancels it. */
  after(ms: number, callback: () => void): Cancel;
}

export interface Random {
  uuid(): string;
  /** A number in [0, 1). */
  unit(): number;
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** One text-frame WebSocket as its user sees it. */
export interface Socket {
  /** Queues a text frame. False when the socket is not open any more. */
  send(text: string): boolean;
  ping(): void;
  /** Starts the closing handshake; `onClose` follows. */
  close(code: number, reason: string): void;
  /** Drops the connection at once; `onClose` follows. */
  terminate(): void;
  /** Bytes that are queued and not yet written. */
  bufferedBytes(): number;
}

export interface SocketHandlers {
  onOpen(): void;
  onText(text: string): void;
  /** A pong or ping came in: the peer's WebSocket layer is alive. */
  onActivity(): void;
  onError(error: SocketError): void;
  /** Called exactly once, always last. */
  onClose(code: number, reason: string): void;
}

/** Why a connection could not be made, as the system reports it. */
export interface SocketError {
  /** System or TLS error code where one is known: `ECONNREFUSED`, `ENOTFOUND`, `CERT_HAS_EXPIRED` … */
  readonly code: string | undefined;
  readonly message: string;
}

export interface SocketOptions {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Proxy that the connection is tunnelled through, with credentials if it has any. */
  readonly proxy?: string;
  /** Trust anchors in PEM; replaces the system's store. */
  readonly ca?: readonly string[];
  /** Only a server whose leaf certificate has this SHA-256 (lower-case hex) is spoken to. */
  readonly pin?: string;
}

/** Texts from HTTP servers. */
export interface TextFetcher {
  /** Redirects are answers like others. Throws when nothing, or too much, comes in time. */
  get(
    url: string,
    options: {
      readonly timeoutMs: number;
      readonly maxBytes: number;
      /** Trust anchors in PEM; replaces the system's store. */
      readonly ca?: readonly string[];
    },
  ): Promise<{ readonly status: number; readonly text: string }>;
}

export interface SocketFactory {
  /** Opens a socket. Frames larger than `maxFrameBytes` close it with 1009. */
  open(options: SocketOptions, maxFrameBytes: number, handlers: SocketHandlers): Socket;
}

/** How a child process ended. */
export type ChildEnd = (
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "signal"; readonly signal: string }
) & {
  /** The words of the limits that its tree ran into; absent when there are none. */
  readonly limits?: readonly string[];
};

export interface Child {
  readonly pid: number;
  /** Settles when the process itself is gone; pipes may still be held by others. */
  readonly ended: Promise<ChildEnd>;
  /** Both are read from the moment they are asked for; until then a full pipe holds the process up. */
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  /** Signals the whole tree: the process group, and what has left it as far as it can be found. */
  killTree(signal: "SIGTERM" | "SIGKILL"): void;
  /** Kills what is still left after SIGKILL, for a moment; gives how many live on. */
  survivors(): Promise<number>;
}

export type LimitName = "memory" | "cpu" | "processes";

export interface TreeLimit {
  /** Bytes of memory, seconds of processor time, or a number of processes. */
  readonly most: number;
  /** What is said of a tree that ran into it. */
  readonly words: string;
}

/** What a tree may use, all its processes together. */
export type TreeLimits = Readonly<Partial<Record<LimitName, TreeLimit>>>;

/** What control groups can do about limits here. */
export interface GroupLimits {
  /** Those that hold for a whole tree. */
  readonly held: readonly LimitName[];
  /** Why it is not all that were wanted. */
  readonly problem?: string;
}

export interface SpawnOptions {
  /** Absolute path of the file that is executed. */
  readonly program: string;
  /** What the program sees as its arguments; the first is the name that it was called by. */
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What the program reads from its standard input; undefined: nothing. */
  readonly stdin?: string | undefined;
  /**
   * Names the tree: every descendant inherits it as a variable and is found by it, also one that
   * has left the process group. Undefined: the group alone is the tree.
   */
  readonly treeId?: string | undefined;
  /** The user that the program runs as; undefined: this process' own. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** For a named tree, of those that its control group can hold. A tree never starts without them. */
  readonly limits?: TreeLimits | undefined;
}

export interface Spawner {
  /** Starts a process in a group of its own. Throws what the system says. */
  spawn(options: SpawnOptions): Child;
}

/** Ends what runs when this process is gone, however it went. */
export interface Guardian {
  /** Takes a process group and its tree into care; the returned function releases them. */
  watch(tree: { readonly pid: number; readonly treeId: string }): () => void;
}

/** A TLS server's own certificate, whoever issued it. */
export interface ServerCertificate {
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string;
  readonly subject: string | undefined;
  readonly issuer: string | undefined;
  /** Milliseconds since the epoch. */
  readonly validToMs: number | undefined;
}

/** Looks at one link of the way to a server at a time. Every method throws what the system says. */
export interface NetworkProbe {
  /** The addresses of a name. */
  resolve(host: string, timeoutMs: number): Promise<readonly string[]>;
  /** Makes a TCP connection and closes it again. */
  reach(host: string, port: number, timeoutMs: number): Promise<void>;
  /** Sends nothing behind the handshake, and verifies nothing. */
  certificate(
    options: Pick<SocketOptions, "url" | "proxy">,
    timeoutMs: number,
  ): Promise<ServerCertificate>;
}

/** A writable text stream: standard output or standard error. */
export interface TextSink {
  write(text: string): void;
  /** Why text was lost; a reader that has gone away is no problem. */
  problem?(): string | undefined;
  readonly isTerminal: boolean;
}

/** One WebSocket of a server. */
export interface ServerSocket {
  readonly remoteAddress: string;
  /** Lower-case request headers of the upgrade. */
  readonly headers: Readonly<Record<string, string>>;
  send(text: string): boolean;
  ping(): void;
  /** Flushes what is queued, then closes. `onClose` is called before this returns. */
  close(code: number, reason: string): void;
  terminate(): void;
  bufferedBytes(): number;
}

export interface ServerSocketHandlers {
  onOpen(socket: ServerSocket): void;
  onText(socket: ServerSocket, text: string): void;
  /** A ping or pong came in: the peer's WebSocket layer is alive. */
  onActivity?(socket: ServerSocket): void;
  /** Called exactly once, always last. */
  onClose(socket: ServerSocket, code: number, reason: string): void;
}

export interface ListenOptions {
  readonly hostname: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** A larger frame closes the connection with 1009. */
  readonly maxFrameBytes: number;
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface Listener {
  readonly hostname: string;
  readonly port: number;
  /** Takes no more connections, lets closing ones flush for a moment, then drops what is left. */
  stop(): Promise<void>;
}

export interface WebSocketServer {
  listen(options: ListenOptions, handlers: ServerSocketHandlers): Listener;
}

export interface FileFacts {
  readonly kind: "file" | "directory" | "symlink" | "other";
  readonly mode: number;
  readonly uid: number;
  readonly size: number;
  readonly device: number;
  readonly inode: number;
  /** When content, owner or mode last changed; nobody can set it back. Milliseconds. */
  readonly changedAtMs: number;
}

/** Files of this machine. Every method throws the system's error (`code` is `EACCES`, `EIO` …). */
export interface Files {
  /** Undefined when there is nothing at the path. */
  readText(path: string): string | undefined;
  /** Undefined when there is nothing at the path. */
  readBytes(path: string): Uint8Array | undefined;
  /**
   * Replaces a file as one step: a temporary file beside it with the mode set before the content,
   * flushed to disk, renamed over it. Refuses to replace anything but a regular file.
   */
  writeAtomic(path: string, content: string | Uint8Array, mode: number): void;
  makeDirectory(path: string, mode: number): void;
  /** Undefined when there is nothing at the path. `follow` looks through symbolic links. */
  stat(path: string, follow: boolean): FileFacts | undefined;
  /** Undefined when the path cannot be resolved. */
  realPath(path: string): string | undefined;
  /**
   * SHA-256 in lower-case hex of a file that has exactly so many bytes; undefined when it has more or
   * less, or nothing is there.
   */
  digest(path: string, bytes: number): string | undefined;
  /** True when this process may execute the file. */
  isExecutable(path: string): boolean;
  list(directory: string): readonly string[];
  remove(path: string): void;
  /** Removes a directory if it is empty. Throws `ENOTEMPTY` when it is not. */
  removeDirectory(path: string): void;
}

/** The line to a service manager that wants to know how its service is. */
export interface ServiceNotifier {
  /** Assignments, one a line: `READY=1`, `STATUS=…`, `WATCHDOG=1`. False when it did not arrive. */
  send(text: string): boolean;
}

/** Rows of a SQLite database that belongs to somebody else. */
export interface DatabaseReader {
  /** Works on a copy; throws when no consistent one can be made, or a query cannot be answered. */
  read<T>(path: string, use: (query: (sql: string) => readonly unknown[]) => T): T;
}

/** A lock that the kernel drops when its holder ends, however it ends. */
export interface KernelLock {
  /** The function that releases it; undefined when another process holds it. */
  tryTake(path: string): (() => void) | undefined;
  /**
   * The same for a file that can only be read: any number of processes share it, none of them
   * beside one that has taken it.
   */
  tryShare(path: string): (() => void) | undefined;
}

export interface ControlLimits {
  /** Bytes of one request; a longer one is cut off. */
  readonly maxLineBytes: number;
  /** A connection is over after this time, whatever it does. */
  readonly deadlineMs: number;
  /** One more, and the oldest is dropped: who holds connections keeps nobody out. */
  readonly maxConnections: number;
}

export interface ControlListener {
  /** Takes no more connections, drops what is left and removes the socket. */
  close(): Promise<void>;
}

/**
 * A socket in the file system that only this user can reach; a named pipe on Windows. One connection
 * carries one line each way.
 */
export interface ControlSockets {
  /**
   * Replaces the socket that a dead process left behind, and nothing else. `answer` never rejects. Throws UserError where
   * the path cannot be used, or what the system says.
   */
  listen(
    path: string,
    limits: ControlLimits,
    answer: (line: string) => Promise<string>,
  ): Promise<ControlListener>;
  /** Sends one line and gives the answer to it. Throws what the system says. */
  request(path: string, line: string, timeoutMs: number): Promise<string>;
}

export type SqlValue = string | number | null;

/** One open database. Every method throws with SQLite's code: `SQLITE_FULL`, `SQLITE_NOTADB` … */
export interface SqlFile {
  run(sql: string, ...values: readonly SqlValue[]): void;
  rows(sql: string, ...values: readonly SqlValue[]): readonly Readonly<Record<string, unknown>>[];
  close(): void;
}

/** Databases in files. */
export interface SqlFiles {
  /** `write` makes a file that only its owner reads, where there is none. */
  open(path: string, access: "read" | "write"): SqlFile;
  /** Renames a database that nobody has open, with what lies beside it. */
  move(path: string, to: string): void;
}

/** Files from elsewhere, bounded in size; `address` is an https, http or file URL. */
export interface Downloads {
  /**
   * A file that fits into memory; undefined when there is none. Redirects are followed, never from
   * https to http. Throws when it is larger, or nothing comes for half a minute.
   */
  bytes(address: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** Writes a new file of the owner as it comes; gives its SHA-256 in lower-case hex. */
  toFile(address: string, path: string, maxBytes: number): Promise<string | undefined>;
}

/** What replaces a program. Every method throws the system's error (`EACCES`, `ENOSPC` …). */
export interface ProgramFiles {
  /** Unpacks gzip into a new file, flushed to disk; gives its SHA-256 in lower-case hex. */
  unpack(packed: string, path: string, maxBytes: number): Promise<string>;
  setMode(path: string, mode: number): void;
  /** A second name for a file; a copy where the file system has no such thing. */
  link(path: string, second: string): void;
  /** One step, also over a file that is there; flushed to disk. */
  rename(path: string, to: string): void;
}
