/** Prints "passed failed skipped" of the last vitest run that wrote its JSON report (CI=true). */
import { readFileSync } from "node:fs"

const report = JSON.parse(readFileSync(new URL("../node_modules/.cache/vitest.json", import.meta.url), "utf8"))
console.log(report.numPassedTests, report.numFailedTests, report.numPendingTests + report.numTodoTests)
