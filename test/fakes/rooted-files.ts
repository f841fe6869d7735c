// The real file system, with a directory of the test as its root: /etc is the test's own.
import { systemFiles } from "../../src/platform/files.ts";
import type { Files } from "../../src/platform/ports.ts";

export function rootedFiles(root: string): Files {
  const at = (path: string): string => `${root}${path}`;
  return {
    readText: (path) => systemFiles.readText(at(path)),
    readBytes: (path) => systemFiles.readBytes(at(path)),
    writeAtomic: (path, content, mode) => systemFiles.writeAtomic(at(path), content, mode),
    makeDirectory: (path, mode) => systemFiles.makeDirectory(at(path), mode),
    stat: (path, follow) => systemFiles.stat(at(path), follow),
    realPath: (path) => systemFiles.realPath(at(path))?.slice(root.length),
    digest: (path, bytes) => systemFiles.digest(at(path), bytes),
    isExecutable: (path) => systemFiles.isExecutable(at(path)),
    list: (path) => systemFiles.list(at(path)),
    remove: (path) => systemFiles.remove(at(path)),
    removeDirectory: (path) => systemFiles.removeDirectory(at(path)),
  };
}
