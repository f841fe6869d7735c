/** What a service is, whatever starts it. All generated files are functions of this alone. */

export const hardeningLevels = ["none", "basic", "strict"] as const;
export type Hardening = (typeof hardeningLevels)[number];

/** `user`: starts for one person without further rights. `system`: starts with the machine. */
export type Scope = "user" | "system";

export interface ServiceNames {
  /** `clawdbot-node`: name of the unit and of the script. */
  readonly unit: string;
  /** `com.clawdbot.node`: label of launchd. */
  readonly label: string;
  /** `Clawdbot Node`: name of the scheduled task. */
  readonly task: string;
}

/** Whom a system service runs as. */
export interface Account {
  readonly name: string;
  readonly home: string;
  /** It is the service's own: made by the installation, with its home as a state directory. */
  readonly own: boolean;
}

/** A secret by its name in `$CREDENTIALS_DIRECTORY`, and the 0600 file that holds it. */
export interface SecretFile {
  readonly name: "gateway-token" | "gateway-password";
  readonly path: string;
}

export interface ServiceSpec {
  readonly names: ServiceNames;
  readonly description: string;
  readonly scope: Scope;
  /** Undefined in user scope: whoever owns the service manager. */
  readonly account: Account | undefined;
  /** The absolute program first. Never a secret. */
  readonly argv: readonly string[];
  readonly workingDirectory: string;
  readonly stateDirectory: string;
  /** Where secrets and generated settings of this service are. */
  readonly dataDirectory: string;
  /** Never a secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** Files of NAME=VALUE lines that belong to the user. */
  readonly environmentFiles: readonly string[];
  readonly secrets: readonly SecretFile[];
  readonly hardening: Hardening;
  /** Seconds that running commands get after a stop, before everything is ended. */
  readonly drainSeconds: number;
}

export interface GeneratedFile {
  readonly path: string;
  readonly content: string | Uint8Array;
  readonly mode: number;
  /** What is said of it instead of its content. */
  readonly secret?: boolean;
}
