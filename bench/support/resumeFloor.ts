/**
 * The floor of a resumed run: the least that any program would have to do. It opens the file, finds the session's last
 * event and commits one row, with nothing loaded but better-sqlite3.
 */
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { now } from "../harness.js"
import type { Resumed } from "./resumeWorker.js"

const [, dataDir = "", sessionId = ""] = process.argv.slice(2)

const layerStartMs = now()
const database = new Sqlite(join(dataDir, "journal.sqlite"))
database.pragma("synchronous = FULL")
database
  .prepare("SELECT max(e.sequence) FROM events e JOIN streams s ON s.id = e.stream WHERE s.session_id = ?")
  .get(sessionId)
database.exec("CREATE TABLE IF NOT EXISTS floor (at INTEGER)")
database.prepare("INSERT INTO floor VALUES (?)").run(Date.now())
console.log(JSON.stringify({ layerStartMs, firstStepMs: now(), agents: 0 } satisfies Resumed))
