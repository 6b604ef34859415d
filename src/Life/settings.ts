/**
 * Settings of a Life from an Effect Config.
 *
 * @since 0.1.0
 */
import { Config, Duration, Option } from "effect"
import { PolicyTier } from "../layers/aios/index.js"
import { Providers } from "../layers/arcan/index.js"

const given = <A>(config: Config.Config<A>) => Config.map(Config.option(config), Option.getOrUndefined)
const text = (name: string) => given(Config.nonEmptyString(name))
const list = (name: string) => given(Config.array(Config.nonEmptyString(), name))

const fields = {
  workspace: text("LIFE_WORKSPACE"),
  dataDir: text("LIFE_DATA_DIR"),
  provider: given(Config.literal(...Providers.providers)("LIFE_PROVIDER")),
  model: text("LIFE_MODEL"),
  fallback: list("LIFE_FALLBACK"),
  models: list("LIFE_MODELS"),
  reportPath: text("LIFE_REPORT_PATH"),
  synchronous: given(Config.literal("full", "normal")("LIFE_SYNCHRONOUS")),
  without: list("LIFE_WITHOUT"),
  policy: given(Config.literal(...PolicyTier.literals)("LIFE_POLICY")),
  approvalTimeoutMs: given(Config.map(Config.duration("LIFE_APPROVAL_TIMEOUT"), Duration.toMillis)),
  idleAgentsMax: given(Config.integer("LIFE_IDLE_AGENTS_MAX")),
  resume: given(Config.boolean("LIFE_RESUME"))
}

/**
 * Settings of a Life in the environment; each is the option of the same name.
 *
 * @since 0.1.0
 * @category models
 */
export type LifeSettings = {
  readonly [K in keyof typeof fields]?: Exclude<Config.Config.Success<(typeof fields)[K]>, undefined>
}

/**
 * The settings in the environment. A variable that is not set leaves its setting absent.
 *
 * - `LIFE_WORKSPACE`, `LIFE_DATA_DIR`, `LIFE_REPORT_PATH`: paths
 * - `LIFE_PROVIDER`, `LIFE_MODEL`: the model to think with
 * - `LIFE_FALLBACK`, `LIFE_MODELS`, `LIFE_WITHOUT`: lists, with commas
 * - `LIFE_SYNCHRONOUS`: `full` or `normal`
 * - `LIFE_POLICY`: the name of a policy
 * - `LIFE_APPROVAL_TIMEOUT`: a duration, such as `5 minutes`
 * - `LIFE_IDLE_AGENTS_MAX`: a whole number
 * - `LIFE_RESUME`: `true` or `false`
 *
 * @since 0.1.0
 * @category configuration
 */
export const settings: Config.Config<LifeSettings> = Config.map(
  Config.all(fields),
  (all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as LifeSettings
)
