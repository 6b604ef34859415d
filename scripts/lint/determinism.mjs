/**
 * An oxlint rule: nothing in src takes time, randomness, timers or the network from the platform. They come from
 * Effect's Clock, Random and Schedule and from the ports, so that a simulated run repeats exactly.
 *
 * `adapters` is the one list of files that may, each for its reason.
 */

/** file -> the forbidden names it may use, and why */
export const adapters = {
  "src/layers/aios/ports/Ids.ts": { allows: ["crypto.getRandomValues"], reason: "the live source of ULID entropy" },
  "src/layers/arcan/boundedFetch.ts": {
    allows: ["fetch"],
    reason: "the SDKs of the providers take a function like it, and would use the global one; no simulation builds them"
  },
  "src/server/inspector/token.ts": {
    allows: ["randomBytes of node:crypto"],
    reason: "a secret comes from the system and never from a seed; no agent sees it"
  },
  "src/server/inspector/page/browser.ts": {
    allows: ["fetch", "setTimeout", "Date.now"],
    reason: "runs in the browser of whoever watches, where there is no Effect"
  }
}

const globals = new Map([
  ["setTimeout", "Effect.sleep or a Schedule"],
  ["setInterval", "Effect.repeat with a Schedule"],
  ["setImmediate", "Effect.yieldNow"],
  ["queueMicrotask", "Effect.yieldNow"],
  ["fetch", "HttpClient of @effect/platform behind a port"]
])

const members = new Map([
  ["Date.now", "Clock.currentTimeMillis"],
  ["Math.random", "Random"],
  ["crypto.randomUUID", "the Ids port"],
  ["crypto.getRandomValues", "the Ids port"],
  ["crypto.subtle", "node:crypto, whose hashes are synchronous"],
  ["performance.now", "Clock.currentTimeNanos"],
  ["process.hrtime", "Clock.currentTimeNanos"]
])

const imports = new Map([
  ["node:timers", undefined],
  ["node:timers/promises", undefined],
  ["node:perf_hooks", undefined],
  ["node:crypto", new Set(["randomUUID", "randomBytes", "randomInt", "randomFillSync", "webcrypto", "subtle"])],
  ["node:process", new Set(["hrtime"])]
])

const propertyName = (node) => {
  if (!node.computed) return node.property.name
  return node.property.type === "Literal" ? node.property.value : undefined
}

// `globalThis.crypto.subtle` and `crypto.subtle` are the same thing.
const objectName = (node) => {
  if (node.type === "Identifier") return node.name
  if (node.type === "MemberExpression" && node.object.name === "globalThis") return propertyName(node)
  return undefined
}

// A name that is only a key or a member (`options.fetch`, `{ fetch: … }`) refers to something else.
const isReference = (node) => {
  const { parent } = node
  if (parent.type === "MemberExpression") return parent.object === node || parent.computed
  if (parent.type === "Property") return parent.value === node && parent.parent.type === "ObjectExpression"
  return !/^(PropertyDefinition|MethodDefinition|TSPropertySignature|TSMethodSignature|Import.*|Export.*)$/.test(
    parent.type
  )
}

const inSource = (filename) => {
  const path = filename.replaceAll("\\", "/")
  const start = path.lastIndexOf("/src/")
  return start < 0 ? path : path.slice(start + 1)
}

const determinism = {
  meta: { type: "problem", schema: [] },
  create(context) {
    const allowed = new Set(adapters[inSource(context.filename)]?.allows)
    const refuse = (node, name, instead) => {
      if (allowed.has(name)) return
      context.report({
        node,
        message: `${name} makes runs unrepeatable: use ${instead}, or name the adapter in scripts/lint/determinism.mjs`
      })
    }
    return {
      Identifier(node) {
        const instead = globals.get(node.name)
        if (instead !== undefined && isReference(node)) refuse(node, node.name, instead)
      },
      MemberExpression(node) {
        const property = propertyName(node)
        const name = `${objectName(node.object)}.${property}`
        if (members.has(name)) refuse(node, name, members.get(name))
        if (node.object.name === "globalThis" && globals.has(property)) refuse(node, property, globals.get(property))
      },
      NewExpression(node) {
        if (node.callee.name === "Date" && node.arguments.length === 0)
          refuse(node, "new Date()", "Clock.currentTimeMillis")
      },
      CallExpression(node) {
        if (node.callee.name === "Date") refuse(node, "Date()", "Clock.currentTimeMillis")
      },
      ImportDeclaration(node) {
        if (!imports.has(node.source.value) || node.importKind === "type") return
        const names = imports.get(node.source.value)
        for (const specifier of node.specifiers) {
          const name = specifier.imported?.name ?? specifier.local.name
          if (names === undefined || names.has(name))
            refuse(specifier, `${name} of ${node.source.value}`, "Clock, Random or the Ids port")
        }
      }
    }
  }
}

export default { meta: { name: "life" }, rules: { determinism } }
