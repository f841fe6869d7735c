/**
 * Gives this process the groups of a user, which its children inherit; being root it needs none of
 * its own. Without this they would run as the user, but with root's groups.
 */
export function takeGroupsOf(user: string, gid: number): void {
  // Bun has it, its types have not.
  if (!("initgroups" in process) || typeof process.initgroups !== "function") {
    throw new Error("this system has no such groups");
  }
  Reflect.apply(process.initgroups, process, [user, gid]);
}
