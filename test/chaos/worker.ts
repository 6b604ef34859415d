/** A life of an agent that surveys a workspace: `node launch.cjs worker.cjs WORKSPACE DATA_DIR`. */
import { live } from "./live.js"

const [, , , workspace = "", dataDir = ""] = process.argv

void live("Survey this folder: what starts where, and what is left TODO?", { workspace, dataDir, provider: "scout" })
