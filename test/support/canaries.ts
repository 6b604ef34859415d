/** Secrets of each family, made up here. They are put together from pieces, so that no scanner takes this file for a leak. */

const joined = (...parts: ReadonlyArray<string>): string => parts.join("")

const mixed = "aZ09bY18cX27dW36eV45fU54gT63hS72iR81jQ90"
const hex = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
const base64 = "q7Wz/1xY+9Kp3LmN5vRt8sUa2BcDeFgH4iJk6MnOpQrStUvWxYz0AbCdEfGhIjKl"
const upper = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE"

/** A text with a secret, and the part of it that must not be shown. */
export interface Canary {
  readonly text: string
  readonly secret: string
}

const itself = (secret: string): Canary => ({ text: secret, secret })
const after = (before: string, secret: string, behind = ""): Canary => ({ text: `${before}${secret}${behind}`, secret })
const block = (label: string, body: string): Canary => ({
  text: joined("-----BEGIN ", label, "-----\n", body, "\n-----END ", label, "-----"),
  secret: body
})

/** One secret of each family. */
export const canaries: Readonly<Record<string, Canary>> = {
  openai: itself(joined("sk-", "proj-", mixed, "T3")),
  anthropic: itself(joined("sk-ant-", "api03-", mixed)),
  github: itself(joined("ghp_", mixed.slice(0, 36))),
  gitlab: itself(joined("glpat-", mixed.slice(0, 20))),
  aws: itself(joined("AKIA", "QPZRY7X4GF2TVDW6")),
  google: itself(joined("AIza", mixed.slice(0, 35))),
  slack: itself(joined("xoxb-", "123456789012-", mixed)),
  slackWebhook: after("https://hooks.slack.com/services/T0A1B2C3D/B0A1B2C3D/", mixed.slice(0, 24)),
  sendgrid: itself(joined("SG.", mixed.slice(0, 22), ".", mixed.slice(3, 40))),
  digitalocean: itself(joined("dop_v1_", hex)),
  stripe: itself(joined("sk_", "live_", mixed)),
  npm: itself(joined("npm_", mixed.slice(0, 36))),
  pypi: itself(joined("pypi-", "AgEIcHlwaS5vcmc", mixed, mixed)),
  huggingface: itself(joined("hf_", "aZbYcXdWeVfUgThSiRjQkPlOmNnMoLpKqJ")),
  vault: itself(joined("hvs.", mixed, mixed)),
  doppler: itself(joined("dp.pt.", mixed)),
  shopify: itself(joined("shpat_", hex.slice(0, 32))),
  telegram: after("bot", joined("110201543", ":AA", mixed.slice(0, 33))),
  databricks: itself(joined("dapi", hex.slice(0, 32))),
  terraform: itself(joined(mixed.slice(0, 14), ".atlasv1.", mixed, mixed.slice(0, 20))),
  age: itself(joined("AGE-SECRET-KEY-", "1", upper)),
  jwt: itself(joined("eyJ", "hbGciOiJIUzI1NiJ9", ".eyJzdWIiOiIxMjMifQ.", mixed)),
  azureAccount: after("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=", joined(base64, "=="), ";x"),
  azureSas: after(
    "https://a.blob.core.windows.net/c?sv=2022&se=2030&sig=",
    "q7Wz%2F1xY%2B9Kp3LmN5vRt8sUa2BcDeFg%3D",
    "&sp=r"
  ),
  privateKey: block("RSA PRIVATE KEY", `${base64}\n${mixed}`),
  pgp: block("PGP PRIVATE KEY BLOCK", `\n${base64}\n=aB3d`),
  dockerConfig: after('{"auths":{"https://index.docker.io/v1/":{"auth":"', "YWRhOmxvdmVsYWNlMTIz", '"}}}'),
  secretKeyBase: after("SECRET_KEY_BASE=", hex),
  pwd: after("Server=db;Uid=sa;Pwd=", "swordfish-1", ";Encrypt=yes"),
  password: after("password: ", "swordfish-2"),
  rubyHash: after(":password => ", '"swordfish-3"'),
  option: after("mysql --password ", "swordfish-4", " -u root"),
  xml: after("<password>", "swordfish-5", "</password>"),
  netrc: after("machine example.org login ada password ", "swordfish-6"),
  curl: after("curl -sS -u ada:", "swordfish-7", " https://example.org"),
  address: after("postgres://ada:", "swordfish-8", "@db:5432/x"),
  cookie: after("Cookie: theme=dark; session=", "swordfish-9"),
  basic: after("Authorization: Basic ", "YWRhOnN3b3JkZmlzaA=="),
  bearer: after("with bearer ", "abc123def456ghi"),
  service: after("DATADOG_APP = ", hex.slice(0, 40)),
  randomKey: after('signing_keyring = "', mixed.slice(0, 32), '"')
}

/** All of them, one a line. */
export const canaryText: string = Object.values(canaries)
  .map(({ text }) => text)
  .join("\n")

/** The families whose secret a text shows. A secret of several lines is looked for line by line. */
export const shownIn = (text: string): ReadonlyArray<string> =>
  Object.entries(canaries).flatMap(([family, { secret }]) =>
    secret.split("\n").some((line) => line.length > 8 && text.includes(line.replace(/^"|"$/g, ""))) ? [family] : []
  )
