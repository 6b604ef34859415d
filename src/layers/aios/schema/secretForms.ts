/**
 * Forms by which secrets of services are known: what a key begins with, and at least how long it is.
 *
 * The forms are the published ones. They bound a key from below only, because services make their keys longer at times.
 *
 * @since 0.1.0
 */

// Beginning and least number of further letters and digits, by service. A `#` after the number: one of them is a digit,
// because names of programs may begin like this. A `w`: the key may have `_` and `-`. A `+`: it may have the characters of
// base64 as well. An `x`: it has hexadecimal digits.
const prefixes = `
1password     ops_eyJ 20+
adobe         p8e- 24#
age           AGE-SECRET-KEY-1 20
alibaba       LTAI 12
artifactory   AKCp 20  cmVmd 20
atlassian     ATATT3 20+  ATCTT3 20+  ATBB 20  ATOA 24#  BBDC- 20w
aws           ABSK 20+  bedrock-api-key- 20+
axiom         xaat- 20w  xapt- 20w
buildkite     bkua_ 20  bkct_ 20
cargo         cio 30#
cerebras      csk- 20
circleci      CCIPAT_ 20w  CCIPRJ_ 20w
clickhouse    4b1d 20
clojars       CLOJARS_ 20
confluent     cflt 40#
contentful    CFPAT- 20w
databricks    dapi 32#  dkea 32#  dose 32#
deno          ddp_ 24#  ddo_ 24#
digitalocean  dop_v1_ 20  doo_v1_ 20  dor_v1_ 20
docker        dckr_pat_ 20w  dckr_oat_ 20w
duffel        duffel_test_ 20w  duffel_live_ 20w
easypost      EZAK 20  EZTK 20
facebook      EAAM 20  EAAC 20  EAAG 20
figma         figd_ 20w  figo_ 20w
fireworks     fw_ 20#
flutterwave   FLWSECK 12w
fly           fo1_ 20w  fm1a_ 20+  fm1r_ 20+  fm2_ 20+
frameio       fio-u- 20w
gitlab        glpat- 16w  gldt- 16w  glft- 16w  glsoat- 16w  glrt- 16w  glrtr- 16w  glcbt- 16w  glptt- 16w  glimt- 16w  glagent- 16w
gitlab        gloas- 16w  glffct- 16w  glwt- 16w  GR1348941 16w
google        AIza 20w  GOCSPX- 20w
grafana       glc_ 20+  glsa_ 20  eyJrIjoi 20+
groq          gsk_ 20
heroku        HRKU- 20w
hubspot       pat-na1- 20w  pat-eu1- 20w
huggingface   hf_ 20  api_org_ 20
infracost     ico- 20
ionic         ion_ 20
jumpcloud     jca_ 20
klaviyo       pk_ 34#
langsmith     lsv2_pt_ 20w  lsv2_sk_ 20w
linear        lin_api_ 20  lin_oauth_ 20
llamacloud    llx- 24#
mailgun       key- 32#  pubkey- 32#
neon          napi_ 20
netlify       nfp_ 20  nfc_ 20  nfo_ 20
newrelic      NRAK- 20w  NRII- 20w  NRJS- 16  NRRA- 20  NRBR- 16  NRSP- 20
notion        ntn_ 20  secret_ 40#
npm           npm_ 20
nuget         oy2 40#
nvidia        nvapi- 20w
nylas         nyk_v0_ 20
octopus       API- 24#
openai        sk- 12w
paddle        pdl_live_ 20  pdl_sdbx_ 20  pdl_ntfset_ 20
perplexity    pplx- 20
pinecone      pcsk_ 20w
plaid         access-sandbox- 20w  access-development- 20w  access-production- 20w
planetscale   pscale_tkn_ 20w  pscale_oauth_ 20w  pscale_pw_ 20w
polar         polar_oat_ 20  polar_pat_ 20
posthog       phx_ 20
postman       PMAK- 20  PMAT- 20
prefect       pnu_ 20  pnb_ 20
pulumi        pul- 20
pypi          pypi- 20w
razorpay      rzp_live_ 14  rzp_test_ 14
readme        rdme_ 20
render        rnd_ 24#
replicate     r8_ 30#
resend        re_ 24#w
rootly        rootly_ 20
rubygems      rubygems_ 20
runpod        rpa_ 30#
scalingo      tk-us- 20w
sendinblue    xkeysib- 20  xsmtpsib- 20
sentry        sntrys_ 20+  sntryu_ 20
settlemint    sm_aat_ 16  sm_pat_ 16  sm_sat_ 16
shippo        shippo_live_ 20  shippo_test_ 20
shopify       shpat_ 20  shpca_ 20  shppa_ 20  shpss_ 20  shptka_ 20  shpua_ 20
slack         xapp- 16w  xwfp- 20w
sonar         squ_ 20  sqp_ 20  sqa_ 20
sourcegraph   sgp_ 20w  sgd_ 20  slk_ 40#
square        EAAA 22#w  sq0atp- 20w  sq0csp- 20w
stripe        whsec_ 20w
supabase      sbp_ 20  sb_secret_ 20w
tailscale     tskey- 16w
tavily        tvly- 20w
tencent       AKID 20
together      tgp_v1_ 20
trello        ATTA 50#
triggerdev    tr_prod_ 16  tr_dev_ 16
twilio        SK 32#x
typeform      tfp_ 20w
unkey         unkey_ 16
valtown       vtwn_ 20
vercel        vcp_ 20w  vci_ 20w  vca_ 20w  vcr_ 20w  vck_ 20w
wandb         wandb_v1_ 20w
xai           xai- 20
xata          xau_ 20
yandex        AQVN 20w  YC 38#w
zuplo         zpka_ 20w
`

const alphabet: Readonly<Record<string, string>> = {
  "": "[A-Za-z0-9]",
  w: "[\\w-]",
  "+": "[\\w+/=-]",
  x: "[A-Fa-f0-9]"
}

const prefixed = [...prefixes.matchAll(/ (\S+) (\d+)(#?)([w+x]?)(?=\s)/g)].map(
  ([, prefix = "", least = "", digit = "", kind = ""]) =>
    `${prefix}${digit === "" ? "" : "(?=[\\w-]*\\d)"}${alphabet[kind]}{${least},}`
)

// Forms with more structure than a beginning.
const structured = [
  "A(?:KIA|SIA|BIA|CCA|3T[A-Z0-9])[A-Z0-9]{16}", // Amazon
  "[prs]k_(?:live|test|prod)_\\w{10,}", // Stripe and others
  "sk_[a-f0-9]{40,}", // ElevenLabs
  "gh[opsur]_\\w{20,}", // GitHub
  "github_pat_\\w{20,}",
  "xox[a-z]-[\\w-]{10,}", // Slack
  "xoxe\\.xox[bp]-[\\w-]{16,}",
  "A3-[A-Z0-9]{6}-[A-Z0-9]{6,11}-[A-Z0-9-]{11,}", // 1Password
  "pat[A-Za-z0-9]{14}\\.[a-f0-9]{40,}", // Airtable
  "eyJ[\\w-]{8,}\\.[\\w-]{8,}(?:\\.[\\w-]*)?", // JSON web tokens
  "SG\\.[\\w-]{15,}(?:\\.[\\w-]+)?", // SendGrid
  "hv[bsr]\\.[\\w-]{24,}", // Vault
  "s\\.(?=[A-Za-z]*\\d)[A-Za-z0-9]{24}(?![\\w-])",
  "sl\\.[\\w-]{60,}", // Dropbox
  "dp\\.(?:pt|st|ct|sa|scim|audit)\\.[\\w.-]{30,}", // Doppler
  "dt0[a-z]\\d{2}\\.[A-Za-z0-9]{24}\\.[A-Za-z0-9]{40,}", // Dynatrace
  "ya29\\.[\\w-]{20,}", // Google
  "1//0[\\w-]{24,}",
  "[sp]k\\.[\\w-]{40,}\\.[\\w-]{16,}", // Mapbox
  "[ps]at\\.[\\w-]{22}\\.\\w{24}\\.\\w{20}", // Harness
  "t1\\.[\\w-]{1,80}={0,2}\\.[\\w-]{60,}={0,2}", // Yandex
  "v1\\.0-[a-f0-9]{24}-[a-f0-9]{100,}", // Cloudflare
  "[A-Za-z0-9]{14}\\.atlasv1\\.[\\w=-]{8,}", // Terraform
  "sha256~[\\w-]{40,}", // OpenShift
  "[\\w~-]{3}\\dQ~[\\w.~-]{31,}", // Microsoft Entra
  "(?:bot)?\\d{6,12}:AA[\\w-]{20,}", // Telegram
  "[012]/\\d{10,20}(?:/\\d{10,20})?:[a-f0-9]{32}", // Asana
  "[MNO][\\w-]{22,27}\\.[\\w-]{6}\\.[\\w-]{27,}", // Discord
  "A{20,}[\\w%]{40,}", // X
  "[a-f0-9]{32}-us\\d{1,2}(?![\\w-])", // Mailchimp
  "[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk(?![\\w-])", // MaxMind
  "(?:live|test)_(?:pub_)?[a-f0-9]{31,}", // Lob
  "live_(?=[\\w-]*\\d)[\\w-]{40,}", // GoCardless
  "(?:sdk|api|mob)-[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}", // LaunchDarkly
  "dnkey-[\\w=-]{20,}", // Defined Networking
  "s-s4t2(?:ud|af)-[a-f0-9]{40,}" // 42
]

// Each character with the forms that may begin with it, because most words begin like few of them.
const formsOf = (first: string): RegExp => {
  const fitting = [...structured, ...prefixed].filter(
    (form) => form.startsWith(first) || !/^[A-Za-z0-9](?![{*+?|])/.test(form)
  )
  return new RegExp(`(?:${fitting.join("|")})`, "y")
}
const byFirst = new Map<string, RegExp>()

/** The end of a word that is a secret by itself and begins at this place; `undefined` if there is none. */
export const secretWordEnd = (text: string, start: number): number | undefined => {
  const first = text[start] ?? ""
  const forms = byFirst.get(first) ?? formsOf(first)
  byFirst.set(first, forms)
  forms.lastIndex = start
  return forms.test(text) ? forms.lastIndex : undefined
}

/** Places where a long word is a secret; the expression is for the text that ends where the word begins. */
export const secretPlace = new RegExp(
  `(?:${[
    "hooks\\.slack\\.com/[a-z]{1,12}/[\\w/]{0,40}",
    "(?:discord|discordapp)\\.com/api/(?:v\\d{1,2}/)?webhooks/\\d{1,20}/",
    "(?:\\.webhook\\.office\\.com/webhookb2|outlook\\.office\\.com/webhook)/[\\w@/-]{0,150}",
    "_gitlab_session=",
    "(?<!\\d)\\d{15,16}\\|", // Facebook
    "secret-token:"
  ].join("|")})$`
)

/** Services whose keys have no form of their own: a random word that is assigned to such a name is a secret. */
export const services =
  /adafruit|adobe|airtable|algolia|alibaba|amplitude|asana|atlassian|beamer|bitbucket|bittrex|bugsnag|cloudflare|codecov|coinbase|confluence|confluent|contentful|datadog|deepgram|discord|droneci|dropbox|elevenlabs|etsy|facebook|fastly|finicity|finnhub|flickr|freshbooks|gitter|gocardless|heroku|hubspot|intercom|jfrog|artifactory|bintray|jira|kraken|kucoin|launchdarkly|linkedin|linked[_-]in|looker|mailchimp|mailgun|mattermost|meraki|message[_-]?bird|mixpanel|netlify|new[_-]?relic|okta|opsgenie|pagerduty|pingdom|plaid|pusher|rapidapi|rollbar|sendbird|sentry|snyk|sonar|squarespace|sumo|telegram|travis|trello|twilio|twitch|twitter|yandex|zendesk|zoom/i
