import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { systemDatabaseReader } from "../../src/platform/sqlite-copy.ts";
import { Scratch } from "../fakes/scratch.ts";

const copies = (): string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith("clawdbot-import-"));

function database(scratch: Scratch): Database {
  const opened = new Database(scratch.at("a.sqlite"));
  opened.run("pragma journal_mode = wal");
  opened.run("create table t (x)");
  opened.run("insert into t values (1)");
  return opened;
}

describe("systemDatabaseReader", () => {
  test("reads what is only in the log yet, and touches nothing", () => {
    using scratch = new Scratch();
    const open = database(scratch);
    const before = readdirSync(scratch.path).toSorted();
    const rows = systemDatabaseReader.read(scratch.at("a.sqlite"), (query) => {
      query("delete from t");
      return query("select count(*) as left from t");
    });
    expect(rows).toEqual([{ left: 0 }]);
    expect(open.query("select x from t").all()).toEqual([{ x: 1 }]);
    expect(readdirSync(scratch.path).toSorted()).toEqual(before);
    open.close();
  });

  test("leaves no copy behind, also when the reader fails", () => {
    using scratch = new Scratch();
    const open = database(scratch);
    const before = copies();
    const read = (sql: string) =>
      systemDatabaseReader.read(scratch.at("a.sqlite"), (ask) => ask(sql));
    expect(read("select x from t")).toEqual([{ x: 1 }]);
    expect(() => read("select y from t")).toThrow(/no such column/);
    expect(copies()).toEqual(before);
    open.close();
  });

  test("a file that is not there, or no database, throws", () => {
    using scratch = new Scratch();
    const path = scratch.file("b.sqlite", "x".repeat(4096));
    expect(() => systemDatabaseReader.read(path, (query) => query("select 1 from t"))).toThrow();
    expect(() =>
      systemDatabaseReader.read(scratch.at("c.sqlite"), (query) => query("select 1 from t")),
    ).toThrow();
  });
});
