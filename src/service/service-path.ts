/** The PATH that a service gets: what the installing shell has, without what will not last. */

export interface PathRequest {
  /** `PATH` of the shell that installs. */
  readonly current: string;
  /** The service runs as somebody else: nothing below homes is of use. */
  readonly foreign: boolean;
  readonly temporary: string | undefined;
  isDirectory(path: string): boolean;
}

const essentials = ["/usr/local/bin", "/usr/bin", "/bin"];
const homes = /^\/(home|root|Users|var\/root|run\/user)(\/|$)/;

/** POSIX only: on Windows a task has the PATH of its user. */
export function servicePath(request: PathRequest): string {
  const temporary = ["/tmp", "/var/tmp", "/private/tmp", "/dev/shm", request.temporary].filter(
    (path) => path !== undefined && path.startsWith("/"),
  );
  const lasting = request.current.split(":").filter((given) => {
    const path = withoutSlash(given);
    if (!path.startsWith("/") || /[\u0000-\u001f\u007f]/.test(path)) return false;
    if (path.endsWith("/node_modules/.bin") || path.split("/").includes("..")) return false;
    if (temporary.some((root) => path === root || path.startsWith(`${root}/`))) return false;
    if (request.foreign && homes.test(path)) return false;
    return request.isDirectory(path);
  });
  return [...new Set([...lasting.map(withoutSlash), ...essentials])].join(":");
}

function withoutSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, "") || "/" : path;
}
